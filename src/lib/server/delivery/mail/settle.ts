import { and, eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { nextAttemptAt } from '#lib/server/core/retries.ts';
import type { Claim } from './claim.ts';
import { presentMail } from './internal.ts';
import { RETRIES } from './schedule.ts';
import type { Attempt } from './send.ts';

/** Decides what becomes of a mail after an attempt, if the claim is still the newest. */
export async function settle(ctx: Ctx, claim: Claim, attempt: Attempt): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(mails)
			.set({ ...outcomeOf(ctx, claim, attempt), claimed_until: null })
			.where(
				and(
					eq(mails.id, claim.id),
					eq(mails.status, 'pending'),
					eq(mails.attempt_count, claim.number),
				),
			)
			.returning();
		if (!row) return;
		await record(tx, 'mail.updated', { mail: presentMail(row) });
		if (row.status === 'failed') {
			ctx.app.log.error({ mail: row.id, error: row.last_error }, 'a mail could not be sent');
		}
	});
}

function outcomeOf(ctx: Ctx, { schedule_step: step }: Claim, attempt: Attempt) {
	const now = ctx.app.clock();
	if (attempt.error === null) {
		return {
			status: 'sent' as const,
			sent_at: now,
			next_attempt_at: null,
			last_error: null,
			sealed_link: null,
		};
	}
	// An attempt that this process itself broke off costs none of the schedule.
	if (attempt.is_cut_off) return { next_attempt_at: now };
	const next = attempt.is_worth_retrying
		? nextAttemptAt(RETRIES, { step, now, retryAfterMs: attempt.retry_after_ms })
		: null;
	return {
		status: next ? ('pending' as const) : ('failed' as const),
		next_attempt_at: next,
		schedule_step: step + 1,
		last_error: attempt.error,
	};
}
