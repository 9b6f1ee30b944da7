import { and, eq, sql } from 'drizzle-orm';
import { chainedWebhooks, webhookGatherMs } from '#lib/contract/all-events.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { delivery_attempts } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import { type Outbox, type SettledStatus, toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { claimDueDeliveries, type DeliveryClaim, MAX_IN_FLIGHT, RETRIES } from './claims.ts';
import { giveUpEndpoint, recordHealth } from './endpoint-health.ts';
import { findDeliveries } from './present.ts';

import { send, type DeliveryAttempt } from './send.ts';

/** The outbox of webhook deliveries. The dashboard and the API show its rows. */
const outbox: Outbox<DeliveryClaim, DeliveryAttempt> = {
	table: 'deliveries',
	sentStatus: 'delivered',
	concurrency: MAX_IN_FLIGHT,
	retries: RETRIES,
	claim: claimDueDeliveries,
	async send(app, claim, signal) {
		const attempt = await send(app, claim, signal);
		app.metrics.deliveries.inc({ result: attempt.result === 'sent' ? 'delivered' : 'failed' });
		return attempt;
	},
	// Locks endpoints before deliveries, as everywhere else, to avoid deadlocks.
	async beforeSettle(tx, claim, attempt) {
		const { duration_ms, http_status, response, error } = attempt;
		await tx.db
			.update(delivery_attempts)
			.set({ duration_ms, http_status, response, error })
			.where(
				and(
					eq(delivery_attempts.delivery_id, claim.id),
					eq(delivery_attempts.number, claim.number),
				),
			);
		const reason = await recordHealth(tx, claim.endpoint_id, attempt);
		if (reason !== null) await giveUpEndpoint(tx, claim.endpoint_id, reason);
	},
	async afterSettle(tx, claim, _attempt, status) {
		const { id } = claim;
		if (status && chainedWebhooks.includes(claim.event))
			await rescheduleFollowers(tx, claim, status);
		for (const delivery of await findDeliveries(tx.db, [id])) {
			await record(tx, 'delivery.updated', { delivery });
		}
	},
};

/**
 * Reschedules the deliveries that wait for this one: to its next attempt or later, so that claims don't repeatedly skip them,
 * and back once it was accepted or given up. This is only an optimization, because claims enforce the order.
 */
async function rescheduleFollowers(tx: Ctx, { id, number }: DeliveryClaim, status: SettledStatus) {
	if (status !== 'pending' && number === 1) return;
	const gatherInterval = sql`make_interval(secs => coalesce((${JSON.stringify(webhookGatherMs)}::jsonb ->> f.event)::float8, 0) / 1000)`;
	const next =
		status === 'pending'
			? sql`greatest(f.next_attempt_at, d.next_attempt_at)`
			: sql`least(f.next_attempt_at, greatest(f.created_at + ${gatherInterval}, ${toTimestamp(tx.app.clock())}))`;
	await tx.db.execute(sql`
		update deliveries f set next_attempt_at = ${next} from deliveries d
		where d.id = ${id} and f.chat_session_id = d.chat_session_id and f.follows_id = d.id
			and f.status = 'pending' and f.attempt_count = 0`);
}

/** Sends every due delivery, several concurrently, until none is left. Returns the number of attempts. */
export const sendDueDeliveries = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);
