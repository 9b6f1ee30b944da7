import type { Message } from '#lib/contract/message.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { Note } from '#lib/contract/note.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Session } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { listNotes } from '#lib/server/conversations/notes/index.ts';
import { listReviews } from '#lib/server/quality/reviews/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { getSite } from '#lib/server/sites/index.ts';

const BATCH = 500;

/** What is exported of a chat session; its messages come in batches, so that memory does not grow with them. */
export interface Gathered {
	session: Session;
	lead: Lead | null;
	questions: Pick<Question, 'key' | 'label'>[];
	reviews: Review[];
	/** Oldest first. */
	notes: Note[];
	messages: () => AsyncGenerator<Message, void, void>;
}

export async function gather(ctx: Ctx, id: string): Promise<Gathered> {
	const system = asSystem(ctx);
	const session = await getSession(system, id);
	const { session_id } = session;
	const { questions } = await getSite(system, { key: session.site });
	return {
		session,
		questions,
		lead: await findLead(system, session_id),
		reviews: await listReviews(system, session_id),
		notes: await notesOf(system, session_id),
		messages: () => messagesOf(system, session_id),
	};
}

async function notesOf(ctx: Ctx, id: string): Promise<Note[]> {
	const notes: Note[] = [];
	let cursor: string | undefined;
	do {
		const page = await listNotes(ctx, id, { limit: 200, cursor });
		notes.push(...page.items);
		cursor = page.next_cursor ?? undefined;
	} while (cursor);
	return notes.reverse();
}

async function* messagesOf(ctx: Ctx, id: string): AsyncGenerator<Message, void, void> {
	let after = 0;
	for (;;) {
		const batch = await listMessages(ctx, id, { after, limit: BATCH });
		yield* batch;
		const last = batch.at(-1);
		if (!last || batch.length < BATCH) return;
		after = last.id;
	}
}

/** What was said and what the team noted meanwhile, in the order of time. */
export async function* conversationOf({
	messages,
	notes,
}: Gathered): AsyncGenerator<{ message: Message } | { note: Note }, void, void> {
	const waiting = [...notes];
	for await (const message of messages()) {
		while (waiting[0] && waiting[0].created_at < message.timestamp) {
			const note = waiting.shift();
			if (note) yield { note };
		}
		yield { message };
	}
	for (const note of waiting) yield { note };
}
