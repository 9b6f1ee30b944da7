import { eq, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { push_subscriptions } from '#lib/server/core/db/schema/index.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import { claimRows, isDue, type Outbox } from '#lib/server/core/outbox/outbox.ts';
import { type PushAttempt, pushClaim, type PushClaim, send } from './send.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const outbox: Outbox<PushClaim, PushAttempt> = {
	table: 'push_messages',
	concurrency: 16,
	// Ended by the message's expiry.
	retries: {
		pausesMs: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR],
		jitter: 0.2,
		maxAskedMs: 6 * HOUR,
	},
	claim: (ctx, { room, inFlight }) =>
		claimRows(ctx, 'push_messages', {
			due: sql`select id from push_messages where ${isDue(ctx, inFlight)}
				order by next_attempt_at, id limit ${room} for update skip locked`,
			columns: sql`claimed.subscription_id, s.endpoint, s.sealed_keys, claimed.payload, claimed.urgency,
				claimed.expires_at, u.is_active, i.vapid_public_key, i.sealed_vapid_private_key`,
			joins: sql`join push_subscriptions s on s.id = claimed.subscription_id join users u on u.id = s.user_id
				left join installation_settings i on true`,
			schema: pushClaim,
		}),
	send,
	changes: (_, { error }) => [sql`last_error = ${error}`],
	async afterSettle(tx, { subscription_id }, { result, error, isGone, isCalled }) {
		const isThis = eq(push_subscriptions.id, subscription_id);
		const now = tx.app.clock();
		// Deletes its messages as well.
		if (isGone) await tx.db.delete(push_subscriptions).where(isThis);
		else if (result === 'sent') {
			const works = { last_used_at: now, failing_since: null, last_error: null };
			await tx.db.update(push_subscriptions).set(works).where(isThis);
		} else if (isCalled) {
			const failing_since = sql`coalesce(${push_subscriptions.failing_since}, ${now.toISOString()}::timestamptz)`;
			await tx.db
				.update(push_subscriptions)
				.set({ failing_since, last_error: error })
				.where(isThis);
		}
	},
};

/** Sends every due push message; returns the number of attempts. */
export const sendDuePushMessages = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);
