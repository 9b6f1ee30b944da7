import { and, eq } from 'drizzle-orm';
import {
	type AppEvent,
	eventNames,
	eventOptions,
	getSessionIdOf,
} from '#lib/contract/all-events.ts';
import type { Session, Transcript } from '#lib/contract/session.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { readLead } from '#lib/server/leads/unchecked.ts';
import { buildPayload, type Contents, writeBody } from './payload.ts';
import { presentNewDelivery } from './present.ts';
import { newWebhookId } from './send.ts';
import {
	hasChain,
	onlyIfAny,
	readSubscriptions,
	type Subscription,
	subscriptionsOfSite,
	type Webhooks,
} from './subscriptions.ts';

type Payload = AppEvent['payload'];

/** Writes the outbox: events that feed webhooks become deliveries, in the transaction that records them. */
export function subscribeWebhooks({ events }: App): void {
	for (const name of eventNames) {
		const webhooks: Webhooks | undefined = eventOptions(name).webhooks;
		if (webhooks) events.onRecorded(name, (ctx, payload) => enqueue(ctx, webhooks, payload));
	}
}

/** An event, with what its deliveries contain. */
interface Occurrence {
	payload: Payload;
	contents: Pick<Transcript, 'session' | 'lead' | 'messages'>;
	webhooks: Webhooks;
}

/** The chat session is locked, so that the deliveries of its lead are written one after another. */
async function enqueue(ctx: Ctx, declared: Webhooks, payload: Payload): Promise<void> {
	const chosen = Object.entries(declared).filter(([, { when }]) => when?.(payload) !== false);
	if (chosen.length === 0) return;
	const site = siteOf(payload);
	if (site !== undefined) return enqueueForSite(ctx, site, Object.fromEntries(chosen), payload);
	const isWithinChain = chosen.every(([, { chain }]) => chain === 'amend' || chain === 'end');
	if (isWithinChain && !(await hasChain(ctx, payload))) return;
	const session = await sessionOf(ctx, payload);
	// No one is told about test chats.
	if (!session || session.channel === 'test') return;
	const webhooks: Webhooks = Object.fromEntries(chosen);
	const subscribed = readSubscriptions(session, webhooks);
	const { endpoints, lead, messages } = await runReads(ctx.db, {
		endpoints: subscribed,
		lead: onlyIfAny(subscribed, readLead(session)),
		messages: onlyIfAny(subscribed, readMessages(session)),
	});
	const occurrence = { payload, webhooks, contents: { session, lead, messages } };
	const remaining: Subscription[] = [];
	for (const each of endpoints) {
		if (!(await rebuildWaiting(ctx, occurrence, each))) remaining.push(each);
	}
	await insertDeliveries(ctx, occurrence, remaining);
}

/** Returns the site of an event that is about a site, not about one of its chat sessions. */
function siteOf(payload: Payload): string | undefined {
	if ('suite_run' in payload) return payload.suite_run.site;
	return 'because' in payload ? payload.site : undefined;
}

/** Writes the deliveries of an event that is about a site. Its payload is the data. */
async function enqueueForSite(
	ctx: Ctx,
	site: string,
	webhooks: Webhooks,
	payload: Payload,
): Promise<void> {
	const now = ctx.app.clock();
	for (const { endpoint_id, event, url } of await subscriptionsOfSite(ctx, site, webhooks)) {
		const [row] = await ctx.db
			.insert(deliveries)
			.values({
				webhook_id: newWebhookId(),
				endpoint_id,
				event,
				dedupe_key: `${event}:${webhooks[event]?.key(payload, null)}`,
				lead_version: 0,
				body: writeBody(event, now, payload),
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

async function sessionOf(ctx: Ctx, payload: Payload): Promise<Session | undefined> {
	if ('session' in payload && 'channel' in payload.session) return payload.session;
	const id = getSessionIdOf(payload);
	return id === undefined ? undefined : findSession(ctx, id);
}

/**
 * Adds an amendment to the one that is still being gathered for the endpoint, if there is one; its time stays. Returns
 * false when there is none, or another process has just claimed it.
 */
async function rebuildWaiting(
	ctx: Ctx,
	occurrence: Occurrence,
	{ event, head, url }: Subscription,
): Promise<boolean> {
	if (occurrence.webhooks[event]?.gatherMs === undefined) return false;
	if (head?.event !== event || !head.is_waiting) return false;
	const changed = [...new Set([...head.changed, ...changedBy(occurrence)])];
	const { lead_version, body } = contentsOf(ctx, occurrence, event, {
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
	if (row) await announce(ctx, occurrence, row, { url, follows: head.follows });
	return row !== undefined;
}

async function insertDeliveries(
	ctx: Ctx,
	occurrence: Occurrence,
	endpoints: Subscription[],
): Promise<void> {
	const { payload, webhooks, contents } = occurrence;
	const now = ctx.app.clock();
	const due = endpoints.flatMap(({ endpoint_id, event, head }) => {
		const webhook = webhooks[event];
		if (!webhook || webhook.whenLead?.(contents.lead) === false) return [];
		const changed = changedBy(occurrence);
		return {
			webhook_id: newWebhookId(),
			endpoint_id,
			chat_session_id: contents.session.id,
			event,
			dedupe_key: `${event}:${webhook.key(payload, contents.lead)}`,
			follows_id: head?.id ?? null,
			changed,
			...contentsOf(ctx, occurrence, event, { changed, amends: head?.webhook_id ?? null }),
			next_attempt_at: new Date(now.getTime() + (webhook.gatherMs ?? 0)),
			created_at: now,
		};
	});
	if (due.length === 0) return;
	const rows = await ctx.db.insert(deliveries).values(due).onConflictDoNothing().returning();
	for (const row of rows) {
		const from = endpoints.find(
			({ endpoint_id, event }) => endpoint_id === row.endpoint_id && event === row.event,
		);
		await announce(ctx, occurrence, row, {
			url: from?.url,
			follows: from?.head?.webhook_id ?? null,
		});
	}
}

const changedBy = ({ payload }: Occurrence): string[] =>
	('changed' in payload && payload.changed) || [];

/** Returns the columns that depend on the body. */
function contentsOf(
	ctx: Ctx,
	{ payload, contents }: Occurrence,
	event: Subscription['event'],
	extra: Pick<Contents, 'changed' | 'amends'>,
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

/** Updates screens, and wakes the job that sends. */
async function announce(
	ctx: Ctx,
	{ contents: { session } }: Occurrence,
	row: typeof deliveries.$inferSelect,
	more: { url: string | undefined; follows: string | null },
): Promise<void> {
	const { session_id, site } = session;
	const delivery = presentNewDelivery({ ...row, session_id, site, ...more });
	await record(ctx, 'delivery.updated', { delivery });
}
