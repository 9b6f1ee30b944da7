import { createHmac } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_threads } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, forbidden } from '#lib/server/core/errors.ts';
import { timestamp } from '#lib/server/core/outbox/outbox.ts';
import { requireShallowJson } from '#lib/server/core/parse.ts';
import { nextAttemptAt } from '#lib/server/core/retries.ts';
import { isSame } from '#lib/server/core/secrets.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { envelope, parseBatch, type StoredEvent, storedEvent } from './envelope.ts';
import { callGraph, findToken, requireMessenger } from './graph.ts';
import { type Handled, handleEvent, type Thread } from './handle.ts';

/**
 * Stores the events that Facebook sends, each once; they are acknowledged at once and handled afterwards. Throws Forbidden
 * for a wrong signature, Invalid for a body that is not JSON.
 */
export async function receiveEvents(
	ctx: Ctx,
	body: Uint8Array,
	signature: string | undefined,
): Promise<void> {
	requireSignature(ctx, body, signature);
	const { data } = envelope.safeParse(readJson(body));
	if (data?.object !== 'page') return;
	const now = ctx.app.clock();
	const events = parseBatch(data, now);
	const column = <T>(pick: (event: (typeof events)[number]) => T) => sql.param(events.map(pick));
	const pages = [...new Set(data.entry.map(({ id }) => id))].sort();
	await inTransaction(ctx, async (tx) => {
		await tx.db.execute(sql`
			with seen as (
				insert into messenger_pages (page_id, last_event_at)
				select page_id, ${now.toISOString()}::timestamptz from unnest(${sql.param(pages)}::text[]) as given (page_id)
				on conflict (page_id) do update set last_event_at = excluded.last_event_at
			)
			insert into messenger_events (page_id, psid, dedupe_key, is_standby, payload, sent_at)
			select * from unnest(${column((e) => e.page_id)}::text[], ${column((e) => e.psid)}::text[],
				${column((e) => e.dedupe_key)}::text[], ${column((e) => e.is_standby)}::boolean[],
				${column((e) => e.payload)}::text[], ${column((e) => e.sent_at.toISOString())}::timestamptz[])
			on conflict (dedupe_key) do nothing`);
		if (events.length > 0) await record(tx, 'messenger.received', {});
	});
}

function readJson(body: Uint8Array): unknown {
	const text = new TextDecoder().decode(body);
	requireShallowJson(text);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('invalid', 'the body is not JSON', { cause });
	}
}

/** Answers Facebook's verification of the webhook address; throws Forbidden for a wrong token. */
export function answerChallenge(
	{ app }: Ctx,
	query: { mode: string; verify_token: string; challenge: string },
): string {
	const { verifyToken } = requireMessenger(app);
	if (!isSame(query.verify_token, verifyToken)) throw forbidden('the verify token is wrong');
	if (query.mode !== 'subscribe' || !/^[\w-]{1,200}$/.test(query.challenge)) {
		throw new AppError('invalid', 'hub.mode must be "subscribe", with a hub.challenge');
	}
	return query.challenge;
}

/** Throws Forbidden unless the app's secret has signed exactly these bytes. */
function requireSignature({ app }: Ctx, body: Uint8Array, signature: string | undefined) {
	const { appSecret } = requireMessenger(app);
	const expected = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
	if (signature === undefined || !isSame(signature.toLowerCase(), expected)) {
		throw forbidden('X-Hub-Signature-256 does not fit the body');
	}
}

const SECOND = 1000;
const RETRIES = {
	pausesMs: [SECOND, 5 * SECOND, 30 * SECOND, 120 * SECOND, 600 * SECOND],
	jitter: 0.2,
	maxAskedMs: 0,
};
const RETENTION_DAYS = 7;

/** Handles every due event, each in its own transaction and those of one visitor in order. */
export async function handleDueEvents(
	ctx: Ctx,
	signal: AbortSignal = new AbortController().signal,
): Promise<void> {
	if (!ctx.app.config.messenger) return;
	while (!signal.aborted && (await handleNext(ctx))) {
		// One at a time: order matters more than speed.
	}
	await deleteOld(ctx);
}

/** Handles one event; returns false when none is due. */
async function handleNext(ctx: Ctx): Promise<boolean> {
	let claimed: StoredEvent | undefined;
	try {
		const handled = await inTransaction(ctx, async (tx) => {
			claimed = await claim(tx);
			if (!claimed) return undefined;
			const result = await handleEvent(tx, claimed);
			await close(tx, claimed.id, null);
			return { ...result, event: claimed };
		});
		if (handled) afterwards(ctx, handled);
	} catch (error) {
		if (!claimed) throw error;
		await reschedule(ctx, claimed, error);
	}
	return claimed !== undefined;
}

