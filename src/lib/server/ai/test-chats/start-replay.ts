import { asc, and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { MAX_REPLAY_MESSAGES, replayStart, type Replay } from '#lib/contract/test-chat.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messages, replays } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { resolveSession, type SessionRow } from '#lib/server/conversations/sessions/unchecked.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { advanceReplay } from './advance.ts';
import { recordReplay } from './internal.ts';

/**
 * Says the visitor's side of a stored chat again to the AI of today, message by message in a test chat: the first 50.
 * Throws NotFound, Invalid when the visitor wrote nothing, and Conflict while another replay of this user runs.
 */
export async function startReplay(ctx: Ctx, input: z.input<typeof replayStart>): Promise<Replay> {
	const user_id = requirePerson(ctx);
	const { session_id } = parse(replayStart, input);
	return inTransaction(ctx, async (tx) => {
		const source = await resolveSession(tx, session_id);
		const said = await visitorSide(tx, source.id);
		if (said.length === 0) throw new AppError('invalid', 'the visitor wrote nothing in this chat');
		const wants_greeting = await isGreeted(tx, source);
		const site = await getSite(tx, { id: source.site_id });
		const started = await startSession(
			tx,
			{ site: site.key, context: source.context },
			{ channel: 'test', wants_greeting },
		);
		const [made] = await tx.db
			.insert(replays)
			.values({
				user_id,
				source_id: source.id,
				chat_session_id: started.session.id,
				messages: said,
				created_at: tx.app.clock(),
			})
			.onConflictDoNothing()
			.returning({ id: replays.id });
		if (!made) throw conflict('another replay of yours is running: wait for its end, or cancel it');
		if (!wants_greeting) await advanceReplay(tx, started.session.id);
		const replay = await recordReplay(tx, made.id);
		if (!replay) throw new Error('the replay was not found after it was made');
		return replay;
	});
}

async function visitorSide(tx: Ctx, chatSessionId: number): Promise<string[]> {
	const rows = await tx.db
		.select({ message: messages.message })
		.from(messages)
		.where(and(eq(messages.chat_session_id, chatSessionId), eq(messages.sender, 'visitor')))
		.orderBy(asc(messages.id))
		.limit(MAX_REPLAY_MESSAGES);
	return rows.map(({ message }) => message);
}

/** Whether the AI spoke first, as it does unless the visitor's message began the chat. */
async function isGreeted(tx: Ctx, { id }: SessionRow): Promise<boolean> {
	const [first] = await tx.db
		.select({ sender: messages.sender })
		.from(messages)
		.where(eq(messages.chat_session_id, id))
		.orderBy(asc(messages.id))
		.limit(1);
	return first?.sender !== 'visitor';
}
