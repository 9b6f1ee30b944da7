import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { storeMessages } from '#lib/server/conversations/messages/index.ts';
import { pauseAi } from '#lib/server/conversations/sessions/index.ts';
import type { Item, StoredEvent } from './envelope.ts';
import { OURS } from './send.ts';
import { ensureThread } from './thread.ts';
import { wordsOf } from './words.ts';

/** A message of the page: ours is known to have arrived, a person's from the page's own inbox is stored and silences the AI. */
export async function handleEcho(
	ctx: Ctx,
	event: StoredEvent,
	message: NonNullable<Item['message']>,
): Promise<void> {
	const { mid, metadata } = message;
	if (metadata?.startsWith(OURS)) {
		await noteArrival(ctx, metadata.slice(OURS.length), mid);
		return;
	}
	const { rows } = await ctx.db.execute(
		sql`select 1 from messenger_sends where mid = ${mid ?? null}`,
	);
	const words = wordsOf({ ...EMPTY, message });
	if (rows.length > 0 || words === '') return;
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
			message: words,
			external_id: mid,
			created_at: ctx.app.clock(),
		},
	]);
}

const EMPTY: Item = { sender: { id: '' }, recipient: { id: '' } };

/** The answer to our call may have been lost: by its echo we know that the message need not be sent again. */
async function noteArrival(ctx: Ctx, metadata: string, mid: string | undefined): Promise<void> {
	const { data: uuid } = z.uuid().safeParse(metadata);
	if (!uuid) return;
	const now = ctx.app.clock().toISOString();
	await ctx.db.execute(sql`update messenger_sends
		set status = 'sent', mid = coalesce(${mid ?? null}, mid), sent_at = ${now}::timestamptz, claimed_until = null, last_error = null
		where metadata = ${uuid}::uuid and status = 'pending'`);
}