/** Locks the oldest event whose visitor has none older; other processes skip it and the ones that follow. */
async function claim(ctx: Ctx): Promise<StoredEvent | undefined> {
	const now = sql`${ctx.app.clock().toISOString()}::timestamptz`;
	const { rows } = await ctx.db.execute(sql`
		select e.id, e.page_id, e.psid, e.is_standby, e.payload, e.sent_at, e.attempt_count from messenger_events e
		where e.handled_at is null and (e.next_attempt_at is null or e.next_attempt_at <= ${now}) and not exists (
			select from messenger_events older where older.page_id = e.page_id and older.psid = e.psid
				and older.handled_at is null and (older.sent_at, older.id) < (e.sent_at, e.id)
		)
		order by e.sent_at, e.id limit 1 for update of e skip locked`);
	return z.array(storedEvent).parse(rows)[0];
}

function afterwards(ctx: Ctx, handled: Handled & { event: StoredEvent }): void {
	greetVisitor(ctx, handled.event, handled).catch((error: unknown) =>
		ctx.app.log.warn({ err: error }, 'a Messenger visitor was not greeted'),
	);
}

/** Empties an event that was handled; its key stays for a week, so that it is not handled twice. */
const close = (ctx: Ctx, id: number, error: string | null) =>
	ctx.db.execute(sql`update messenger_events
		set handled_at = ${ctx.app.clock().toISOString()}::timestamptz, payload = '', error = ${error} where id = ${id}`);

async function reschedule(ctx: Ctx, event: StoredEvent, error: unknown): Promise<void> {
	const message = error instanceof Error ? error.message : String(error);
	const next = nextAttemptAt(RETRIES, { step: event.attempt_count, now: ctx.app.clock() });
	const isFinal = error instanceof AppError && error.code !== 'unavailable';
	ctx.app.log.error({ err: error, event: event.id }, 'a Messenger event was not handled');
	if (isFinal || !next) {
		await close(ctx, event.id, message.slice(0, 500));
		return;
	}
	await ctx.db.execute(sql`update messenger_events set attempt_count = attempt_count + 1,
		next_attempt_at = ${timestamp(next)} where id = ${event.id}`);
}

async function deleteOld(ctx: Ctx): Promise<void> {
	const before = new Date(ctx.app.clock().getTime() - RETENTION_DAYS * 86_400_000).toISOString();
	await ctx.db.execute(sql`delete from messenger_events where id in (
		select id from messenger_events where handled_at < ${before}::timestamptz order by handled_at limit 1000)`);
}

const profile = z.object({ first_name: z.string().default(''), last_name: z.string().default('') });

/** Sends read and typing indicators, and looks up the visitor's name once; failures of either are harmless. */
async function greetVisitor(
	ctx: Ctx,
	{ page_id, psid }: StoredEvent,
	{ thread, isAnswered }: { thread?: Thread; isAnswered?: boolean },
): Promise<void> {
	if (!thread || (!isAnswered && thread.name_asked_at)) return;
	const token = await findToken(ctx, page_id);
	const act = (sender_action: string) =>
		callGraph(ctx.app, token, `${page_id}/messages`, {
			body: { recipient: { id: psid }, sender_action },
		});
	if (isAnswered)
		await act('mark_seen')
			.then(() => act('typing_on'))
			.catch(() => undefined);
	if (!thread.name_asked_at) await lookUpName(ctx, token, psid, thread.chat_session_id);
}

async function lookUpName(
	ctx: Ctx,
	token: string,
	psid: string,
	chat_session_id: number,
): Promise<void> {
	const [isFirst] = await ctx.db
		.update(messenger_threads)
		.set({ name_asked_at: ctx.app.clock() })
		.where(
			and(
				eq(messenger_threads.chat_session_id, chat_session_id),
				isNull(messenger_threads.name_asked_at),
			),
		)
		.returning({ psid: messenger_threads.psid });
	if (!isFirst) return;
	const query = { fields: 'first_name,last_name' };
	const { data } = profile.safeParse(
		await callGraph(ctx.app, token, psid, { query }).catch(() => undefined),
	);
	const name = data && cleanText(`${data.first_name} ${data.last_name}`).trim().slice(0, 100);
	if (name) await updateLead(ctx, { chat_session_id }, { fields: { name }, source: 'identify' });
}
