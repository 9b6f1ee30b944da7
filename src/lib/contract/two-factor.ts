import { z } from 'zod';

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
	/** Every user must have it. */
	is_required: boolean;
}

/** The secret for an authenticator app, as text and as the URI for a QR code. */
export interface TwoFactorSetup {
	/** Base32. */
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
		/** Every user must set up two-factor authentication at their next sign-in. */
		requires_two_factor: z.boolean(),
	})
	.meta({ id: 'SecuritySettings' });
export type SecuritySettings = z.infer<typeof securitySettings>;
