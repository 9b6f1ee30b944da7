import { and, eq } from 'drizzle-orm';
import { type AppEvent, eventNames, getEventOptions } from '#lib/contract/all-events.ts';
import { getEventSessionId } from '#lib/contract/event-session-id.ts';
import type { Session, Transcript } from '#lib/contract/session.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { readLead } from '#lib/server/leads/unchecked.ts';
import { buildPayload, type PayloadContents, serializeBody } from './payload.ts';
import { presentNewDelivery } from './present.ts';
import { createWebhookId } from './send.ts';
import {
	hasChain,
	readIfAny,
	readSubscriptions,
	type Subscription,
	listSiteSubscriptions,
	type Webhooks,
} from './subscriptions.ts';

type Payload = AppEvent['payload'];

/** Creates deliveries for events with webhooks, in the transaction that records the event. */
export function subscribeWebhooks({ events }: App): void {
	for (const name of eventNames) {
		const webhooks: Webhooks | undefined = getEventOptions(name).webhooks;
		if (webhooks)
			events.onRecorded(name, (ctx, payload) => enqueueDeliveries(ctx, webhooks, payload));
	}
}

/** An event with the contents of its deliveries. */
interface DeliveryContext {
	payload: Payload;
	contents: Pick<Transcript, 'session' | 'lead' | 'messages'>;
	webhooks: Webhooks;
}

/** Creates the deliveries of an event. The caller holds the chat session's lock, which serializes the deliveries of its lead. */
async function enqueueDeliveries(
	ctx: Ctx,
	declaredWebhooks: Webhooks,
	payload: Payload,
): Promise<void> {
	const activeWebhooks = Object.entries(declaredWebhooks).filter(
		([, { when }]) => when?.(payload) !== false,
	);
	if (activeWebhooks.length === 0) return;
	const site = getSiteKey(payload);
	if (site !== undefined)
		return enqueueForSite(ctx, site, Object.fromEntries(activeWebhooks), payload);
	const needsOpenChain = activeWebhooks.every(
		([, { chain }]) => chain === 'amend' || chain === 'end',
	);
	if (needsOpenChain && !(await hasChain(ctx, payload))) return;
	const session = await findEventSession(ctx, payload);
	// Test chats aren't delivered.
	if (!session || session.channel === 'test') return;
	const webhooks: Webhooks = Object.fromEntries(activeWebhooks);
	const subscribed = readSubscriptions(session, webhooks);
	const reads = {
		endpoints: subscribed,
		lead: readIfAny(subscribed, readLead(session)),
		messages: readIfAny(subscribed, readMessages(session)),
	};
	const { endpoints, lead, messages } = await runReads(ctx.db, reads, 'read_subscriptions');
	const context = { payload, webhooks, contents: { session, lead, messages } };
	const remaining: Subscription[] = [];
	for (const subscription of endpoints) {
		if (!(await mergeIntoPending(ctx, context, subscription))) remaining.push(subscription);
	}
	await insertDeliveries(ctx, context, remaining);
}

/** Returns the site of an event that is about a site rather than one of its chat sessions. */
function getSiteKey(payload: Payload): string | undefined {
	if ('suite_run' in payload) return payload.suite_run.site;
	return 'because' in payload ? payload.site : undefined;
}

/** Creates the deliveries of an event about a site, with its payload as the data. */
async function enqueueForSite(
	ctx: Ctx,
	site: string,
	webhooks: Webhooks,
	payload: Payload,
): Promise<void> {
	const now = ctx.app.clock();
	for (const { endpoint_id, event, url } of await listSiteSubscriptions(ctx, site, webhooks)) {
		const [row] = await ctx.db
			.insert(deliveries)
			.values({
				webhook_id: createWebhookId(),
				endpoint_id,
				event,
				dedupe_key: `${event}:${webhooks[event]?.key(payload, null)}`,
				lead_version: 0,
				body: serializeBody(event, now, payload),
				next_attempt_at: now,
				created_at: now,
			})
			.onConflictDoNothing()
			.returning();
		if (!row) continue;
		const delivery = presentNewDelivery({ ...row, session_id: null, site, url, follows: null });
		await record(ctx, 'delivery.updated', { delivery });
	}
}

