import type { Message } from '#lib/contract/message.ts';
import { sentenceOf, randomId } from '#lib/client/api/call.ts';

/** A message from this person that the server has not confirmed yet. */
export interface Outgoing {
	client_message_id: string;
	message: string;
	timestamp: string;
	state: 'sending' | 'failed';
	/** Why it was not sent. */
	error?: string;
}

type Send = (message: Pick<Outgoing, 'client_message_id' | 'message'>) => Promise<Message>;

/** Messages this person wrote: shown at once and sent; failed ones stay until they are sent again or discarded. */
export class ChatOutbox {
	items = $state.raw<readonly Outgoing[]>([]);
	readonly #send: Send;
	readonly #stored: (message: Message) => void;

	constructor(send: Send, stored: (message: Message) => void) {
		this.#send = send;
		this.#stored = stored;
	}

	add(message: string): void {
		const outgoing: Outgoing = {
			client_message_id: randomId(),
			message,
			timestamp: new Date().toISOString(),
			state: 'sending',
		};
		this.items = [...this.items, outgoing];
		void this.#deliver(outgoing);
	}

	sendAgain(clientMessageId: string): void {
		const failed = this.items.find((one) => one.client_message_id === clientMessageId);
		if (!failed) return;
		this.#replace({ ...failed, state: 'sending', error: undefined });
		void this.#deliver(failed);
	}

	discard(clientMessageId: string): void {
		this.items = this.items.filter((one) => one.client_message_id !== clientMessageId);
	}

	/** Removes messages that are stored now. */
	settle(messages: readonly Message[]): void {
		const stored = new Set(messages.map((message) => message.client_message_id));
		this.items = this.items.filter((one) => !stored.has(one.client_message_id));
	}

	async #deliver(outgoing: Outgoing): Promise<void> {
		const { client_message_id, message } = outgoing;
		try {
			this.#stored(await this.#send({ client_message_id, message }));
		} catch (error) {
			this.#replace({ ...outgoing, state: 'failed', error: sentenceOf(error) });
		}
	}

	#replace(changed: Outgoing): void {
		this.items = this.items.map((one) =>
			one.client_message_id === changed.client_message_id ? changed : one,
		);
	}
}

const key = (sessionId: string) => `frontdesk.draft.${sessionId}`;

/** Returns the unsent text for a chat session in this tab. */
export function readDraft(sessionId: string): string {
	try {
		return sessionStorage.getItem(key(sessionId)) ?? '';
	} catch {
		return '';
	}
}

export function writeDraft(sessionId: string, text: string): void {
	try {
		if (text) sessionStorage.setItem(key(sessionId), text);
		else sessionStorage.removeItem(key(sessionId));
	} catch {
		// Storage is blocked or full: the draft lasts as long as the composer.
	}
}

/** Typing is announced at most this often. */
const TYPING_EVERY_MS = 3_000;

/** Shows the visitor that this person is typing, throttled. */
export class TypingSignal {
	readonly #send: (isTyping: boolean) => Promise<unknown>;
	#sentAt = 0;

	constructor(send: (isTyping: boolean) => Promise<unknown>) {
		this.#send = send;
	}

	set(isTyping: boolean): void {
		const at = isTyping ? Date.now() : 0;
		if (isTyping ? at - this.#sentAt < TYPING_EVERY_MS : this.#sentAt === 0) return;
		this.#sentAt = at;
		this.#send(isTyping).catch(() => undefined);
	}

	/** A sent message ends the typing for the visitor. */
	reset(): void {
		this.#sentAt = 0;
	}
}
