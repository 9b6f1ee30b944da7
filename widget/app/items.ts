import type { Sender } from '#lib/contract/common.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';
import type { Note } from './conversation.ts';
import type { Pending } from './outbox.ts';

export type Item =
	| { type: 'day'; key: string; at: number }
	| { type: 'note'; key: string; text: string }
	| {
			type: 'message';
			key: string;
			sender: Sender;
			author: string | null;
			text: string;
			/** Where to book an appointment. */
			bookingUrl?: string | undefined;
			at: number;
			/** Whether this is the first of several consecutive messages from the same sender. */
			isFirst: boolean;
			state: 'none' | 'sending' | 'waiting' | 'sent' | 'failed';
			isLimited: boolean;
	  };
type MessageItem = Extract<Item, { type: 'message' }>;

interface Shown {
	messages: WidgetMessage[];
	notes: Note[];
	unsent: Pending[];
	isOnline: boolean;
	dayOf: (at: number) => number;
}

/** Returns what the log shows, from top to bottom: days, messages, notes and unsent messages. */
export function listItems({ messages, notes, unsent, isOnline, dayOf }: Shown): Item[] {
	const items: Item[] = [];
	let day: number | undefined;
	const addNotes = (after: number) => {
		notes.forEach(({ after: place, text }, at) => {
			if (place === after) items.push({ type: 'note', key: `note:${at}`, text });
		});
	};
	addNotes(0);
	for (const message of messages) {
		const at = Date.parse(message.timestamp);
		if (dayOf(at) !== day) items.push({ type: 'day', key: `day:${(day = dayOf(at))}`, at });
		items.push(storedItem(message, at));
		addNotes(message.id);
	}
	items.push(...unsent.map((pending) => unsentItem(pending, isOnline)));
	markRuns(items);
	return items;
}

function storedItem(message: WidgetMessage, at: number): Item {
	const { id, sender, author, client_message_id } = message;
	if (sender === 'system') return { type: 'note', key: `m:${id}`, text: message.message };
	const key = `m:${client_message_id ?? id}`;
	const shared = { key, sender, author, at, text: message.message, isLimited: false };
	return {
		type: 'message',
		...shared,
		bookingUrl: message.booking_url,
		isFirst: false,
		state: sender === 'visitor' ? 'sent' : 'none',
	};
}

function unsentItem(pending: Pending, isOnline: boolean): Item {
	return {
		type: 'message',
		key: `m:${pending.client_message_id}`,
		sender: 'visitor',
		author: null,
		text: pending.message,
		at: pending.written_at,
		isFirst: false,
		state: pending.state === 'sending' && !isOnline ? 'waiting' : pending.state,
		isLimited: pending.is_limited ?? false,
	};
}

/** Groups consecutive messages from one sender. Of several in the same state, only the last shows that state. */
function markRuns(items: Item[]): void {
	let previous: MessageItem | undefined;
	for (const item of items) {
		if (item.type !== 'message') {
			previous = undefined;
			continue;
		}
		const isRun = previous?.sender === item.sender && previous.author === item.author;
		item.isFirst = !isRun;
		if (isRun && previous?.state === item.state) previous.state = 'none';
		previous = item;
	}
}
