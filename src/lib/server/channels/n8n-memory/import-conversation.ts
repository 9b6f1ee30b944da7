import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/workflows.ts';
import { cleanText } from '#lib/contract/text.ts';
import { ConnectorError } from '#lib/server/ai/connectors/connector.ts';
import { parseReply } from '#lib/server/ai/connectors/reply/parse-reply.ts';
import { joinParts } from '#lib/server/ai/connectors/reply/parts.ts';
import { ingestMessages } from '#lib/server/conversations/messages/index.ts';
import { isDeletedSession } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, memory_rows } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { tryParseJson } from '#lib/server/core/parse.ts';
import type { MemoryRow, MemoryDatabase } from './memory-source.ts';

/** The grace period after a turn, because n8n stores the AI's answer before Frontdesk receives it. */
const SETTLE_SECONDS = 60;
/** The age after which a pending turn counts as abandoned; longer than any turn can take. */
const MAX_TURN_SECONDS = 600;
const MAX_BATCH = 500;

/** The results of an import. */
export interface ImportCounts {
	sessions_created: number;
	messages_imported: number;
	completions_detected: number;
	/** Rows whose message already existed in the chat session. */
	rows_known: number;
	/** Rows that contain no message between a visitor and the AI, or belong to a deleted chat. */
	rows_skipped: number;
	/** Rows left for a later run. */
	rows_postponed: number;
}

export const ZERO_COUNTS: ImportCounts = {
	sessions_created: 0,
	messages_imported: 0,
	completions_detected: 0,
	rows_known: 0,
	rows_skipped: 0,
	rows_postponed: 0,
};

/** Imports a conversation's new rows in one transaction, each exactly once. `rows` are in id order. */
export function importConversation(
	ctx: Ctx,
	source: MemoryDatabase['name'],
	memoryId: string,
	rows: MemoryRow[],
): Promise<ImportCounts> {
	const id = toSessionId(memoryId);
	return inTransaction(ctx, async (tx) => {
		const previous = await lockSession(tx, id);
		const counts = { ...ZERO_COUNTS };
		if (previous?.is_being_answered) return { ...counts, rows_postponed: rows.length };
		const claimed = await claimRows(tx, source, rows);
		if (!previous && (await isDeletedSession(tx, id))) {
			return { ...counts, rows_skipped: claimed.length };
		}
		const conversation = claimed.flatMap((row) => {
			const message = parseMemoryMessage(row.message);
			return message ? [{ ...message, row }] : [];
		});
		counts.rows_skipped = claimed.length - conversation.length;
		const remainingByKey = previous
			? await countKnownMessages(tx, previous.id)
			: new Map<string, number>();
		const newMessages = conversation.filter(({ sender, text }) => {
			// Visitors of this chat write to Frontdesk, so any other human message is the workflow's own prompt.
			if (previous?.is_answered_here && sender === 'visitor') return false;
			const key = getMessageKey(sender, text);
			const remaining = remainingByKey.get(key) ?? 0;
			remainingByKey.set(key, remaining - 1);
			return remaining <= 0;
		});
		counts.rows_known = conversation.length - newMessages.length;
		for (let from = 0; from < newMessages.length; from += MAX_BATCH) {
			const messages = newMessages.slice(from, from + MAX_BATCH).map(({ sender, text, row }) => ({
				sender,
				message: text,
				external_id: `n8n_chat_histories:${source}:${row.id}`,
				...(row.created_at && { timestamp: row.created_at.toISOString() }),
			}));
			const { stored, session } = await ingestMessages(tx, id, messages);
			counts.messages_imported += stored;
			const isNewlyComplete = session.completed_at !== null && !previous?.is_complete;
			counts.completions_detected = isNewlyComplete ? 1 : 0;
		}
		counts.sessions_created = !previous && newMessages.length > 0 ? 1 : 0;
		return counts;
	});
}

const stateSchema = z.object({
	id: z.coerce.number(),
	is_complete: z.boolean(),
	is_being_answered: z.boolean(),
	/** Whether the visitor writes to Frontdesk, which calls the AI. */
	is_answered_here: z.boolean(),
});

