import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/ingest.ts';
import { cleanText } from '#lib/contract/text.ts';
import { ConnectorError } from '#lib/server/ai/connectors/connector.ts';
import { joinParts } from '#lib/server/ai/connectors/reply/parts.ts';
import { readWhole } from '#lib/server/ai/connectors/reply/read-reply.ts';

/** A row's words; null for what no person said and no AI said to one. */
export interface MemoryWords {
	sender: 'visitor' | 'ai';
	text: string;
}

const content = z.union([z.string(), z.array(z.unknown()).transform(joinParts)]);
const said = z.object({
	content: content.catch(''),
	tool_calls: z.array(z.unknown()).catch([]),
});
/** LangChain's stored messages: newer ones are flat, older ones have what was said under `data`. */
const stored = z.union([
	z.object({ type: z.string(), data: said }),
	z.object({ type: z.string() }).and(said),
]);

/** What a row of LangChain's messages says, whichever version wrote it. */
export function readMemory(message: unknown): MemoryWords | null {
	const parsed = stored.safeParse(typeof message === 'string' ? readJson(message) : message);
	if (!parsed.success) return null;
	const { type } = parsed.data;
	const { content: words, tool_calls } = 'data' in parsed.data ? parsed.data.data : parsed.data;
	const sender = type === 'human' ? 'visitor' : type === 'ai' ? 'ai' : null;
	// An AI that calls a tool talks to the tool.
	if (!sender || (sender === 'ai' && tool_calls.length > 0)) return null;
	const text = cleanText(sender === 'ai' ? shownOf(words) : words)
		.trim()
		.slice(0, INGEST_MAX_LENGTH);
	return text === '' ? null : { sender, text };
}

/** What the visitor was shown of an AI's words: no thoughts, and of an output parser's JSON one text. */
function shownOf(words: string): string {
	try {
		return readWhole(words)?.text ?? '';
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		// JSON in which no reply is found is kept as it is; the words of a machine are nobody's.
		return error.outcome === 'bad_shape' && words.trimStart().startsWith('{') ? words : '';
	}
}

/** The chat session that a memory belongs to: n8n was given our id, or has one of its own that gets a lasting name. */
export function sessionIdOf(memoryId: string): string {
	if (sessionId.safeParse(memoryId).success) return memoryId;
	const plain = `session_n8n_${memoryId}`;
	if (sessionId.safeParse(plain).success) return plain;
	return `session_n8n_${createHash('sha256').update(memoryId).digest('base64url').slice(0, 24)}`;
}

function readJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
