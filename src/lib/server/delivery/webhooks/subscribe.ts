import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { eventNames, eventOptions, sessionIdOf, type AppEvent } from '#lib/contract/all-events.ts';
import type { Webhook } from '#lib/contract/define-event.ts';
import { type WebhookEvent, webhookEvent } from '#lib/contract/events.ts';
import { type App, asSystem, type Ctx } from '#lib/server/core/context.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';
import { buildPayload } from './payload.ts';
import { deliveriesById } from './present.ts';
import { newWebhookId } from './signature.ts';

type Payload = AppEvent['payload'];
type Webhooks = Partial<Record<WebhookEvent, Webhook<object>>>;

/** Writes the outbox: events that feed webhooks become deliveries, in the transaction that records them. */
export function subscribeWebhooks({ events }: App): void {
	for (const name of eventNames) {
		const webhooks: Webhooks | undefined = eventOptions(name).webhooks;
		if (webhooks) events.onRecorded(name, (ctx, payload) => enqueue(ctx, webhooks, payload));
	}
}

async function enqueue(ctx: Ctx, webhooks: Webhooks, payload: Payload): Promise<void> {
	const session_id = sessionIdOf(payload) ?? '';
	const subscribed = await findEndpoints(ctx, session_id, Object.keys(webhooks));
	if (subscribed.length === 0) return;
	const transcript = await getTranscript(asSystem(ctx), session_id);
	const now = ctx.app.clock();
	const review = 'review' in payload ? payload.review : undefined;
	const due = subscribed.flatMap(({ endpoint_id, event }) => {
		const webhook = webhooks[event];
		if (!webhook || webhook.when?.(payload, transcript.lead) === false) return [];
		return {
			webhook_id: newWebhookId(),
			endpoint_id,
			chat_session_id: transcript.session.id,
			event,
			dedupe_key: `${event}:${webhook.key(payload, transcript.lead)}`,
			body: buildPayload(event, now, transcript, review),
			next_attempt_at: now,
			created_at: now,
		};
	});
	if (due.length === 0) return;
	const made = await ctx.db
		.insert(deliveries)
		.values(due)
		.onConflictDoNothing()
		.returning({ id: deliveries.id });
	// Updates screens, and wakes the job that sends.
	const ids = made.map(({ id }) => id);
	for (const delivery of await deliveriesById(ctx.db, ids)) {
		await record(ctx, 'delivery.updated', { delivery });
	}
}

const subscriptions = z.array(z.object({ endpoint_id: z.coerce.number(), event: webhookEvent }));

/** The endpoints that subscribed to these events; the only query of a site without endpoints. None for test chats. */
async function findEndpoints(ctx: Ctx, session_id: string, events: string[]) {
	const { rows } = await ctx.db.execute(sql`
		select e.id as endpoint_id, subscribed.event
		from chat_sessions s
		join webhook_endpoints e on e.site_id = s.site_id and e.is_enabled
		join unnest(${sql.param(events)}::text[]) as subscribed(event) on subscribed.event = any(e.events)
		where s.public_id = ${session_id} and s.channel <> 'test'`);
	return subscriptions.parse(rows);
}
