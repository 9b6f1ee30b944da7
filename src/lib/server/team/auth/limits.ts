import { networkOf } from '#lib/server/core/client-address.ts';
import type { App } from '#lib/server/core/context.ts';
import { giveBack, requireUse } from '#lib/server/core/rate-limits.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

const emailKey = (email: string) => sha256(email.toLowerCase());

/** Counts an attempt before the password is checked, so that concurrent guesses count too. Throws RateLimited. */
export async function countAttempt(app: App, ip: string, email: string): Promise<void> {
	await requireUse(app, 'sign_in', networkOf(ip));
	await requireUse(app, 'password', emailKey(email));
}

/** Counts a password reset request. Throws RateLimited for known and unknown emails alike. */
export async function countResetRequest(app: App, ip: string, email: string): Promise<void> {
	await requireUse(app, 'sign_in', networkOf(ip));
	await requireUse(app, 'password_reset', emailKey(email));
}

/** Resets an email's attempts after a correct password. The network's count remains. */
export const resetAttempts = (app: App, email: string): Promise<void> =>
	giveBack(app, 'password', emailKey(email));
