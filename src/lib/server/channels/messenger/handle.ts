import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { MAX_VISITOR_MESSAGES } from '#lib/server/conversations/messages/index.ts';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { pauseAi } from '#lib/server/conversations/handoffs/unchecked.ts';
import { findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { type Item, type StoredEvent, itemSchema } from './envelope.ts';
import { toAttribution, toMessageText } from './message-text.ts';
import { z } from 'zod';
import { METADATA_PREFIX } from './send.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import { messenger_threads } from '#lib/server/core/db/schema/index.ts';

const WINDOW_MS = 24 * 3_600_000;

/** The result of handling an event, for the work after its transaction. */
export interface HandledEvent {
	thread?: Thread;
	/** Whether the event starts an AI turn. */
	startsTurn?: boolean;
}

/** Handles an event inside the transaction that marks it as handled. */
export async function handleEvent(ctx: Ctx, event: StoredEvent): Promise<HandledEvent> {
	const received = itemSchema.parse(JSON.parse(event.payload));
	if (received.message?.is_echo) {
		await handleEcho(ctx, event, received.message);
		return {};
	}
	return handleVisitorEvent(ctx, event, received);
}

async function handleVisitorEvent(
	ctx: Ctx,
	event: StoredEvent,
	received: Item,
): Promise<HandledEvent> {
	const context = toAttribution(
		received.referral ?? received.postback?.referral ?? received.message?.referral,
	);
	const message = toMessageText(received);
	const isInControl = !event.is_standby;
	const wants_greeting = isInControl && message === '';
	const thread = await ensureThread(ctx, event, { context, wants_greeting });
	const { chat_session_id, session_id } = thread;
	if (message !== '') {
		await storeMessages(ctx, [
			{
				chat_session_id,
				session_id,
				sender: 'visitor',
				message,
				external_id: received.message?.mid ?? received.postback?.mid ?? undefined,
				created_at: ctx.app.clock(),
				wants_reply: isInControl,
				max_visitor_messages: MAX_VISITOR_MESSAGES,
			},
		]);
	}
	await extendReplyWindow(ctx, chat_session_id, event.sent_at, context);
	return { thread, startsTurn: isInControl && (message !== '' || thread.is_new) };
}

/** Extends the reply window to 24 hours after the visitor's latest action, as Facebook's policy allows, and merges `context`. */
async function extendReplyWindow(ctx: Ctx, chatSessionId: number, sentAt: Date, context: object) {
	const until = new Date(sentAt.getTime() + WINDOW_MS).toISOString();
	await ctx.db.execute(sql`update chat_sessions
		set reply_until = greatest(reply_until, ${until}::timestamptz), context = context || ${JSON.stringify(context)}::jsonb
		where id = ${chatSessionId}`);
	const session = await findSession(ctx, chatSessionId);
	if (session) await record(ctx, 'session.updated', { session });
}

/**
 * Handles the echo of a message that the page sent. Frontdesk's own messages are marked as sent; a message written in
 * the page's inbox is stored and pauses the AI.
 */
async function handleEcho(
	ctx: Ctx,
	event: StoredEvent,
	message: NonNullable<Item['message']>,
): Promise<void> {
	const { mid, metadata } = message;
	if (metadata?.startsWith(METADATA_PREFIX)) {
		await markSent(ctx, metadata.slice(METADATA_PREFIX.length), mid);
		return;
	}
	const { rows } = await ctx.db.execute(
		sql`select 1 from messenger_sends where mid = ${mid ?? null}`,
	);
	const text = toMessageText({ ...EMPTY_ITEM, message });
	if (rows.length > 0 || text === '') return;
	const { chat_session_id, session_id } = await ensureThread(ctx, event, {
		context: {},
		wants_greeting: false,
	});
	await pauseAi(ctx, chat_session_id, 'The page');
	await storeMessages(ctx, [
		{
			chat_session_id,
			session_id,
			sender: 'agent',
			message: text,
			external_id: mid,
			created_at: ctx.app.clock(),
		},
	]);
}

const EMPTY_ITEM: Item = { sender: { id: '' }, recipient: { id: '' } };

/** Marks a message as sent based on its echo, because the response to the send call may have been lost. */
async function markSent(ctx: Ctx, metadata: string, mid: string | undefined): Promise<void> {
	const { data: uuid } = z.uuid().safeParse(metadata);
	if (!uuid) return;
	const now = ctx.app.clock().toISOString();
	await ctx.db.execute(sql`update messenger_sends
		set status = 'sent', mid = coalesce(${mid ?? null}, mid), sent_at = ${now}::timestamptz, claimed_until = null, last_error = null
		where metadata = ${uuid}::uuid and status = 'pending'`);
}

const threadSchema = z.object({
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	name_asked_at: z.coerce.date().nullable(),
});
type Thread = z.infer<typeof threadSchema>;

/**
 * Returns the chat session of a page's visitor, or creates it. Must run inside the transaction that handles the event: each
 * visitor's events are handled one at a time, so a chat session can't be created twice.
 */
async function ensureThread(
	ctx: Ctx,
	{ page_id, psid }: { page_id: string; psid: string },
	options: { context: VisitorContext; wants_greeting: boolean },
): Promise<Thread & { is_new: boolean }> {
	const { rows } = await ctx.db.execute(sql`
		select t.chat_session_id, s.public_id as session_id, t.name_asked_at
		from messenger_threads t join chat_sessions s on s.id = t.chat_session_id
		where t.page_id = ${page_id} and t.psid = ${psid}`);
	const [found] = z.array(threadSchema).parse(rows);
	if (found) return { ...found, is_new: false };
	const { context, wants_greeting } = options;
	const { session } = await startSession(
		ctx,
		{ site: await getSiteKey(ctx, page_id), context },
		{ channel: 'messenger', wants_greeting },
	);
	await ctx.db.insert(messenger_threads).values({ page_id, psid, chat_session_id: session.id });
	const { id, session_id } = session;
	return { chat_session_id: id, session_id, name_asked_at: null, is_new: true };
}

/** Returns the key of a page's site; `default` if it has none, or an archived one. */
async function getSiteKey(ctx: Ctx, pageId: string): Promise<string> {
	const { rows } = await ctx.db.execute(sql`
		select s.key from messenger_pages p join sites s on s.id = p.site_id and s.archived_at is null
		where p.page_id = ${pageId}`);
	const [site] = z.array(z.object({ key: z.string() })).parse(rows);
	return site?.key ?? 'default';
}
