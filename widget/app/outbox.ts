import type { Ack, AckError, WidgetResponses } from '#lib/contract/live.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';
import type { PageStorage } from './storage.ts';
import { createUuid } from './uuid.ts';

/** A message from the visitor that the server hasn't confirmed yet. */
export interface PendingMessage {
	client_message_id: string;
	message: string;
	written_at: number;
	state: 'sending' | 'failed';
	isRateLimited?: boolean;
	/** Whether it was rejected because the chat is full. It is sent when a new chat starts. */
	isChatFull?: boolean;
	/** The value of a hidden field, which only bots fill in. */
	website?: string;
}

type SendResponse = Ack<WidgetResponses['message:send']>;

interface Options {
	storage: PageStorage;
	/** Rejects if the server didn't respond. */
	send: (pending: PendingMessage) => Promise<SendResponse>;
	canSend: () => boolean;
	onStored: (message: WidgetMessage) => void;
	onChange: () => void;
	/** Called when the chat session has reached its maximum length. */
	onChatFull: () => void;
	/** Called when the server requires a consent that the loaded frame doesn't ask for. */
	onConsentRequired: () => void;
}

const KEY_PREFIX = 'unsent:';
const MAX_ATTEMPTS = 2;
const DEFAULT_RETRY_AFTER_S = 10;

/** Keeps messages until the server confirms them, and sends them one at a time, in order. */
export class Outbox {
	items: PendingMessage[] = [];
	readonly #options: Options;
	#isSending = false;
	#retryTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(options: Options) {
		this.#options = options;
		this.items = options.storage
			.list(KEY_PREFIX)
			.flatMap(readPending)
			.sort((a, b) => a.written_at - b.written_at);
	}

	add(message: string, website = ''): void {
		const previous = this.items[this.items.length - 1]?.written_at ?? 0;
		const pending: PendingMessage = {
			client_message_id: createUuid(),
			message,
			// Later than the previous message even if the clock is set back.
			written_at: Math.max(Date.now(), previous + 1),
			state: 'sending',
			...(website && { website }),
		};
		this.items.push(pending);
		this.#options.storage.set(KEY_PREFIX + pending.client_message_id, JSON.stringify(pending));
		this.#options.onChange();
		void this.flush();
	}

	/** Resends all failed messages, in the order they were written. */
	retry(): void {
		for (const pending of this.items) pending.state = 'sending';
		this.#options.onChange();
		void this.flush();
	}

	/** Removes a message that the server has stored, as known from a response, an event or the history. */
	confirm(client_message_id: string | null): void {
		const index = this.items.findIndex(
			(pending) => pending.client_message_id === client_message_id,
		);
		const [confirmed] = index < 0 ? [] : this.items.splice(index, 1);
		if (confirmed) this.#options.storage.set(KEY_PREFIX + confirmed.client_message_id, null);
	}

	clear(): void {
		for (const { client_message_id } of [...this.items]) this.confirm(client_message_id);
	}

	async flush(): Promise<void> {
		if (this.#isSending) return;
		this.#isSending = true;
		try {
			let next: PendingMessage | undefined;
			while (this.#options.canSend() && (next = this.items.find((p) => p.state === 'sending'))) {
				await this.#deliver(next);
			}
		} finally {
			this.#isSending = false;
		}
	}

	async #deliver(pending: PendingMessage): Promise<void> {
		for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
			const response = await this.#options.send(pending).catch(() => undefined);
			if (response?.ok) return this.#options.onStored(response.data.message);
			// While disconnected, the message waits for the next connection.
			if (!this.#options.canSend()) return;
			if (response) return this.#markFailed(pending, response.error);
		}
		this.#markFailed(pending, { code: 'unavailable' });
	}

	#markFailed(
		pending: PendingMessage,
		{ code, retry_after = DEFAULT_RETRY_AFTER_S }: Partial<AckError>,
	): void {
		const isInvalid = code === 'invalid' || code === 'bad_request';
		// Later messages must not overtake this one.
		const failedMessages = isInvalid ? [pending] : this.items;
		for (const item of failedMessages) {
			item.state = 'failed';
			item.isRateLimited = code === 'rate_limited';
			item.isChatFull = code === 'conflict';
		}
		if (code === 'conflict') this.#options.onChatFull();
		if (code === 'forbidden') this.#options.onConsentRequired();
		if (code === 'rate_limited' || code === 'unavailable') {
			clearTimeout(this.#retryTimer);
			// Spread randomly, because a database outage rejects all visitors at the same time.
			this.#retryTimer = setTimeout(() => this.retry(), retry_after * 1000 * (1 + Math.random()));
		}
		this.#options.onChange();
	}
}

function readPending(json: string): PendingMessage[] {
	try {
		const value = JSON.parse(json) as Partial<PendingMessage>;
		const { client_message_id, message, written_at } = value;
		if (typeof client_message_id !== 'string' || typeof message !== 'string') return [];
		return [{ client_message_id, message, written_at: Number(written_at) || 0, state: 'sending' }];
	} catch {
		return [];
	}
}