async function findEventSession(ctx: Ctx, payload: Payload): Promise<Session | undefined> {
	if ('session' in payload && 'channel' in payload.session) return payload.session;
	const id = getEventSessionId(payload);
	return id === undefined ? undefined : findSession(ctx, id);
}

/**
 * Merges an amendment into the endpoint's pending delivery that is still gathering changes, without changing its due time.
 * Returns false if there is none, or if another process has just claimed it.
 */
async function mergeIntoPending(
	ctx: Ctx,
	context: DeliveryContext,
	{ event, head, url }: Subscription,
): Promise<boolean> {
	if (context.webhooks[event]?.gatherMs === undefined) return false;
	if (head?.event !== event || !head.is_unclaimed) return false;
	const changed = [...new Set([...head.changed, ...getChangedFields(context)])];
	const { lead_version, body } = createBodyColumns(ctx, context, event, {
		changed,
		amends: head.follows,
	});
	const [row] = await ctx.db
		.update(deliveries)
		.set({ body, changed, lead_version })
		.where(
			and(
				eq(deliveries.id, head.id),
				eq(deliveries.status, 'pending'),
				eq(deliveries.attempt_count, 0),
			),
		)
		.returning();
	if (row) await recordUpdate(ctx, context, row, { url, follows: head.follows });
	return row !== undefined;
}

async function insertDeliveries(
	ctx: Ctx,
	context: DeliveryContext,
	endpoints: Subscription[],
): Promise<void> {
	const { payload, webhooks, contents } = context;
	const now = ctx.app.clock();
	const due = endpoints.flatMap(({ endpoint_id, event, head }) => {
		const webhook = webhooks[event];
		if (!webhook || webhook.whenLead?.(contents.lead) === false) return [];
		const changed = getChangedFields(context);
		return {
			webhook_id: createWebhookId(),
			endpoint_id,
			chat_session_id: contents.session.id,
			event,
			dedupe_key: `${event}:${webhook.key(payload, contents.lead)}`,
			follows_id: head?.id ?? null,
			changed,
			...createBodyColumns(ctx, context, event, { changed, amends: head?.webhook_id ?? null }),
			next_attempt_at: new Date(now.getTime() + (webhook.gatherMs ?? 0)),
			created_at: now,
		};
	});
	if (due.length === 0) return;
	const rows = await ctx.db.insert(deliveries).values(due).onConflictDoNothing().returning();
	for (const row of rows) {
		const subscription = endpoints.find(
			({ endpoint_id, event }) => endpoint_id === row.endpoint_id && event === row.event,
		);
		await recordUpdate(ctx, context, row, {
			url: subscription?.url,
			follows: subscription?.head?.webhook_id ?? null,
		});
	}
}

const getChangedFields = ({ payload }: DeliveryContext): string[] =>
	('changed' in payload && payload.changed) || [];

/** Returns the body and the lead version in it. */
function createBodyColumns(
	ctx: Ctx,
	{ payload, contents }: DeliveryContext,
	event: Subscription['event'],
	extra: Pick<PayloadContents, 'changed' | 'amends'>,
) {
	const subject = {
		...('review' in payload && { review: payload.review }),
		...('handoff' in payload && { handoff: payload.handoff }),
		...('outcome' in payload && {
			outcome: { outcome: payload.outcome, previous: payload.previous },
		}),
		...('reason' in payload && { reason: payload.reason }),
	};
	return {
		lead_version: contents.lead?.version ?? 0,
		body: buildPayload(event, ctx.app.clock(), { ...contents, ...extra, ...subject }),
	};
}

/** Records `delivery.updated`, which updates lists and wakes the job that sends deliveries. */
async function recordUpdate(
	ctx: Ctx,
	{ contents: { session } }: DeliveryContext,
	row: typeof deliveries.$inferSelect,
	more: { url: string | undefined; follows: string | null },
): Promise<void> {
	const { session_id, site } = session;
	const delivery = presentNewDelivery({ ...row, session_id, site, ...more });
	await record(ctx, 'delivery.updated', { delivery });
}
