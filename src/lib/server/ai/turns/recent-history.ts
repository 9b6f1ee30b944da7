import { z } from 'zod';
import { cutText } from '#lib/contract/text.ts';
import type { HistoryMessage } from '../connectors/connector.ts';

export const MAX_HISTORY_MESSAGES = 30;
/** The size of the whole history as JSON. */
export const MAX_HISTORY_BYTES = 16 * 1024;

/** A stored message as the claim of a turn reads it. */
export const historyRow = z.object({
	id: z.number(),
	sender: z.enum(['visitor', 'ai', 'agent']),
	/** The agent's name. */
	name: z.string().nullable(),
	message: z.string(),
	created_at: z.coerce.date(),
});

/** Returns the messages, given newest first, oldest first, and drops the oldest ones beyond 16 KB of JSON. */
export function recentHistory(rows: z.infer<typeof historyRow>[]): HistoryMessage[] {
	const kept: HistoryMessage[] = [];
	let room = MAX_HISTORY_BYTES - sizeOf([]);
	for (const row of rows) {
		const message = toHistoryMessage(row);
		room -= sizeOf(message) + 1;
		if (room < 0 && kept.length > 0) break;
		kept.unshift(room < 0 ? cutToFit(message) : message);
		if (room < 0) break;
	}
	return kept;
}

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

function toHistoryMessage(row: z.infer<typeof historyRow>): HistoryMessage {
	const { id, sender, name, message, created_at } = row;
	return {
		id,
		sender: sender === 'visitor' ? 'user' : sender,
		...(name !== null && { name }),
		message,
		timestamp: created_at.toISOString(),
	};
}

/** Cuts the text of a message that is larger than the whole history may be. */
function cutToFit(message: HistoryMessage): HistoryMessage {
	let cut = message;
	while (sizeOf([cut]) > MAX_HISTORY_BYTES) {
		cut = { ...cut, message: cutText(cut.message, Math.floor(cut.message.length * 0.8)) };
	}
	return cut;
}
