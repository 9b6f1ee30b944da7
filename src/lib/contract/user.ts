import { z } from 'zod';
import { timestamp } from './common';
import { role } from './api-key';
import { cleanText } from './text';

const oneLine = (text: string) => cleanText(text).replace(/\s+/g, ' ').trim();

export const emailAddress = z
	.string()
	.transform((text) => text.trim())
	.pipe(z.email('Enter an e-mail address, such as ada@example.com.').max(254));

/** A new password: 8 to 200 characters, the same however a keyboard composes them. */
export const newPassword = z
	.string()
	.transform((text) => text.normalize('NFKC'))
	.pipe(
		z
			.string()
			.refine((text) => [...text].length >= 8, 'Use at least 8 characters.')
			.refine((text) => [...text].length <= 200, 'Use at most 200 characters.'),
	);

const givenPassword = z
	.string()
	.min(1, 'Enter your password.')
	.max(400, 'Use at most 200 characters.');

const personName = z
	.string()
	.transform(oneLine)
	.pipe(z.string().min(1, 'Enter your name.').max(100, 'Use at most 100 characters.'));

/** A person of the team. */
export const user = z
	.object({
		id: z.number().int(),
		name: z.string(),
		email: z.string(),
		role,
		is_active: z.boolean(),
		created_at: timestamp,
	})
	.meta({ id: 'User' });
export type User = z.infer<typeof user>;

export const signInInput = z.object({ email: emailAddress, password: givenPassword });
export type SignInInput = z.input<typeof signInInput>;

export const firstAdminInput = z.object({
	/** From the one-time set-up link. */
	token: z.string().max(200),
	name: personName,
	email: emailAddress,
	password: newPassword,
});
export type FirstAdminInput = z.input<typeof firstAdminInput>;

export const changePasswordInput = z.object({
	current_password: givenPassword,
	new_password: newPassword,
});
export type ChangePasswordInput = z.input<typeof changePasswordInput>;
