import { timingSafeEqual } from 'node:crypto';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { generateHOTP } from 'oslo/otp';
import { base32 } from 'oslo/encoding';
import type { Ctx } from '#lib/server/core/context.ts';
import { recovery_codes, users } from '#lib/server/core/db/schema/index.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { giveBack, requireUse } from '#lib/server/core/rate-limits.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

/** RFC 6238 as every authenticator app reads it without being told: SHA-1, six digits, 30 seconds. */
const STEP_MS = 30_000;
/** Phones and servers may disagree about the time by one step in either direction. */
const SKEW_STEPS = [0, -1, 1];

export type SecondFactor = 'authenticator' | 'recovery_code';

/** Codes may be typed with the spaces and hyphens that apps and our own lists show. */
const bare = (code: string) => code.replace(/[\s-]/g, '').toLowerCase();

export const hashRecoveryCode = (code: string) => sha256(bare(code));

/** Returns the newest time step within the allowed skew whose code this is; undefined for a wrong code. */
export async function matchingStep(
	secret: string,
	code: string,
	now: Date,
): Promise<number | undefined> {
	const given = bare(code);
	if (!/^\d{6}$/.test(given)) return undefined;
	const key = base32.decode(secret, { strict: false });
	const current = Math.floor(now.getTime() / STEP_MS);
	const steps = await Promise.all(
		SKEW_STEPS.map(async (skew) => {
			const right = await generateHOTP(key, current + skew);
			return timingSafeEqual(Buffer.from(right), Buffer.from(given)) ? current + skew : undefined;
		}),
	);
	return steps.find((step) => step !== undefined);
}

/** Takes this time step, so that no code of it or of an earlier one works again; false when it was taken before. */
export async function takeStep(tx: Ctx, userId: number, step: number): Promise<boolean> {
	const taken = await tx.db
		.update(users)
		.set({ totp_last_step: step })
		.where(
			and(eq(users.id, userId), or(isNull(users.totp_last_step), lt(users.totp_last_step, step))),
		)
		.returning({ id: users.id });
	return taken.length > 0;
}

/**
 * Uses up a code of the authenticator app, or a recovery code, for a user who has two-factor authentication. Run it in a
 * transaction. Throws Invalid for a code that is wrong or was used before.
 */
export async function useSecondFactor(
	tx: Ctx,
	user: Pick<typeof users.$inferSelect, 'id' | 'sealed_totp'>,
	code: string,
): Promise<SecondFactor> {
	if (user.sealed_totp === null) throw new Error('this user has no second factor');
	const secret = tx.app.secrets.open(user.sealed_totp);
	const step = await matchingStep(secret, code, tx.app.clock());
	if (step !== undefined && (await takeStep(tx, user.id, step))) return 'authenticator';
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
	throw wrongCode(
		step === undefined
			? 'That code is not right. Codes change every 30 seconds: enter the one shown now.'
			: 'That code was used before. Wait for the next one.',
	);
}

export const wrongCode = (message: string) =>
	new AppError('invalid', message, { errors: [{ path: 'code', message }] });

/** Counts an attempt before the code is looked at, so that guesses side by side count too; throws RateLimited. */
export const countCode = (ctx: Ctx, userId: number): Promise<void> =>
	requireUse(ctx.app, 'second_factor', String(userId));

export const forgiveCodes = (ctx: Ctx, userId: number): Promise<void> =>
	giveBack(ctx.app, 'second_factor', String(userId));
