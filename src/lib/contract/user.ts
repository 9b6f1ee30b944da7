import { z } from 'zod';
import { role } from './api-key.ts';
import { timestamp } from './common.ts';
import { picture } from './site.ts';
import { cleanText } from './text.ts';
import { isTimeZone } from './calendar.ts';

const toOneLine = (text: string) => cleanText(text).replace(/\s+/g, ' ').trim();

export const emailAddress = z
	.string()
	.transform((text) => text.trim())
	.pipe(z.email('Enter an email address, e.g. ada@example.com.').max(254));

/** A new password: 8 to 200 characters, normalized so that different keyboards produce the same password. */
export const newPassword = z
	.string()
	.transform((text) => text.normalize('NFKC'))
	.pipe(
		z
			.string()
			.refine((text) => [...text].length >= 8, 'Use at least 8 characters.')
			.refine((text) => [...text].length <= 200, 'Use at most 200 characters.'),
	);

const enteredPassword = z
	.string()
	.min(1, 'Enter your password.')
	.max(400, 'Use at most 200 characters.');

const personName = z
	.string()
	.transform(toOneLine)
	.pipe(z.string().min(1, 'Enter your name.').max(100, 'Use at most 100 characters.'));

/** A member of the team. */
export const user = z
	.object({
		id: z.number().int(),
		name: z.string(),
		email: z.string(),
		role,
		is_active: z.boolean(),
		has_two_factor: z.boolean(),
		/** The path of the user's photo. Null if there is none. */
		photo: z.string().nullable(),
		created_at: timestamp,
		/** Updated at most once a minute. */
		last_seen_at: timestamp.nullable(),
	})
	.meta({ id: 'User' });
export type User = z.infer<typeof user>;

/** Returns the path of a user's photo. */
export const getPhotoPath = (key: string | null) => (key === null ? null : `/widget/photos/${key}`);

export const signInInput = z.object({ email: emailAddress, password: enteredPassword });
export type SignInInput = z.input<typeof signInInput>;

export const firstAdminInput = z.object({
	/** From the one-time setup link. */
	token: z.string().max(200),
	name: personName,
	email: emailAddress,
	password: newPassword,
});
export type FirstAdminInput = z.input<typeof firstAdminInput>;

export const changePasswordInput = z.object({
	current_password: enteredPassword,
	new_password: newPassword,
});
export type ChangePasswordInput = z.input<typeof changePasswordInput>;

/** Changes to a user. Changing the role or disabling the user signs them out everywhere. */
export const userPatch = z
	.strictObject({
		name: personName.optional(),
		email: emailAddress.optional(),
		role: role.optional(),
		is_active: z.boolean().optional(),
	})
	.refine((patch) => Object.values(patch).some((value) => value !== undefined), 'change something')
	.meta({ id: 'UserPatch' });
export type UserPatch = z.input<typeof userPatch>;

/** A pending invitation to join the team. */
export const invitation = z
	.object({
		id: z.number().int(),
		email: z.string(),
		role,
		invited_by: z.string(),
		created_at: timestamp,
		expires_at: timestamp,
	})
	.meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof invitation>;

export const invitationInput = z
	.strictObject({ email: emailAddress, role })
	.meta({ id: 'InvitationInput' });
export type InvitationInput = z.input<typeof invitationInput>;

/**
 * The response to creating an invitation. The link is included only if email is not configured, and never for API keys
 * created in the dashboard.
 */
export const invitationWithLink = z
	.object({ invitation, link: z.string().nullable() })
	.meta({ id: 'InvitationWithLink' });
export type InvitationWithLink = z.infer<typeof invitationWithLink>;

const linkToken = z.string().max(200);

export const acceptInvitationInput = z.object({
	token: linkToken,
	name: personName,
	password: newPassword,
});
export type AcceptInvitationInput = z.input<typeof acceptInvitationInput>;

export const passwordResetRequest = z.object({ email: emailAddress });
export type PasswordResetRequest = z.input<typeof passwordResetRequest>;

export const passwordResetInput = z.object({ token: linkToken, password: newPassword });
export type PasswordResetInput = z.input<typeof passwordResetInput>;

/** A user's own settings. An empty time zone means the browser's. */
export const profileInput = z.object({
	name: personName,
	time_zone: z
		.string()
		.max(100)
		.refine((name) => name === '' || isTimeZone(name), 'Choose a time zone from the list.')
		.default(''),
	wants_daily_summary: z.boolean().default(false),
	/** A data URL; empty for none. */
	picture: z.union([z.literal(''), picture]).default(''),
});
export type ProfileInput = z.input<typeof profileInput>;

const profile = user.extend({
	/** An IANA name. Null means the browser's time zone. */
	time_zone: z.string().nullable(),
	wants_daily_summary: z.boolean(),
	/** A data URL; empty for none. */
	picture: z.string(),
});
export type Profile = z.infer<typeof profile>;

/** A browser in which a user is signed in. */
const authSession = z.object({
	/** An identifier that grants no access. */
	id: z.string(),
	user_agent: z.string().nullable(),
	created_at: timestamp,
	last_seen_at: timestamp.nullable(),
	is_current: z.boolean(),
});
export type AuthSession = z.infer<typeof authSession>;

/** A code from the authenticator app, or a recovery code. */
export const twoFactorCodeInput = z.object({
	code: z
		.string()
		.trim()
		.min(1, 'Enter the code.')
		.max(40, 'Enter the six-digit code from the app, or a recovery code.'),
});
export type TwoFactorCodeInput = z.input<typeof twoFactorCodeInput>;

/** The state of a user's two-factor authentication. */
export interface TwoFactor {
	is_enabled: boolean;
	recovery_codes_left: number;
	/** Whether every user must use two-factor authentication. */
	is_required: boolean;
}

/** The secret for an authenticator app, as text and as the URI for a QR code. */
export interface TwoFactorSetup {
	/** In Base32. */
	secret: string;
	uri: string;
}

export interface RecoveryCodes {
	recovery_codes: string[];
}

/** Confirms the identity of a signed-in user. */
export const confirmInput = z.object({
	password: z.string().max(400).default(''),
	code: z.string().trim().max(40).default(''),
});
export type ConfirmInput = z.input<typeof confirmInput>;

/** Security settings of the installation. */
export const securitySettings = z
	.strictObject({
		/** Whether every user must set up two-factor authentication at their next sign-in. */
		requires_two_factor: z.boolean(),
	})
	.meta({ id: 'SecuritySettings' });
export type SecuritySettings = z.infer<typeof securitySettings>;
