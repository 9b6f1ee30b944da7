import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { MOST_BY_VISITOR, storeMessages } from '#lib/server/conversations/messages/index.ts';
import { findSession } from '#lib/server/conversations/sessions/index.ts';
import { type Item, item, type StoredEvent } from './envelope.ts';
import { handleEcho } from './handle-echo.ts';
import { ensureThread, type Thread } from './thread.ts';
import { attribution, wordsOf } from './words.ts';

const WINDOW_MS = 24 * 3_600_000;

/** What is left to do when the event is stored. */
export interface Handled {
	thread?: Thread;
	/** The AI is about to answer. */
	isAnswered?: boolean;
}

/** Does what an event asks for, inside the transaction that closes it. */
export async function handleEvent(ctx: Ctx, event: StoredEvent): Promise<Handled> {
	const told = item.parse(JSON.parse(event.payload));
	if (told.message?.is_echo) {
		await handleEcho(ctx, event, told.message);
		return {};
	}
	return handleVisitor(ctx, event, told);
}

async function handleVisitor(ctx: Ctx, event: StoredEvent, told: Item): Promise<Handled> {
	const context = attribution(told.referral ?? told.postback?.referral ?? told.message?.referral);
	const message = wordsOf(told);
	const isOurs = !event.is_standby;
	const wants_greeting = isOurs && message === '';
	const thread = await ensureThread(ctx, event, { context, wants_greeting });
	const { chat_session_id, session_id } = thread;
	if (message !== '') {
		await storeMessages(ctx, [
			{
				chat_session_id,
				session_id,
				sender: 'visitor',
				message,
				external_id: told.message?.mid ?? told.postback?.mid ?? undefined,
				created_at: ctx.app.clock(),
				wants_reply: isOurs,
				most_by_visitor: MOST_BY_VISITOR,
			},
		]);
	}
	await openWindow(ctx, chat_session_id, event.sent_at, context);
	return { thread, isAnswered: isOurs && (message !== '' || thread.is_new) };
}

/** From the visitor's last act on the page may write for a day. */
async function openWindow(ctx: Ctx, chatSessionId: number, sentAt: Date, context: object) {
	const until = new Date(sentAt.getTime() + WINDOW_MS).toISOString();
	await ctx.db.execute(sql`update chat_sessions
		set reply_until = greatest(reply_until, ${until}::timestamptz), context = context || ${JSON.stringify(context)}::jsonb
		where id = ${chatSessionId}`);
	const session = await findSession(ctx, chatSessionId);
	if (session) await record(ctx, 'session.updated', { session });
}
