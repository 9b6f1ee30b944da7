import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type AppEvent, eventNames, eventOptions, sessionIdOf } from '#lib/contract/all-events.ts';
import type { Webhook } from '#lib/contract/define-event.ts';
import { type WebhookEvent, webhookEvent } from '#lib/contract/events.ts';
import type { Handoff } from '#lib/contract/handoff.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Session, Transcript } from '#lib/contract/session.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { type Read, runReads } from '#lib/server/core/db/reads.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { readLead } from '#lib/server/leads/unchecked.ts';
import { presentNewDelivery } from './present.ts';
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
	const session = await sessionOf(ctx, payload);
	// Nobody is told about test chats.
	if (!session || session.channel === 'test') return;
	const subscribed = readSubscriptions(session, Object.keys(webhooks));
	const { endpoints, lead, messages } = await runReads(ctx.db, {
		endpoints: subscribed,
		lead: onlyIfAny(subscribed, readLead(session)),
		messages: onlyIfAny(subscribed, readMessages(session)),
	});
	const now = ctx.app.clock();
	const subject = {
		...('review' in payload && { review: payload.review }),
		...('handoff' in payload && { handoff: payload.handoff }),
	};
	const due = endpoints.flatMap(({ endpoint_id, event }) => {
		const webhook = webhooks[event];
		if (!webhook || webhook.when?.(payload, lead) === false) return [];
		return {
			webhook_id: newWebhookId(),
			endpoint_id,
			chat_session_id: session.id,
			event,
			dedupe_key: `${event}:${webhook.key(payload, lead)}`,
			body: buildPayload(event, now, { session, lead, messages }, subject),
			next_attempt_at: now,
			created_at: now,
		};
	});
	if (due.length === 0) return;
	const rows = await ctx.db.insert(deliveries).values(due).onConflictDoNothing().returning();
	const urls = new Map(endpoints.map(({ endpoint_id, url }) => [endpoint_id, url]));
	for (const row of rows) {
		const { session_id, site } = session;
		// Updates screens, and wakes the job that sends.
		const delivery = presentNewDelivery({
			...row,
			session_id,
			site,
			url: urls.get(row.endpoint_id),
		});
		await record(ctx, 'delivery.updated', { delivery });
	}
}

async function sessionOf(ctx: Ctx, payload: Payload): Promise<Session | undefined> {
	if ('session' in payload && 'channel' in payload.session) return payload.session;
	const id = sessionIdOf(payload);
	return id === undefined ? undefined : findSession(ctx, id);
}

const subscription = z.object({
	endpoint_id: z.coerce.number(),
	event: webhookEvent,
	url: z.string(),
});

/** The endpoints that subscribed to these events. */
const readSubscriptions = (
	{ id }: Session,
	events: string[],
): Read<z.infer<typeof subscription>[]> => ({
	query: sql`
		select e.id as endpoint_id, subscribed.event, e.url
		from webhook_endpoints e
		join unnest(${sql.param(events)}::text[]) as subscribed(event) on subscribed.event = any(e.events)
		where e.site_id = (select site_id from chat_sessions where id = ${id}) and e.is_enabled`,
	parse: (rows) => z.array(subscription).parse(rows),
});

/** Reads nothing unless the condition finds something: a site without endpoints pays for one cheap statement. */
const onlyIfAny = <T>({ query: condition }: Read<unknown>, { query, parse }: Read<T>): Read<T> => ({
	query: sql`select * from (${query.getSQL()}) conditional where exists (${condition.getSQL()})`,
	parse,
});

/** The body of a delivery, final from here on: these bytes are stored, signed and sent. */
export function buildPayload(
	event: WebhookEvent,
	at: Date,
	{ session, lead, messages }: Pick<Transcript, 'session' | 'lead' | 'messages'>,
	subject: { review?: Review; handoff?: Handoff } = {},
): string {
	return JSON.stringify({
		type: event,
		timestamp: at.toISOString(),
		data: {
			session,
			lead,
			transcript: messages.map(({ sender, message, timestamp }) => ({
				sender,
				message,
				timestamp,
			})),
			...subject,
		},
	});
}
