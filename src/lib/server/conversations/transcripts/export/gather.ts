import type { Message } from '#lib/contract/message.ts';
import type { Note } from '#lib/contract/note.ts';
import type { Session, Transcript } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { readNotes } from '#lib/server/conversations/notes/unchecked.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { readQuestions } from '#lib/server/sites/unchecked.ts';
import { readParts } from '../get.ts';

const BATCH_SIZE = 500;
const MAX_NOTES = 10_000;

/** The exported parts of a chat session; messages are read in batches to bound memory. */
export interface Gathered extends Omit<Transcript, 'messages'> {
	questions: Pick<Question, 'key' | 'label'>[];
	/** Oldest first. */
	notes: Note[];
	messages: () => AsyncGenerator<Message, void, void>;
}

/** Loads the parts of a chat session and the first batch of its messages. Throws `not_found`. Checks no permission. */
export async function gather(ctx: Ctx, id: string): Promise<Gathered> {
	const system = asSystem(ctx);
	const session = await getSession(system, id);
	const { notes, first, ...found } = await runReads(ctx.db, {
		first: readMessages(session, { after: 0, limit: BATCH_SIZE }),
		...readParts(session),
		questions: readQuestions(session.id),
		notes: readNotes(session, { limit: MAX_NOTES }),
	});
	return {
		session,
		...found,
		notes: notes.items.reverse(),
		messages: () => messagesOf(system, session, first),
	};
}

async function* messagesOf(
	ctx: Ctx,
	session: Session,
	first: Message[],
): AsyncGenerator<Message, void, void> {
	let batch = first;
	for (;;) {
		yield* batch;
		const last = batch.at(-1);
		if (!last || batch.length < BATCH_SIZE) return;
		batch = await listMessages(ctx, session, { after: last.id, limit: BATCH_SIZE });
	}
}

/** Yields messages and internal notes in chronological order. */
export async function* conversationOf({
	messages,
	notes,
}: Gathered): AsyncGenerator<{ message: Message } | { note: Note }, void, void> {
	const pendingNotes = [...notes];
	for await (const message of messages()) {
		while (pendingNotes[0] && pendingNotes[0].created_at < message.timestamp) {
			const note = pendingNotes.shift();
			if (note) yield { note };
		}
		yield { message };
	}
	for (const note of pendingNotes) yield { note };
}
