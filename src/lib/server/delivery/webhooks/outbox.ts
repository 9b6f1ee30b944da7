import { and, eq, sql } from 'drizzle-orm';
import { chainedWebhooks, webhookGatherMs } from '#lib/contract/all-events.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { delivery_attempts } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import { type Outbox, type Status, timestamp } from '#lib/server/core/outbox/outbox.ts';
import { claimDue, type DeliveryClaim, MAX_IN_FLIGHT, RETRIES } from './claims.ts';
import { giveUpEndpoint, noteHealth } from './endpoint-health.ts';
import { deliveriesById } from './present.ts';

import { send, type DeliveryAttempt } from './send.ts';

/** Webhook deliveries: the rows are also what the dashboard and the API show. */
const outbox: Outbox<DeliveryClaim, DeliveryAttempt> = {
	table: 'deliveries',
	sentStatus: 'delivered',
	concurrency: MAX_IN_FLIGHT,
	retries: RETRIES,
	claim: claimDue,
	async send(app, claim, signal) {
		const attempt = await send(app, claim, signal);
		app.metrics.deliveries.inc({ result: attempt.result === 'sent' ? 'delivered' : 'failed' });
		return attempt;
	},
	// Endpoints before deliveries, as everywhere, so that no two transactions wait for each other.
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
		const reason = await noteHealth(tx, claim.endpoint_id, attempt);
		if (reason !== null) await giveUpEndpoint(tx, claim.endpoint_id, reason);
	},
	async afterSettle(tx, claim, _attempt, status) {
		const { id } = claim;
		if (status && chainedWebhooks.includes(claim.event)) await moveFollowers(tx, claim, status);
		for (const delivery of await deliveriesById(tx.db, [id])) {
			await record(tx, 'delivery.updated', { delivery });
		}
	},
};

/**
 * Moves the deliveries that wait for this one: behind its next attempt, so that claiming doesn't pass over them again and
 * again; and back when it was accepted or given up. The claim alone decides the order, so one that is missed only costs.
 */
async function moveFollowers(tx: Ctx, { id, number }: DeliveryClaim, status: Status) {
	if (status !== 'pending' && number === 1) return;
	const gathered = sql`make_interval(secs => coalesce((${JSON.stringify(webhookGatherMs)}::jsonb ->> f.event)::float8, 0) / 1000)`;
	const next =
		status === 'pending'
			? sql`greatest(f.next_attempt_at, d.next_attempt_at)`
			: sql`least(f.next_attempt_at, greatest(f.created_at + ${gathered}, ${timestamp(tx.app.clock())}))`;
	await tx.db.execute(sql`
		update deliveries f set next_attempt_at = ${next} from deliveries d
		where d.id = ${id} and f.chat_session_id = d.chat_session_id and f.follows_id = d.id
			and f.status = 'pending' and f.attempt_count = 0`);
}

/** Sends every due delivery, several at a time, until none is left; returns the number of attempts. */
export const deliverDue = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);
