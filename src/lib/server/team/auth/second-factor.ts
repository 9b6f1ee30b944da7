import { timingSafeEqual } from 'node:crypto';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { generateHOTP } from 'oslo/otp';
import { base32 } from 'oslo/encoding';
import type { Ctx } from '#lib/server/core/context.ts';
import { recovery_codes, users } from '#lib/server/core/db/schema/index.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { resetUses, requireUse } from '#lib/server/core/rate-limits.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

/** The RFC 6238 defaults of authenticator apps: SHA-1, six digits, 30 seconds. */
const STEP_MS = 30_000;
/** Tolerates clocks that differ by one step. */
const SKEW_STEPS = [0, -1, 1];

export type SecondFactor = 'authenticator' | 'recovery_code';

/** Removes the spaces and hyphens with which codes are displayed. */
const normalizeCode = (code: string) => code.replace(/[\s-]/g, '').toLowerCase();

export const hashRecoveryCode = (code: string) => sha256(normalizeCode(code));

/** Returns the time step within the allowed skew that a code belongs to. Returns undefined for a wrong code. */
export async function findTimeStep(
	secret: string,
	code: string,
	now: Date,
): Promise<number | undefined> {
	const digits = normalizeCode(code);
	if (!/^\d{6}$/.test(digits)) return undefined;
	const key = base32.decode(secret, { strict: false });
	const current = Math.floor(now.getTime() / STEP_MS);
	const steps = await Promise.all(
		SKEW_STEPS.map(async (skew) => {
			const expected = await generateHOTP(key, current + skew);
			return timingSafeEqual(Buffer.from(expected), Buffer.from(digits))
				? current + skew
				: undefined;
		}),
	);
	return steps.find((step) => step !== undefined);
}

/** Claims a time step, which invalidates its code and all earlier ones. Returns false if it was claimed before. */
async function claimTimeStep(tx: Ctx, userId: number, step: number): Promise<boolean> {
	const claimed = await tx.db
		.update(users)
		.set({ totp_last_step: step })
		.where(
			and(eq(users.id, userId), or(isNull(users.totp_last_step), lt(users.totp_last_step, step))),
		)
		.returning({ id: users.id });
	return claimed.length > 0;
}

/**
 * Consumes an authenticator code or recovery code of a user who has two-factor authentication. Requires a transaction.
 * Throws `invalid` if the code is wrong or already used.
 */
export async function consumeSecondFactor(
	tx: Ctx,
	user: Pick<typeof users.$inferSelect, 'id' | 'sealed_totp'>,
	code: string,
): Promise<SecondFactor> {
	if (user.sealed_totp === null) throw new Error('this user has no second factor');
	const secret = tx.app.secrets.open(user.sealed_totp);
	const step = await findTimeStep(secret, code, tx.app.clock());
	if (step !== undefined && (await claimTimeStep(tx, user.id, step))) return 'authenticator';
	const used = await tx.db
		.delete(recovery_codes)
		.where(
			and(
				eq(recovery_codes.user_id, user.id),
				eq(recovery_codes.code_hash, hashRecoveryCode(code)),
			),
		)
		.returning({ user_id: recovery_codes.user_id });
	if (used.length > 0) return 'recovery_code';
	throw createWrongCodeError(
		step === undefined
			? 'That code is incorrect. Codes change every 30 seconds. Enter the current one.'
			: 'That code was already used. Wait for the next one.',
	);
}

export const createWrongCodeError = (message: string) =>
	new AppError('invalid', message, { errors: [{ path: 'code', message }] });

/** Counts an attempt before the code is checked, so that concurrent guesses count too. Throws `rate_limited`. */
export const countCodeAttempt = (ctx: Ctx, userId: number): Promise<void> =>
	requireUse(ctx.app, 'second_factor', String(userId));

export const resetCodeAttempts = (ctx: Ctx, userId: number): Promise<void> =>
	resetUses(ctx.app, 'second_factor', String(userId));
