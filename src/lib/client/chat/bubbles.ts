import type { Sender } from '#lib/contract/common.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Outgoing } from './chat-outbox.svelte.ts';

/** One bubble of a transcript. */
export interface Bubble {
	/** The same before and after the server has confirmed it, so that it stays where it is. */
	key: string;
	id: number | null;
	sender: Sender;
	author: string | null;
	text: string;
	timestamp: string;
	is_fallback: boolean;
	quick_replies: string[];
	/** The quick reply that the visitor took. */
	chosen: string | null;
	state: 'stored' | Outgoing['state'];
	error?: string;
}

/** What was said, and after it what is still on its way, as bubbles; `user` is who is writing here. */
export function bubblesOf(
	messages: readonly Message[],
	outgoing: readonly Outgoing[],
	user: string,
): Bubble[] {
	const stored = messages.map((message, index): Bubble => ({
		key: message.client_message_id ?? String(message.id),
		id: message.id,
		sender: message.sender,
		author: message.author,
		text: message.message,
		timestamp: message.timestamp,
		is_fallback: message.is_fallback,
		quick_replies: message.quick_replies,
		chosen: chosenReply(message, messages[index + 1]),
		state: 'stored',
	}));
	const unconfirmed = outgoing.map((message): Bubble => ({
		key: message.client_message_id,
		id: null,
		sender: 'agent',
		author: user,
		text: message.message,
		timestamp: message.timestamp,
		is_fallback: false,
		quick_replies: [],
		chosen: null,
		state: message.state,
		error: message.error,
	}));
	return [...stored, ...unconfirmed];
}

function chosenReply({ quick_replies }: Message, next: Message | undefined): string | null {
	if (next?.sender !== 'visitor') return null;
	return quick_replies.find((reply) => reply === next.message.trim()) ?? null;
}
