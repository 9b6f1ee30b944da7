import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, memory_rows } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { ingestMessages } from '#lib/server/conversations/messages/index.ts';
import type { MemoryRow, Source } from './memory-source.ts';
import { readMemory, sessionIdOf } from './read-memory.ts';

/** The AI's own answer reaches the memory before it reaches us: a chat that was just answered is left for a while. */
const SETTLE_SECONDS = 60;
/** An answer that has been owed for longer than any time limit does not come. */
const GIVEN_UP_SECONDS = 600;
const MAX_BULK_SESSIONS = 500;

export interface Taken {
	sessions_created: number;
	messages_imported: number;
	completions_detected: number;
	rows_known: number;
	rows_skipped: number;
	rows_postponed: number;
}

/** Brings one conversation's new rows in, each once, in one transaction; `rows` are in the order of their ids. */
export function takeSession(
	ctx: Ctx,
	source: Source['name'],
	memoryId: string,
	rows: MemoryRow[],
): Promise<Taken> {
	const id = sessionIdOf(memoryId);
	return inTransaction(ctx, async (tx) => {
		const before = await findState(tx, id);
		const taken: Taken = {
			sessions_created: 0,
			messages_imported: 0,
			completions_detected: 0,
			rows_known: 0,
			rows_skipped: 0,
			rows_postponed: 0,
		};
		if (before?.is_being_answered) return { ...taken, rows_postponed: rows.length };
		const mine = await claim(tx, source, rows);
		const spoken = mine.flatMap((row) => {
			const words = readMemory(row.message);
			return words ? [{ ...words, row }] : [];
		});
		taken.rows_skipped = mine.length - spoken.length;
		const known = before ? await knownWords(tx, before.id) : new Map<string, number>();
		const fresh = spoken.filter(({ sender, text }) => {
			// What a workflow asks its model in a visitor's name is not the visitor's: their own words came here first.
			if (before?.is_led_here && sender === 'visitor') return false;
			const left = known.get(wordsKey(sender, text)) ?? 0;
			known.set(wordsKey(sender, text), left - 1);
			return left <= 0;
		});
		taken.rows_known = spoken.length - fresh.length;
		for (let from = 0; from < fresh.length; from += MAX_BULK_SESSIONS) {
			const messages = fresh.slice(from, from + MAX_BULK_SESSIONS).map(({ sender, text, row }) => ({
				sender,
				message: text,
				external_id: `n8n_chat_histories:${source}:${row.id}`,
				...(row.created_at && { timestamp: row.created_at.toISOString() }),
			}));
			const { stored, session } = await ingestMessages(tx, id, messages);
			taken.messages_imported += stored;
			const isNewlyComplete = session.completed_at !== null && !before?.is_complete;
			taken.completions_detected = isNewlyComplete ? 1 : 0;
		}
		taken.sessions_created = !before && fresh.length > 0 ? 1 : 0;
		return taken;
	});
}

const state = z.object({
	id: z.coerce.number(),
	is_complete: z.boolean(),
	is_being_answered: z.boolean(),
	/** The visitor writes to Frontdesk, which asks the AI. */
	is_led_here: z.boolean(),
});

/** The chat session as it is now, locked; undefined when there is none. */
async function findState(ctx: Ctx, publicId: string) {
	const now = ctx.app.clock().toISOString();
	const { rows } = await ctx.db.execute(sql`
		select id, completion_status = 'complete' as is_complete,
			((turn_id is not null or is_awaiting_reply)
				and last_activity_at > ${now}::timestamptz - make_interval(secs => ${GIVEN_UP_SECONDS}))
			or exists (
				select from ai_turns where chat_session_id = chat_sessions.id
				and coalesce(finished_at, started_at) > ${now}::timestamptz - make_interval(secs => ${SETTLE_SECONDS})
			) as is_being_answered,
			exists (select from ai_turns where chat_session_id = chat_sessions.id) as is_led_here
		from chat_sessions where ${eq(chat_sessions.public_id, publicId)} for no key update`);
	return z.array(state).parse(rows)[0];
}

/** The rows that nobody has taken before us. */
async function claim(ctx: Ctx, source: Source['name'], rows: MemoryRow[]): Promise<MemoryRow[]> {
	const taken_at = ctx.app.clock();
	const claimed = await ctx.db
		.insert(memory_rows)
		.values(rows.map((row) => ({ source, row_id: row.id, taken_at })))
		.onConflictDoNothing()
		.returning({ row_id: memory_rows.row_id });
	const mine = new Set(claimed.map(({ row_id }) => row_id));
	return rows.filter((row) => mine.has(row.id));
}

/** How often each text was said in the live chat: those are not brought in a second time. */
async function knownWords(ctx: Ctx, chatSessionId: number): Promise<Map<string, number>> {
	const { rows } = await ctx.db.execute(sql`
		select sender, message from messages
		where chat_session_id = ${chatSessionId} and sender in ('visitor', 'ai')
			and (external_id is null or external_id not like 'n8n_chat_histories:%')
		order by id desc limit 2000`);
	const known = new Map<string, number>();
	for (const row of z.array(z.object({ sender: z.string(), message: z.string() })).parse(rows)) {
		const key = wordsKey(row.sender, row.message);
		known.set(key, (known.get(key) ?? 0) + 1);
	}
	return known;
}

const wordsKey = (sender: string, text: string) =>
	`${sender} ${text.toLowerCase().replace(/\s+/g, ' ').trim()}`;
