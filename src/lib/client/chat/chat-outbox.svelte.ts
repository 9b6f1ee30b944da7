import type { Message } from '#lib/contract/message.ts';
import { formatError, createRandomId } from '#lib/client/api/call.ts';

/** A message that the signed-in user sent and the server has not confirmed yet. */
export interface PendingMessage {
	client_message_id: string;
	message: string;
	timestamp: string;
	state: 'sending' | 'failed';
	/** Why sending failed. */
	error?: string;
}

type Send = (message: Pick<PendingMessage, 'client_message_id' | 'message'>) => Promise<Message>;

/** Messages that are being sent, shown optimistically. Failed ones stay until they are retried or discarded. */
export class ChatOutbox {
	items = $state.raw<readonly PendingMessage[]>([]);
	readonly #send: Send;
	readonly #onStored: (message: Message) => void;

	constructor(send: Send, onStored: (message: Message) => void) {
		this.#send = send;
		this.#onStored = onStored;
	}

	add(message: string): void {
		const outgoing: PendingMessage = {
			client_message_id: createRandomId(),
			message,
			timestamp: new Date().toISOString(),
			state: 'sending',
		};
		this.items = [...this.items, outgoing];
		void this.#deliver(outgoing);
	}

	retry(clientMessageId: string): void {
		const failed = this.items.find((item) => item.client_message_id === clientMessageId);
		if (!failed) return;
		this.#replace({ ...failed, state: 'sending', error: undefined });
		void this.#deliver(failed);
	}

	discard(clientMessageId: string): void {
		this.items = this.items.filter((item) => item.client_message_id !== clientMessageId);
	}

	/** Removes messages that the server has stored. */
	settle(messages: readonly Message[]): void {
		const stored = new Set(messages.map((message) => message.client_message_id));
		this.items = this.items.filter((item) => !stored.has(item.client_message_id));
	}

	async #deliver(outgoing: PendingMessage): Promise<void> {
		const { client_message_id, message } = outgoing;
		try {
			this.#onStored(await this.#send({ client_message_id, message }));
		} catch (error) {
			this.#replace({ ...outgoing, state: 'failed', error: formatError(error) });
		}
	}

	#replace(changed: PendingMessage): void {
		this.items = this.items.map((item) =>
			item.client_message_id === changed.client_message_id ? changed : item,
		);
	}
}

const getDraftKey = (sessionId: string) => `frontdesk.draft.${sessionId}`;

/** Returns this tab's draft for a chat session. */
export function readDraft(sessionId: string): string {
	try {
		return sessionStorage.getItem(getDraftKey(sessionId)) ?? '';
	} catch {
		return '';
	}
}

export function writeDraft(sessionId: string, text: string): void {
	try {
		if (text) sessionStorage.setItem(getDraftKey(sessionId), text);
		else sessionStorage.removeItem(getDraftKey(sessionId));
	} catch {
		// Storage is blocked or full: the draft lives only in the composer.
	}
}

/** The minimum time between two typing announcements. */
const TYPING_INTERVAL_MS = 3_000;

/** Announces to the visitor that the agent is typing, throttled. */
export class TypingSignal {
	readonly #send: (isTyping: boolean) => Promise<unknown>;
	#sentAt = -Infinity;

	constructor(send: (isTyping: boolean) => Promise<unknown>) {
		this.#send = send;
	}

	set(isTyping: boolean): void {
		const at = isTyping ? performance.now() : -Infinity;
		if (isTyping ? at - this.#sentAt < TYPING_INTERVAL_MS : this.#sentAt === -Infinity) return;
		this.#sentAt = at;
		this.#send(isTyping).catch(() => undefined);
	}

	/** Makes the next keystroke announce typing again, because the widget hides the indicator when a message arrives. */
	reset(): void {
		this.#sentAt = -Infinity;
	}
}
