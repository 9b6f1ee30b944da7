import { randomBytes } from 'node:crypto';
import { and, eq, gt, sql, type SQL } from 'drizzle-orm';
import { twoFactorCodeInput, type TwoFactorCodeInput } from '#lib/contract/two-factor.ts';
import { signInInput, type SignInInput } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { networkOf } from '#lib/server/core/client-address.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { forbidden, unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { actingAs, endAuthSession, type Browser, type SignedIn } from './internal.ts';
import { countAttempt, forgiveAttempts } from './limits.ts';
import { readSecondStep, SECOND_STEP_MS, secondStepCookie, startAuthSession } from './lucia.ts';
import { isPassword } from './passwords.ts';
import { presentUser } from './present-user.ts';
import { requireUse } from '#lib/server/core/rate-limits.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { countCode, forgiveCodes, useSecondFactor, type SecondFactor } from './second-factor.ts';

type UserRow = typeof users.$inferSelect;

const STEP_ENDED = 'This sign-in took too long. Start again with your password.';

/**
 * Signs a person in with a new auth session and ends the one the browser had; somebody with two-factor authentication gets
 * the cookie of the second step instead. A wrong password, an unknown e-mail and a disabled user get the same Unauthorized
 * after the same work; too many attempts get RateLimited.
 */
export async function signIn(ctx: Ctx, input: SignInInput, from: Browser): Promise<SignedIn> {
	const { email, password } = parse(signInInput, input);
	await countAttempt(ctx.app, from.ip, email);
	const [found] = await ctx.db
		.select()
		.from(users)
		.where(sql`lower(${users.email}) = ${email.toLowerCase()}`);
	const isRight = await isPassword(found?.password_hash, password);
	const isUnchanged = eq(users.password_hash, found?.password_hash ?? '');
	const signedIn =
		found &&
		isRight &&
		(await inTransaction(ctx, async (tx) => {
			const user = await lockActive(tx, found.id, isUnchanged);
			return user && continueSignIn(tx, user, from);
		}));
	if (!signedIn) {
		ctx.app.log.warn({ ip: from.ip }, 'sign-in refused');
		throw unauthorized('The e-mail or the password is wrong.');
	}
	await forgiveAttempts(ctx.app, email);
	return signedIn;
}

/** Signs in somebody who proved the first factor, or begins their second step. Run it in a transaction. */
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
	return { cookie: secondStepCookie(publicUrl, token), user: presentUser(user), needs_code: true };
}

/**
 * Completes a sign-in with a code of the authenticator app or a recovery code. Throws Forbidden for a step that is older
 * than ten minutes, used or unknown, Invalid for a wrong code, RateLimited after too many.
 */
export async function finishSignIn(
	ctx: Ctx,
	input: TwoFactorCodeInput,
	from: Browser,
): Promise<SignedIn> {
	const { code } = parse(twoFactorCodeInput, input);
	await requireUse(ctx.app, 'sign_in', networkOf(from.ip));
	const isStep = and(
		eq(user_tokens.token_hash, sha256(readSecondStep(from.cookie))),
		eq(user_tokens.purpose, 'second_factor'),
		gt(user_tokens.expires_at, ctx.app.clock()),
	);
	const [step] = await ctx.db.select().from(user_tokens).where(isStep);
	if (step?.user_id == null) throw forbidden(STEP_ENDED);
	const userId = step.user_id;
	await countCode(ctx, userId);
	const signedIn = await inTransaction(ctx, async (tx) => {
		const taken = await tx.db.delete(user_tokens).where(isStep).returning();
		const user = taken.length > 0 ? await lockActive(tx, userId) : undefined;
		if (!user) throw forbidden(STEP_ENDED);
		if (user.sealed_totp === null) return finish(tx, user, from);
		// A wrong code undoes the transaction, so that the step can be tried again.
		return finish(tx, user, from, await useSecondFactor(tx, user, code));
	});
	await forgiveCodes(ctx, userId);
	return signedIn;
}

/** The user, unless they were disabled meanwhile or `isStill` does not hold any more. */
async function lockActive(tx: Ctx, id: number, isStill?: SQL): Promise<UserRow | undefined> {
	const [user] = await tx.db
		.select()
		.from(users)
		.where(and(eq(users.id, id), eq(users.is_active, true), isStill))
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
	await audit(actingAs(tx, user), {
		action: 'user.signed_in',
		...(second_factor && { detail: { second_factor } }),
	});
	return { cookie: await startAuthSession(tx, user.id, user_agent), user };
}