/** Locks a chat session and returns its state; `undefined` if it doesn't exist. */
async function lockSession(ctx: Ctx, publicId: string) {
	const now = ctx.app.clock().toISOString();
	const { rows } = await ctx.db.execute(sql`
		select id, completion_status = 'complete' as is_complete,
			((turn_id is not null or is_awaiting_reply)
				and last_activity_at > ${now}::timestamptz - make_interval(secs => ${MAX_TURN_SECONDS}))
			or exists (
				select from ai_turns where chat_session_id = chat_sessions.id
				and coalesce(finished_at, started_at) > ${now}::timestamptz - make_interval(secs => ${SETTLE_SECONDS})
			) as is_being_answered,
			exists (select from ai_turns where chat_session_id = chat_sessions.id) as is_answered_here
		from chat_sessions where ${eq(chat_sessions.public_id, publicId)} for no key update`);
	return z.array(stateSchema).parse(rows)[0];
}

/** Records rows as imported and returns those that no other run had recorded. */
async function claimRows(
	ctx: Ctx,
	source: MemoryDatabase['name'],
	rows: MemoryRow[],
): Promise<MemoryRow[]> {
	const taken_at = ctx.app.clock();
	const inserted = await ctx.db
		.insert(memory_rows)
		.values(rows.map((row) => ({ source, row_id: row.id, taken_at })))
		.onConflictDoNothing()
		.returning({ row_id: memory_rows.row_id });
	const claimed = new Set(inserted.map(({ row_id }) => row_id));
	return rows.filter((row) => claimed.has(row.id));
}

/** Counts how often each message was stored other than by an import, so that it isn't imported again. */
async function countKnownMessages(ctx: Ctx, chatSessionId: number): Promise<Map<string, number>> {
	const { rows } = await ctx.db.execute(sql`
		select sender, message from messages
		where chat_session_id = ${chatSessionId} and sender in ('visitor', 'ai')
			and (external_id is null or external_id not like 'n8n_chat_histories:%')
		order by id desc limit 2000`);
	const counts = new Map<string, number>();
	for (const row of z.array(z.object({ sender: z.string(), message: z.string() })).parse(rows)) {
		const key = getMessageKey(row.sender, row.message);
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return counts;
}

const getMessageKey = (sender: string, text: string) =>
	`${sender} ${text.toLowerCase().replace(/\s+/g, ' ').trim()}`;

/** A message between a visitor and the AI. */
interface MemoryMessage {
	sender: 'visitor' | 'ai';
	text: string;
}

const contentSchema = z.union([z.string(), z.array(z.unknown()).transform(joinParts)]);
const payloadSchema = z.object({
	content: contentSchema.catch(''),
	tool_calls: z.array(z.unknown()).catch([]),
});
/** LangChain's stored messages. New versions are flat; old ones nest the payload under `data`. */
const storedMessageSchema = z.union([
	z.object({ type: z.string(), data: payloadSchema }),
	z.object({ type: z.string() }).and(payloadSchema),
]);

/** Parses a message from any LangChain version. Returns null for tool calls, system messages and empty texts. */
function parseMemoryMessage(message: unknown): MemoryMessage | null {
	const parsed = storedMessageSchema.safeParse(
		typeof message === 'string' ? tryParseJson(message) : message,
	);
	if (!parsed.success) return null;
	const { type } = parsed.data;
	const { content: raw, tool_calls } = 'data' in parsed.data ? parsed.data.data : parsed.data;
	const sender = type === 'human' ? 'visitor' : type === 'ai' ? 'ai' : null;
	// An AI message with tool calls is addressed to the tool.
	if (!sender || (sender === 'ai' && tool_calls.length > 0)) return null;
	const text = cleanText(sender === 'ai' ? extractVisibleText(raw) : raw)
		.trim()
		.slice(0, INGEST_MAX_LENGTH);
	return text === '' ? null : { sender, text };
}

/** Returns the part of an AI message that the visitor saw: no reasoning, and from an output parser's JSON only the reply. */
function extractVisibleText(raw: string): string {
	try {
		return parseReply(raw)?.text ?? '';
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		// JSON without a recognizable reply is kept unchanged; an agent framework's own messages are dropped.
		return error.outcome === 'bad_shape' && raw.trimStart().startsWith('{') ? raw : '';
	}
}

/** Returns the chat session id for a memory id: the id itself if it is one of Frontdesk's, otherwise a stable id derived from it. */
function toSessionId(memoryId: string): string {
	if (sessionId.safeParse(memoryId).success) return memoryId;
	const readableId = `session_n8n_${memoryId}`;
	if (sessionId.safeParse(readableId).success) return readableId;
	return `session_n8n_${createHash('sha256').update(memoryId).digest('base64url').slice(0, 24)}`;
}
