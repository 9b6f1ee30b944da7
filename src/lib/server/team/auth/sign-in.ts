import { randomBytes } from 'node:crypto';
import { and, eq, gt, sql, type SQL } from 'drizzle-orm';
import {
	signInInput,
	type SignInInput,
	twoFactorCodeInput,
	type TwoFactorCodeInput,
} from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toNetwork } from '#lib/server/core/client-address.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { forbidden, unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireUse } from '#lib/server/core/rate-limits.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { audit } from '../audit/unchecked.ts';
import {
	actAs,
	type Browser,
	countAttempt,
	endAuthSession,
	presentUser,
	resetAttempts,
	type SignedIn,
} from './internal.ts';
import {
	readSecondStep,
	SECOND_STEP_MS,
	createSecondStepCookie,
	startAuthSession,
} from './lucia.ts';
import { verifyPassword } from './passwords.ts';
import {
	consumeSecondFactor,
	countCodeAttempt,
	resetCodeAttempts,
	type SecondFactor,
} from './second-factor.ts';

type UserRow = typeof users.$inferSelect;

const STEP_EXPIRED = 'This sign-in took too long. Start again with your password.';

/**
 * Signs a user in with a new auth session and ends the browser's previous one. With two-factor authentication, returns the
 * cookie of the second step instead. Throws the same `unauthorized`, after the same work, for a wrong password, an unknown
 * email and a disabled user; `rate_limited` after too many attempts.
 */
export async function signIn(ctx: Ctx, input: SignInInput, from: Browser): Promise<SignedIn> {
	const { email, password } = parse(signInInput, input);
	await countAttempt(ctx.app, from.ip, email);
	const [found] = await ctx.db
		.select()
		.from(users)
		.where(sql`lower(${users.email}) = ${email.toLowerCase()}`);
	const isCorrect = await verifyPassword(found?.password_hash, password);
	const isUnchanged = eq(users.password_hash, found?.password_hash ?? '');
	const signedIn =
		found &&
		isCorrect &&
		(await inTransaction(ctx, async (tx) => {
			const user = await lockActive(tx, found.id, isUnchanged);
			return user && continueSignIn(tx, user, from);
		}));
	if (!signedIn) {
		ctx.app.log.warn({ ip: from.ip }, 'sign-in refused');
		throw unauthorized('The email or password is incorrect.');
	}
	await resetAttempts(ctx.app, email);
	return signedIn;
}

/** Signs in a user after the first factor, or starts their second step. Requires a transaction. */
export async function continueSignIn(
	tx: Ctx,
	user: UserRow,
	from: Pick<Browser, 'cookie' | 'user_agent'>,
): Promise<SignedIn> {
	if (user.sealed_totp === null) return finish(tx, user, from);
	const token = randomBytes(32).toString('base64url');
	const expires_at = new Date(tx.app.clock().getTime() + SECOND_STEP_MS);
	const purpose = 'second_factor' as const;
	await tx.db
		.insert(user_tokens)
		.values({ token_hash: sha256(token), purpose, user_id: user.id, expires_at });
	const { publicUrl } = tx.app.config;
	return {
		cookie: createSecondStepCookie(publicUrl, token),
		user: presentUser(user),
		needs_code: true,
	};
}

/**
 * Completes a sign-in with an authenticator code or recovery code. Throws `forbidden` if the step is unknown, used or older
 * than ten minutes, `invalid` for a wrong code, `rate_limited` after too many attempts.
 */
export async function finishSignIn(
	ctx: Ctx,
	input: TwoFactorCodeInput,
	from: Browser,
): Promise<SignedIn> {
	const { code } = parse(twoFactorCodeInput, input);
	await requireUse(ctx.app, 'sign_in', toNetwork(from.ip));
	const isPendingStep = and(
		eq(user_tokens.token_hash, sha256(readSecondStep(from.cookie))),
		eq(user_tokens.purpose, 'second_factor'),
		gt(user_tokens.expires_at, ctx.app.clock()),
	);
	const [step] = await ctx.db.select().from(user_tokens).where(isPendingStep);
	if (step?.user_id == null) throw forbidden(STEP_EXPIRED);
	const userId = step.user_id;
	await countCodeAttempt(ctx, userId);
	const signedIn = await inTransaction(ctx, async (tx) => {
		const deleted = await tx.db.delete(user_tokens).where(isPendingStep).returning();
		const user = deleted.length > 0 ? await lockActive(tx, userId) : undefined;
		if (!user) throw forbidden(STEP_EXPIRED);
		if (user.sealed_totp === null) return finish(tx, user, from);
		// A wrong code rolls back the transaction, so that the step can be retried.
		return finish(tx, user, from, await consumeSecondFactor(tx, user, code));
	});
	await resetCodeAttempts(ctx, userId);
	return signedIn;
}

/** Locks and returns the user, unless they are disabled or `condition` does not hold. */
async function lockActive(tx: Ctx, id: number, condition?: SQL): Promise<UserRow | undefined> {
	const [user] = await tx.db
		.select()
		.from(users)
		.where(and(eq(users.id, id), eq(users.is_active, true), condition))
		.for('no key update');
	return user;
}

async function finish(
	tx: Ctx,
	row: UserRow,
	{ cookie, user_agent }: Pick<Browser, 'cookie' | 'user_agent'>,
	second_factor?: SecondFactor,
): Promise<SignedIn> {
	await endAuthSession(tx.app.config, tx.db, cookie);
	const user = presentUser(row);
	await audit(actAs(tx, user), {
		action: 'user.signed_in',
		...(second_factor && { detail: { second_factor } }),
	});
	return { cookie: await startAuthSession(tx, user.id, user_agent), user };
}
