import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/ingest.ts';
import { cleanText } from '#lib/contract/text.ts';
import { ConnectorError } from '#lib/server/ai/connectors/connector.ts';
import { parseReply } from '#lib/server/ai/connectors/reply/parse-reply.ts';
import { joinParts } from '#lib/server/ai/connectors/reply/parts.ts';

/** A message between a visitor and the AI. */
export interface MemoryMessage {
	sender: 'visitor' | 'ai';
	text: string;
}

const content = z.union([z.string(), z.array(z.unknown()).transform(joinParts)]);
const payload = z.object({
	content: content.catch(''),
	tool_calls: z.array(z.unknown()).catch([]),
});
/** LangChain's stored messages: new versions are flat, old ones nest the payload under `data`. */
const storedMessage = z.union([
	z.object({ type: z.string(), data: payload }),
	z.object({ type: z.string() }).and(payload),
]);

/** Parses a message of any LangChain version; returns null for tool calls, system messages and empty texts. */
export function parseMemoryMessage(message: unknown): MemoryMessage | null {
	const parsed = storedMessage.safeParse(typeof message === 'string' ? readJson(message) : message);
	if (!parsed.success) return null;
	const { type } = parsed.data;
	const { content: raw, tool_calls } = 'data' in parsed.data ? parsed.data.data : parsed.data;
	const sender = type === 'human' ? 'visitor' : type === 'ai' ? 'ai' : null;
	// An AI message with tool calls is addressed to the tool.
	if (!sender || (sender === 'ai' && tool_calls.length > 0)) return null;
	const text = cleanText(sender === 'ai' ? visibleText(raw) : raw)
		.trim()
		.slice(0, INGEST_MAX_LENGTH);
	return text === '' ? null : { sender, text };
}

/** Returns the part of an AI message that the visitor saw: without reasoning, and the reply out of an output parser's JSON. */
function visibleText(raw: string): string {
	try {
		return parseReply(raw)?.text ?? '';
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		// JSON without a recognizable reply is kept as it is; an agent framework's own messages are dropped.
		return error.outcome === 'bad_shape' && raw.trimStart().startsWith('{') ? raw : '';
	}
}

/** Returns the chat session id for a memory id: the id itself if it is Frontdesk's, otherwise a stable one derived from it. */
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
