import type { Sender } from '#lib/contract/common.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';
import type { Note } from './conversation.ts';
import type { PendingMessage } from './outbox.ts';

export type Item =
	| { type: 'day'; key: string; at: number }
	| { type: 'note'; key: string; text: string }
	| {
			type: 'message';
			key: string;
			sender: Sender;
			author: string | null;
			text: string;
			/** The URL of a page for booking an appointment. */
			bookingUrl?: string | undefined;
			at: number;
			/** Whether no message from the same sender is directly above. */
			isFirst: boolean;
			state: 'none' | 'sending' | 'waiting' | 'sent' | 'failed';
			isRateLimited: boolean;
			/** Whether the visitor can resend the message. Others are resent automatically, or when a new chat starts. */
			canRetry: boolean;
	  };
type MessageItem = Extract<Item, { type: 'message' }>;

interface LogInput {
	messages: WidgetMessage[];
	notes: Note[];
	unsent: PendingMessage[];
	isOnline: boolean;
	/** Returns the start of the day that a time in milliseconds belongs to. */
	toDay: (atMs: number) => number;
}

/** Returns what the log shows, from top to bottom: days, messages, notices and unsent messages. */
export function buildLogItems({ messages, notes, unsent, isOnline, toDay }: LogInput): Item[] {
	const items: Item[] = [];
	let day: number | undefined;
	const addNotes = (after: number) => {
		notes.forEach((note, index) => {
			if (note.after === after) items.push({ type: 'note', key: `note:${index}`, text: note.text });
		});
	};
	addNotes(0);
	for (const message of messages) {
		const at = Date.parse(message.timestamp);
		if (toDay(at) !== day) {
			day = toDay(at);
			items.push({ type: 'day', key: `day:${day}`, at });
		}
		items.push(toStoredItem(message, at));
		addNotes(message.id);
	}
	items.push(...unsent.map((pending) => toUnsentItem(pending, isOnline)));
	groupRuns(items);
	return items;
}

function toStoredItem(message: WidgetMessage, at: number): Item {
	const { id, sender, author, client_message_id } = message;
	if (sender === 'system') return { type: 'note', key: `m:${id}`, text: message.message };
	const key = `m:${client_message_id ?? id}`;
	const fields = {
		key,
		sender,
		author,
		at,
		text: message.message,
		isRateLimited: false,
		canRetry: false,
	};
	return {
		type: 'message',
		...fields,
		bookingUrl: message.booking_url,
		isFirst: false,
		state: sender === 'visitor' ? 'sent' : 'none',
	};
}

function toUnsentItem(pending: PendingMessage, isOnline: boolean): Item {
	return {
		type: 'message',
		key: `m:${pending.client_message_id}`,
		sender: 'visitor',
		author: null,
		text: pending.message,
		at: pending.written_at,
		isFirst: false,
		state: pending.state === 'sending' && !isOnline ? 'waiting' : pending.state,
		isRateLimited: pending.isRateLimited ?? false,
		canRetry: pending.state === 'failed' && !pending.isRateLimited && !pending.isChatFull,
	};
}

/**
 * Groups consecutive messages from one sender. Of several in the same state, only the last shows that state; "sent" is shown only at
 * the last message that was sent.
 */
function groupRuns(items: Item[]): void {
	let previous: MessageItem | undefined;
	let lastSent: MessageItem | undefined;
	for (const item of items) {
		if (item.type !== 'message') {
			previous = undefined;
			continue;
		}
		const isContinued = previous?.sender === item.sender && previous.author === item.author;
		item.isFirst = !isContinued;
		if (isContinued && previous?.state === item.state) previous.state = 'none';
		if (item.state === 'sent') {
			if (lastSent) lastSent.state = 'none';
			lastSent = item;
		}
		previous = item;
	}
}
