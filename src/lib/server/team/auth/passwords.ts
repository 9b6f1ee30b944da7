import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { Argon2id } from 'oslo/password';
import {
	changePasswordInput,
	type ChangePasswordInput,
	confirmInput,
	type ConfirmInput,
} from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import { audit } from '../audit/unchecked.ts';
import {
	getAuthSessionId,
	endAuthSessions,
	endPasswordLinks,
	rotateAuthSession,
} from './auth-sessions.ts';
import {
	type Browser,
	countAttempt,
	presentUser,
	resetAttempts,
	type SignedIn,
} from './internal.ts';
import { type AuthCookie, startAuthSession } from './lucia.ts';
import { consumeSecondFactor, countCodeAttempt, resetCodeAttempts } from './second-factor.ts';

// OWASP's recommended parameters for Argon2id: 19 MiB, two iterations, one lane.
const argon2id = new Argon2id({ memorySize: 19_456, iterations: 2, parallelism: 1 });

/** Makes a password typed on different keyboards the same text (NIST SP 800-63B, 5.1.1.2). */
const normalize = (password: string) => password.normalize('NFKC');

export const hashPassword = (password: string) => argon2id.hash(normalize(password));

let dummyHash: Promise<string> | undefined;

/** Returns whether a password matches a hash. Without a hash, returns false in the same amount of time. */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
	dummyHash ??= hashPassword(randomUUID());
	const dummy = await dummyHash;
	return (await argon2id.verify(hash ?? dummy, normalize(password))) && hash !== undefined;
}

const COMMON_PASSWORDS = new Set(
	`password passw0rd password1 password12 password123 12345678 123456789 1234567890 87654321 11111111 00000000
	qwertyuiop qwerty123 qwerty1234 1q2w3e4r 1qaz2wsx q1w2e3r4 abcd1234 abc12345 asdfghjkl iloveyou sunshine princess
	football baseball superman trustno1 letmein1 welcome1 welcome123 admin123 admin1234 adminadmin administrator
	changeme changeme123 frontdesk`.split(/\s+/),
);

/** Returns why a password is too easy to guess, or null. */
export function findWeakness(password: string, email: string): string | null {
	const lower = password.toLowerCase();
	const address = email.toLowerCase();
	if (lower === address || lower === address.split('@')[0]) {
		return "Don't use your email address as your password.";
	}
	if (COMMON_PASSWORDS.has(lower)) {
		return 'This is a commonly used password. Choose another.';
	}
	if (new Set(lower).size < 3) return 'Use at least three different characters.';
	return null;
}

/** Throws `invalid` with an error at `path` if a password is too easy to guess. */
export function requireStrongPassword(password: string, email: string, path = 'password'): void {
	const message = findWeakness(password, email);
	if (message) throw new AppError('invalid', message, { errors: [{ path, message }] });
}

/**
 * Changes the signed-in user's password, ends all their auth sessions and starts a new one for this browser.
 * Throws `invalid` if the current password is wrong or the new one weak, `rate_limited` after too many attempts.
 */
export async function changePassword(
	ctx: Ctx,
	input: ChangePasswordInput,
	from: Pick<Browser, 'ip' | 'user_agent'>,
): Promise<SignedIn> {
	const actor = requireSignedIn(ctx);
	const { current_password, new_password } = parse(changePasswordInput, input);
	await countAttempt(ctx.app, from.ip, actor.email);
	const [found] = await ctx.db.select().from(users).where(eq(users.id, actor.id));
	if (!(await verifyPassword(found?.password_hash, current_password)) || !found) {
		const message = 'Your current password is incorrect.';
		throw new AppError('invalid', message, { errors: [{ path: 'current_password', message }] });
	}
	await resetAttempts(ctx.app, actor.email);
	requireStrongPassword(new_password, found.email, 'new_password');
	const password_hash = await hashPassword(new_password);
	return inTransaction(ctx, async (tx) => {
		const [user] = await tx.db
			.update(users)
			.set({ password_hash })
			.where(and(eq(users.id, found.id), eq(users.password_hash, found.password_hash)))
			.returning();
		if (!user) throw conflict('the password was changed in another window');
		await endAuthSessions(tx, user.id);
		await endPasswordLinks(tx, user.id);
		await audit(tx, { action: 'user.password_changed' });
		// With two-factor authentication, the password alone doesn't make the sign-in recent.
		const confirmedAt = user.sealed_totp === null ? undefined : actor.confirmed_at;
		return {
			cookie: await startAuthSession(tx, user.id, from.user_agent, confirmedAt),
			user: presentUser(user),
		};
	});
}

/** Returns whether the signed-in user must enter a code in addition to the password to confirm their identity. */
export async function needsCode(ctx: Ctx): Promise<boolean> {
	const { id } = requireSignedIn(ctx);
	const [user] = await ctx.db
		.select({ sealed_totp: users.sealed_totp })
		.from(users)
		.where(eq(users.id, id));
	return user?.sealed_totp != null;
}

/**
 * Marks this browser's sign-in as recent after checking the password and, if enabled, the second factor. Returns the
 * browser's new cookie, or null if its auth session has ended. Throws `invalid` if either is wrong, `rate_limited` after
 * too many attempts.
 */
export async function confirmSignIn(
	ctx: Ctx,
	input: ConfirmInput,
	from: Pick<Browser, 'ip' | 'cookie'>,
): Promise<AuthCookie | null> {
	const actor = requireSignedIn(ctx);
	const { password, code } = parse(confirmInput, input);
	await countAttempt(ctx.app, from.ip, actor.email);
	const [user] = await ctx.db.select().from(users).where(eq(users.id, actor.id));
	if (!(await verifyPassword(user?.password_hash, password)) || !user) {
		const message = 'The password is incorrect.';
		throw new AppError('invalid', message, { errors: [{ path: 'password', message }] });
	}
	const session = getAuthSessionId(ctx, from.cookie) ?? '';
	if (user.sealed_totp !== null) await countCodeAttempt(ctx, user.id);
	const cookie = await inTransaction(ctx, async (tx) => {
		if (user.sealed_totp !== null) await consumeSecondFactor(tx, user, code);
		await tx.db
			.update(auth_sessions)
			.set({ confirmed_at: tx.app.clock() })
			.where(eq(auth_sessions.id, session));
		return rotateAuthSession(tx, session);
	});
	await resetAttempts(ctx.app, actor.email);
	if (user.sealed_totp !== null) await resetCodeAttempts(ctx, user.id);
	return cookie;
}
