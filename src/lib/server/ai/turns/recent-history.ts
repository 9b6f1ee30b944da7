import { z } from 'zod';
import { truncateText } from '#lib/contract/text.ts';
import type { HistoryMessage } from '../connectors/connector.ts';

export const MAX_HISTORY_MESSAGES = 30;
/** The maximum size of the whole history as JSON. */
export const MAX_HISTORY_BYTES = 16 * 1024;

/** A stored message as loaded by the statement that claims a turn. */
export const historyRowSchema = z.object({
	id: z.number(),
	sender: z.enum(['visitor', 'ai', 'agent']),
	/** The agent's name. */
	name: z.string().nullable(),
	message: z.string(),
	created_at: z.coerce.date(),
});

/** Converts rows, newest first, to messages, oldest first. Drops the oldest ones beyond 16 KB of JSON. */
export function toRecentHistory(rows: z.infer<typeof historyRowSchema>[]): HistoryMessage[] {
	const messages: HistoryMessage[] = [];
	let remainingBytes = MAX_HISTORY_BYTES - getJsonBytes([]);
	for (const row of rows) {
		const message = toHistoryMessage(row);
		remainingBytes -= getJsonBytes(message) + 1;
		if (remainingBytes < 0 && messages.length > 0) break;
		messages.unshift(remainingBytes < 0 ? truncateToFit(message) : message);
		if (remainingBytes < 0) break;
	}
	return messages;
}

const getJsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

function toHistoryMessage(row: z.infer<typeof historyRowSchema>): HistoryMessage {
	const { id, sender, name, message, created_at } = row;
	return {
		id,
		sender: sender === 'visitor' ? 'user' : sender,
		...(name !== null && { name }),
		message,
		timestamp: created_at.toISOString(),
	};
}

/** Truncates a message that is larger than the maximum size of the whole history. */
function truncateToFit(message: HistoryMessage): HistoryMessage {
	let truncated = message;
	while (getJsonBytes([truncated]) > MAX_HISTORY_BYTES) {
		truncated = {
			...truncated,
			message: truncateText(truncated.message, Math.floor(truncated.message.length * 0.8)),
		};
	}
	return truncated;
}
