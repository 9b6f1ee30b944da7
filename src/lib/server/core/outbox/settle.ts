import { setTimeout } from 'node:timers/promises';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../context.ts';
import { isTransientDatabaseError } from '../db/faults.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Log } from '../log.ts';
import { getNextAttemptAt } from '../retries.ts';
import {
	type AttemptResult,
	type Claim,
	type Outbox,
	type SettledStatus,
	toTimestamp,
} from './outbox.ts';

const MAX_STORE_MS = 900_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** The number of permanent database errors after which a result is given up. */
const MAX_REFUSALS = 3;

const settledSchema = z.array(
	z.object({ status: z.enum(['sent', 'pending', 'failed'] satisfies SettledStatus[]) }),
);

/** Stores the result of an attempt and updates its row. Safe to repeat. */
export async function settleClaim<C extends Claim, A extends AttemptResult>(
	ctx: Ctx,
	outbox: Outbox<C, A>,
	claim: C,
	attempt: A,
): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		await outbox.beforeSettle?.(tx, claim, attempt);
		const { rows } = await tx.db.execute(
			attempt.result === 'sent'
				? markSent(tx, outbox, claim, attempt)
				: reschedule(tx, outbox, claim, attempt),
		);
		await outbox.afterSettle(tx, claim, attempt, settledSchema.parse(rows)[0]?.status);
	});
}

/** Marks the row as sent, even if the claim has expired or the row was given up in the meantime. */
function markSent<C extends Claim, A extends AttemptResult>(
	ctx: Ctx,
	{ table, sentStatus = 'sent', changes }: Outbox<C, A>,
	claim: C,
	attempt: A,
): SQL {
	return sql`update ${sql.identifier(table)}
		set status = ${sentStatus}, ${sql.identifier(`${sentStatus}_at`)} = ${toTimestamp(ctx.app.clock())},
			next_attempt_at = null, claimed_until = null${appendAssignments(changes?.(claim, attempt))}
		where id = ${claim.id} and status <> ${sentStatus} returning 'sent' as status`;
}

/** Reschedules the row or gives it up, unless a later claim owns it or the claim was already settled. */
function reschedule<C extends Claim, A extends AttemptResult>(
	ctx: Ctx,
	{ table, retries, changes }: Outbox<C, A>,
	claim: C,
	attempt: A,
): SQL {
	const now = ctx.app.clock();
	const { step } = claim;
	const failure = { step, now, retryAfterMs: attempt.retry_after_ms };
	const isReleased = attempt.result === 'released';
	const nextAttemptAt = isReleased
		? now
		: attempt.result === 'retry'
			? getNextAttemptAt(retries, failure)
			: null;
	return sql`update ${sql.identifier(table)}
		set status = ${nextAttemptAt ? 'pending' : 'failed'}, next_attempt_at = ${nextAttemptAt && toTimestamp(nextAttemptAt)},
			schedule_step = ${isReleased ? step : step + 1}, claimed_until = null${appendAssignments(changes?.(claim, attempt))}
		where id = ${claim.id} and status = 'pending' and attempt_count = ${claim.number} and claimed_until is not null
		returning status`;
}

const appendAssignments = (assignments: SQL[] = []): SQL =>
	sql.join(assignments.map((assignment) => sql`, ${assignment}`));

/**
 * Stores the result of a call that should not be made twice, and retries for 15 minutes, or until `signal` is aborted,
 * while the database fails for transient reasons. `store` must be safe to repeat. Never throws. Returns whether the
 * result was stored.
 */
export async function storeResult(
	log: Log,
	store: () => Promise<unknown>,
	{ signal, ...subject }: { signal?: AbortSignal; outbox: string; id: number },
): Promise<boolean> {
	const giveUpAt = performance.now() + MAX_STORE_MS;
	let refusals = 0;
	for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
		try {
			await store();
			return true;
		} catch (error) {
			log.error({ err: error, ...subject }, 'failed to store a result');
			if (!isTransientDatabaseError(error)) refusals += 1;
			const shouldGiveUp = performance.now() > giveUpAt || refusals === MAX_REFUSALS;
			if (shouldGiveUp || signal?.aborted) return false;
			await setTimeout(pause, undefined, { signal }).catch(() => undefined);
		}
	}
}
