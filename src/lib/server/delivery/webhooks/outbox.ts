import { and, eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { delivery_attempts } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import type { Outbox } from '#lib/server/core/outbox/outbox.ts';
import { claimDue, type DeliveryClaim, MAX_IN_FLIGHT } from './claims.ts';
import { giveUpEndpoint, noteHealth } from './endpoint-health.ts';
import { deliveriesById } from './present.ts';
import { RETRIES } from './schedule.ts';
import { send, type DeliveryAttempt } from './send.ts';

/** Webhook deliveries: the rows are also what the dashboard and the API show. */
const outbox: Outbox<DeliveryClaim, DeliveryAttempt> = {
	table: 'deliveries',
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
	async afterSettle(tx, { id }) {
		for (const delivery of await deliveriesById(tx.db, [id])) {
			await record(tx, 'delivery.updated', { delivery });
		}
	},
};

/** Sends every due delivery, several at a time, until none is left; returns the number of attempts. */
export const deliverDue = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);
