import { createHmac } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_threads } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, forbidden } from '#lib/server/core/errors.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { requireShallowJson } from '#lib/server/core/parse.ts';
import { getNextAttemptAt } from '#lib/server/core/retries.ts';
import { isEqualSecret } from '#lib/server/core/secrets.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { envelopeSchema, parseBatch, type StoredEvent, storedEventSchema } from './envelope.ts';
import { callGraph, loadToken, requireMessenger } from './graph.ts';
import { type HandledEvent, handleEvent } from './handle.ts';

/**
 * Stores each event from Facebook once. Events are acknowledged immediately and handled afterwards. Throws Forbidden
 * for a wrong signature, and Invalid if the body isn't JSON.
 */
export async function receiveEvents(
	ctx: Ctx,
	body: Uint8Array,
	signature: string | undefined,
): Promise<void> {
	requireSignature(ctx, body, signature);
	const { data } = envelopeSchema.safeParse(parseJson(body));
	if (data?.object !== 'page') return;
	const now = ctx.app.clock();
	const events = parseBatch(data, now);
	const toColumnParam = <T>(pick: (event: (typeof events)[number]) => T) =>
		sql.param(events.map(pick));
	const pages = [...new Set(data.entry.map(({ id }) => id))].sort();
	await inTransaction(ctx, async (tx) => {
		await tx.db.execute(sql`
			with seen as (
				insert into messenger_pages (page_id, last_event_at)
				select page_id, ${now.toISOString()}::timestamptz from unnest(${sql.param(pages)}::text[]) as given (page_id)
				on conflict (page_id) do update set last_event_at = excluded.last_event_at
			)
			insert into messenger_events (page_id, psid, dedupe_key, is_standby, payload, sent_at)
			select * from unnest(${toColumnParam((e) => e.page_id)}::text[], ${toColumnParam((e) => e.psid)}::text[],
				${toColumnParam((e) => e.dedupe_key)}::text[], ${toColumnParam((e) => e.is_standby)}::boolean[],
				${toColumnParam((e) => e.payload)}::text[], ${toColumnParam((e) => e.sent_at.toISOString())}::timestamptz[])
			on conflict (dedupe_key) do nothing`);
		if (events.length > 0) await record(tx, 'messenger.received', {});
	});
}

function parseJson(body: Uint8Array): unknown {
	const text = new TextDecoder().decode(body);
	requireShallowJson(text);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('invalid', 'the body is not JSON', { cause });
	}
}

/** Answers Facebook's verification of the webhook URL. Throws Forbidden for a wrong token, and Invalid for other parameters. */
export function answerChallenge(
	{ app }: Ctx,
	query: { mode: string; verify_token: string; challenge: string },
): string {
	const { verifyToken } = requireMessenger(app);
	if (!isEqualSecret(query.verify_token, verifyToken)) throw forbidden('the verify token is wrong');
	if (query.mode !== 'subscribe' || !/^[\w-]{1,200}$/.test(query.challenge)) {
		throw new AppError('invalid', 'hub.mode must be "subscribe", with a hub.challenge');
	}
	return query.challenge;
}

/** Throws Forbidden unless the signature matches the exact bytes of the body. */
function requireSignature({ app }: Ctx, body: Uint8Array, signature: string | undefined) {
	const { appSecret } = requireMessenger(app);
	const expected = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
	if (signature === undefined || !isEqualSecret(signature.toLowerCase(), expected)) {
		throw forbidden('X-Hub-Signature-256 does not match the body');
	}
}

const SECOND = 1000;
const RETRIES = {
	pausesMs: [SECOND, 5 * SECOND, 30 * SECOND, 120 * SECOND, 600 * SECOND],
	jitter: 0.2,
	maxRetryAfterMs: 0,
};
const RETENTION_DAYS = 7;

/** Handles all due events, each in its own transaction and each visitor's in order, then deletes old ones. */
export async function handleDueEvents(
	ctx: Ctx,
	signal: AbortSignal = new AbortController().signal,
): Promise<void> {
	if (!ctx.app.config.messenger) return;
	while (!signal.aborted && (await handleNext(ctx))) {
		// One at a time, because order matters more than speed.
	}
	await deleteOldEvents(ctx);
}

/** Handles or reschedules the next due event. Returns false if none is due. */
async function handleNext(ctx: Ctx): Promise<boolean> {
	let claimed: StoredEvent | undefined;
	try {
		const handled = await inTransaction(ctx, async (tx) => {
			claimed = await claimNextEvent(tx);
			if (!claimed) return undefined;
			const result = await handleEvent(tx, claimed);
			await markHandled(tx, claimed.id, null);
			return { ...result, event: claimed };
		});
		if (handled) showActivityInBackground(ctx, handled);
	} catch (error) {
		if (!claimed) throw error;
		await reschedule(ctx, claimed, error);
	}
	return claimed !== undefined;
}

