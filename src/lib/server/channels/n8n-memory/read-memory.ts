import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/ingest.ts';
import { cleanText } from '#lib/contract/text.ts';

/** A row's words; null for what no person said and no AI said to one. */
export interface MemoryWords {
	sender: 'visitor' | 'ai';
	text: string;
}

const content = z.union([
	z.string(),
	z
		.array(z.union([z.string(), z.object({ text: z.string().catch('') })]))
		.transform((parts) =>
			parts.map((part) => (typeof part === 'string' ? part : part.text)).join(''),
		),
]);
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
	const text = cleanText(sender === 'ai' ? replyIn(words) : words)
		.trim()
		.slice(0, INGEST_MAX_LENGTH);
	return text === '' ? null : { sender, text };
}

const REPLY_KEYS = ['output', 'reply', 'response', 'text', 'message', 'answer'] as const;

/** No parser nests its text deeper; what somebody had an AI say may. */
const MAX_DEPTH = 10;

/** An agent with an output parser remembers JSON: the visitor was shown one text of it. */
function replyIn(words: string): string {
	const json = words.trimStart().startsWith('{') ? readJson(words) : undefined;
	return textIn(json, MAX_DEPTH) ?? words;
}

function textIn(json: unknown, depth: number): string | undefined {
	const object = z.record(z.string(), z.unknown()).safeParse(json).data;
	if (!object || depth === 0) return undefined;
	for (const key of REPLY_KEYS) {
		const value = object[key];
		const text = typeof value === 'string' ? value : textIn(value, depth - 1);
		if (text !== undefined) return text;
	}
	return undefined;
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
