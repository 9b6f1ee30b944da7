import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type AppEvent, chainedWebhooks } from '#lib/contract/all-events.ts';
import { getEventSessionId } from '#lib/contract/event-session-id.ts';
import type { Webhook } from '#lib/contract/define-event.ts';
import { type WebhookEvent, webhookEvent } from '#lib/contract/events.ts';
import type { Session } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Read } from '#lib/server/core/db/reads.ts';

export type Webhooks = Partial<Record<WebhookEvent, Webhook<object>>>;

const chainHeadSchema = z.object({
	id: z.number(),
	webhook_id: z.string(),
	event: webhookEvent,
	changed: z.array(z.string()),
	/** The webhook id of the previous delivery in the chain. */
	follows: z.string().nullable(),
	/** Whether it has never been claimed, so that its body can still change. */
	is_unclaimed: z.boolean(),
});

const subscriptionSchema = z.object({
	endpoint_id: z.coerce.number(),
	event: webhookEvent,
	url: z.string(),
	/** The latest delivery in the lead's chain to this endpoint. */
	head: chainHeadSchema.nullable(),
});
export type Subscription = z.infer<typeof subscriptionSchema>;

/**
 * Returns the query for endpoints that subscribe to these webhooks and should get a delivery. Webhooks that amend or end a
 * chain require that the endpoint has an open chain. Uses the index deliveries_session for chains.
 */
export const readSubscriptions = ({ id }: Session, webhooks: Webhooks): Read<Subscription[]> => {
	const entries = Object.entries(webhooks);
	const names = sql.param(entries.map(([name]) => name));
	const chains = sql.param(entries.map(([, { chain }]) => chain ?? null));
	return {
		query: sql`
			select e.id as endpoint_id, subscribed.event, e.url, to_json(head) as head
			from webhook_endpoints e
			join unnest(${names}::text[], ${chains}::text[]) as subscribed(event, chain) on subscribed.event = any(e.events)
			left join lateral (
				select d.id, d.webhook_id, d.event, d.changed, previous.webhook_id as follows,
					d.status = 'pending' and d.attempt_count = 0 as is_unclaimed
				from deliveries d left join deliveries previous on previous.id = d.follows_id
				where subscribed.chain is not null and d.chat_session_id = ${id} and d.endpoint_id = e.id
					and d.event = any(${sql.param(chainedWebhooks)}::text[])
				order by d.id desc limit 1
			) head on true
			where e.site_id = (select site_id from chat_sessions where id = ${id}) and e.is_enabled
				and (subscribed.chain is null or subscribed.chain = 'start' or head.event <> 'lead.withdrawn')`,
		parse: (rows) => z.array(subscriptionSchema).parse(rows),
	};
};

/** Returns the endpoints of a site that subscribe to these webhooks. */
export async function listSiteSubscriptions(
	ctx: Ctx,
	site: string,
	webhooks: Webhooks,
): Promise<Omit<Subscription, 'head'>[]> {
	const { rows } = await ctx.db.execute(sql`
		select e.id as endpoint_id, subscribed.event, e.url from webhook_endpoints e
		join unnest(${sql.param(Object.keys(webhooks))}::text[]) as subscribed(event) on subscribed.event = any(e.events)
		where e.site_id = (select id from sites where key = ${site}) and e.is_enabled`);
	return z.array(subscriptionSchema.omit({ head: true })).parse(rows);
}

/** Returns whether any endpoint has a delivery of the chat session's lead. Cheaper than reading the subscriptions. */
export async function hasChain(ctx: Ctx, payload: AppEvent['payload']): Promise<boolean> {
	const { rows } = await ctx.db.execute(sql`
		select from deliveries where event = any(${sql.param(chainedWebhooks)}::text[])
			and chat_session_id = (select id from chat_sessions where public_id = ${getEventSessionId(payload)}) limit 1`);
	return rows.length > 0;
}

/** Makes a read return no rows unless the condition returns some, so that a site without endpoints doesn't pay for the read. */
export const readIfAny = <T>(
	{ query: condition }: Read<unknown>,
	{ query, parse }: Read<T>,
): Read<T> => ({
	query: sql`select * from (${query.getSQL()}) conditional where exists (${condition.getSQL()})`,
	parse,
});
