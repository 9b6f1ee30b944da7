import { z } from 'zod';

/** A code of the authenticator app, or a recovery code. */
export const twoFactorCodeInput = z.object({
	code: z
		.string()
		.trim()
		.min(1, 'Enter the code.')
		.max(40, 'Enter the six digits of the app, or a recovery code.'),
});
export type TwoFactorCodeInput = z.input<typeof twoFactorCodeInput>;

/** How a person's two-factor authentication stands. */
export interface TwoFactor {
	is_enabled: boolean;
	recovery_codes_left: number;
	/** Everybody has to have it. */
	is_required: boolean;
}

/** For an authenticator app: as text, and as the URI of a QR code. */
export interface TwoFactorSetup {
	/** Base32. */
	secret: string;
	uri: string;
}

export interface RecoveryCodes {
	recovery_codes: string[];
}

/** What a person gives to confirm that it is still them. */
export const confirmInput = z.object({
	password: z.string().max(400).default(''),
	code: z.string().trim().max(40).default(''),
});
export type ConfirmInput = z.input<typeof confirmInput>;

/** What holds for the whole installation. */
export const securitySettings = z
	.strictObject({
		/** Everybody sets up two-factor authentication at their next sign-in. */
		requires_two_factor: z.boolean(),
	})
	.meta({ id: 'SecuritySettings' });
export type SecuritySettings = z.infer<typeof securitySettings>;