/**
 * Locks the oldest due event that has no earlier unhandled event of the same visitor. Other processes skip it and the
 * visitor's later events.
 */
async function claimNextEvent(ctx: Ctx): Promise<StoredEvent | undefined> {
	const now = sql`${ctx.app.clock().toISOString()}::timestamptz`;
	const { rows } = await ctx.db.execute(sql`
		select e.id, e.page_id, e.psid, e.is_standby, e.payload, e.sent_at, e.attempt_count from messenger_events e
		where e.handled_at is null and (e.next_attempt_at is null or e.next_attempt_at <= ${now}) and not exists (
			select from messenger_events older where older.page_id = e.page_id and older.psid = e.psid
				and older.handled_at is null and (older.sent_at, older.id) < (e.sent_at, e.id)
		)
		order by e.sent_at, e.id limit 1 for update of e skip locked`);
	return z.array(storedEventSchema).parse(rows)[0];
}

function showActivityInBackground(ctx: Ctx, handled: HandledEvent & { event: StoredEvent }): void {
	showActivity(ctx, handled.event, handled).catch((error: unknown) =>
		ctx.app.log.warn({ err: error }, 'failed to show activity to a Messenger visitor'),
	);
}

/** Marks an event as handled and clears its payload. Its deduplication key is kept for a week, so that a redelivery is ignored. */
const markHandled = (ctx: Ctx, id: number, error: string | null) =>
	ctx.db.execute(sql`update messenger_events
		set handled_at = ${ctx.app.clock().toISOString()}::timestamptz, payload = '', error = ${error} where id = ${id}`);

async function reschedule(ctx: Ctx, event: StoredEvent, error: unknown): Promise<void> {
	const message = error instanceof Error ? error.message : String(error);
	const next = getNextAttemptAt(RETRIES, { step: event.attempt_count, now: ctx.app.clock() });
	const isFinal = error instanceof AppError && error.code !== 'unavailable';
	ctx.app.log.error({ err: error, event: event.id }, 'failed to handle a Messenger event');
	if (isFinal || !next) {
		await markHandled(ctx, event.id, message.slice(0, 500));
		return;
	}
	await ctx.db.execute(sql`update messenger_events set attempt_count = attempt_count + 1,
		next_attempt_at = ${toTimestamp(next)} where id = ${event.id}`);
}

async function deleteOldEvents(ctx: Ctx): Promise<void> {
	const before = new Date(ctx.app.clock().getTime() - RETENTION_DAYS * 86_400_000).toISOString();
	await ctx.db.execute(sql`delete from messenger_events where id in (
		select id from messenger_events where handled_at < ${before}::timestamptz order by handled_at limit 1000)`);
}

const profileSchema = z.object({
	first_name: z.string().default(''),
	last_name: z.string().default(''),
});

/** Sends read and typing indicators, and looks up the visitor's name once. Graph API errors are ignored. */
async function showActivity(
	ctx: Ctx,
	{ page_id, psid }: StoredEvent,
	{ thread, startsTurn }: HandledEvent,
): Promise<void> {
	if (!thread || (!startsTurn && thread.name_asked_at)) return;
	const token = await loadToken(ctx, page_id);
	const sendAction = (sender_action: string) =>
		callGraph(ctx.app, token, `${page_id}/messages`, {
			body: { recipient: { id: psid }, sender_action },
		});
	if (startsTurn)
		await sendAction('mark_seen')
			.then(() => sendAction('typing_on'))
			.catch(() => undefined);
	if (!thread.name_asked_at) await lookUpName(ctx, token, psid, thread.chat_session_id);
}

async function lookUpName(
	ctx: Ctx,
	token: string,
	psid: string,
	chat_session_id: number,
): Promise<void> {
	const [claimedLookup] = await ctx.db
		.update(messenger_threads)
		.set({ name_asked_at: ctx.app.clock() })
		.where(
			and(
				eq(messenger_threads.chat_session_id, chat_session_id),
				isNull(messenger_threads.name_asked_at),
			),
		)
		.returning({ psid: messenger_threads.psid });
	if (!claimedLookup) return;
	const query = { fields: 'first_name,last_name' };
	const { data } = profileSchema.safeParse(
		await callGraph(ctx.app, token, psid, { query }).catch(() => undefined),
	);
	const name = data && cleanText(`${data.first_name} ${data.last_name}`).trim().slice(0, 100);
	if (name) await updateLead(ctx, { chat_session_id }, { fields: { name }, source: 'identify' });
}
