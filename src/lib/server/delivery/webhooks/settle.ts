import { and, eq, ne } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { deliveries, delivery_attempts } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { nextAttemptAt } from '#lib/server/core/retries.ts';
import type { Claim } from './claim.ts';
import { disableEndpoint } from './disable-endpoint.ts';
import { deliveriesById } from './present.ts';
import { mailDisabled } from './mail-disabled.ts';
import { noteHealth } from './note-health.ts';
import { RETRIES } from './schedule.ts';
import type { Attempt } from './send.ts';

/**
 * Records the result of an attempt, and decides what becomes of its delivery if the claim is still the newest. Safe to
 * repeat when it is unknown whether it was committed.
 */
export async function settle(ctx: Ctx, claim: Claim, attempt: Attempt): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const { duration_ms, http_status, response, error } = attempt;
		await tx.db
			.update(delivery_attempts)
			.set({ duration_ms, http_status, response, error })
			.where(
				and(
					eq(delivery_attempts.delivery_id, claim.delivery_id),
					eq(delivery_attempts.number, claim.number),
				),
			);
		// Endpoints before deliveries, as everywhere, so that no two transactions wait for each other.
		const reason = await noteHealth(tx, claim.endpoint_id, attempt);
		if (error === null) await markDelivered(tx, claim);
		else if (reason === null) await scheduleAgain(tx, claim, attempt);
		else await giveUp(tx, claim.endpoint_id, reason);
		for (const delivery of await deliveriesById(tx.db, [claim.delivery_id])) {
			await record(tx, 'delivery.updated', { delivery });
		}
	});
}

async function giveUp(ctx: Ctx, endpointId: number, reason: string): Promise<void> {
	await mailDisabled(ctx, endpointId, reason);
	await disableEndpoint(ctx, endpointId, reason);
}

/** Taken is taken, even if the delivery has been given up, or claimed again, meanwhile. */
async function markDelivered(ctx: Ctx, { delivery_id }: Claim): Promise<void> {
	await ctx.db
		.update(deliveries)
		.set({
			status: 'delivered',
			delivered_at: ctx.app.clock(),
			next_attempt_at: null,
			claimed_until: null,
		})
		.where(and(eq(deliveries.id, delivery_id), ne(deliveries.status, 'delivered')));
}

async function scheduleAgain(ctx: Ctx, claim: Claim, attempt: Attempt): Promise<void> {
	const now = ctx.app.clock();
	const { schedule_step: step } = claim;
	// An attempt that this process itself broke off costs none of the schedule.
	const next = attempt.is_cut_off
		? { at: now, step }
		: {
				at: nextAttemptAt(RETRIES, { step, now, retryAfterMs: attempt.retry_after_ms }),
				step: step + 1,
			};
	await ctx.db
		.update(deliveries)
		.set({
			status: next.at ? 'pending' : 'failed',
			next_attempt_at: next.at,
			schedule_step: next.step,
			claimed_until: null,
		})
		.where(
			and(
				eq(deliveries.id, claim.delivery_id),
				eq(deliveries.status, 'pending'),
				eq(deliveries.attempt_count, claim.number),
			),
		);
}
