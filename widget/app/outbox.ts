import type { Ack, Refusal, WidgetAnswers } from '#lib/contract/live.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';
import type { PageStorage } from './storage.ts';
import { uuid } from './uuid.ts';

/** A message from the visitor that the server has not confirmed yet. */
export interface Pending {
	client_message_id: string;
	message: string;
	written_at: number;
	state: 'sending' | 'failed';
	is_limited?: boolean;
	/** The value of a hidden field, which only bots fill in. */
	website?: string;
}

type Answer = Ack<WidgetAnswers['message:send']>;

interface Wiring {
	storage: PageStorage;
	/** Rejects if the server didn't respond. */
	send: (pending: Pending) => Promise<Answer>;
	isOnline: () => boolean;
	stored: (message: WidgetMessage) => void;
	changed: () => void;
	/** The chat session has reached its maximum length. */
	isFull: () => void;
	/** The server requires a consent that the loaded frame doesn't ask for. */
	isForbidden: () => void;
}

const KEY = 'unsent:';
const ATTEMPTS = 2;
const LIMITED_S = 10;

/** Keeps messages until the server confirms them, and sends them one at a time, in order. */
export class Outbox {
	items: Pending[] = [];
	readonly #wiring: Wiring;
	#isSending = false;
	#again: ReturnType<typeof setTimeout> | undefined;

	constructor(wiring: Wiring) {
		this.#wiring = wiring;
		this.items = wiring.storage
			.list(KEY)
			.flatMap(readPending)
			.sort((a, b) => a.written_at - b.written_at);
	}

	add(message: string, website = ''): void {
		const previous = this.items[this.items.length - 1]?.written_at ?? 0;
		const pending: Pending = {
			client_message_id: uuid(),
			message,
			// Later than the previous message even if the clock is set back.
			written_at: Math.max(Date.now(), previous + 1),
			state: 'sending',
			...(website && { website }),
		};
		this.items.push(pending);
		this.#wiring.storage.set(KEY + pending.client_message_id, JSON.stringify(pending));
		this.#wiring.changed();
		void this.flush();
	}

	/** Resends all failed messages, in the order they were written. */
	retry(): void {
		for (const pending of this.items) pending.state = 'sending';
		this.#wiring.changed();
		void this.flush();
	}

	/** Removes a message that the server has stored, as known from a response, an event or the history. */
	settle(client_message_id: string | null): void {
		const at = this.items.findIndex((pending) => pending.client_message_id === client_message_id);
		const [settled] = at < 0 ? [] : this.items.splice(at, 1);
		if (settled) this.#wiring.storage.set(KEY + settled.client_message_id, null);
	}

	clear(): void {
		for (const { client_message_id } of [...this.items]) this.settle(client_message_id);
	}

	async flush(): Promise<void> {
		if (this.#isSending) return;
		this.#isSending = true;
		try {
			let next: Pending | undefined;
			while (this.#wiring.isOnline() && (next = this.items.find((p) => p.state === 'sending'))) {
				await this.#deliver(next);
			}
		} finally {
			this.#isSending = false;
		}
	}

	async #deliver(pending: Pending): Promise<void> {
		for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
			const answer = await this.#wiring.send(pending).catch(() => undefined);
			if (answer?.ok) return this.#wiring.stored(answer.data.message);
			// While disconnected, it waits for the next connection.
			if (!this.#wiring.isOnline()) return;
			if (answer) return this.#refused(pending, answer.error);
		}
		this.#refused(pending, { code: 'unavailable' });
	}

	#refused(pending: Pending, { code, retry_after = LIMITED_S }: Partial<Refusal>): void {
		const isItsOwnFault = code === 'invalid' || code === 'bad_request';
		// Later messages must not overtake it.
		const held = isItsOwnFault ? [pending] : this.items;
		for (const item of held) {
			item.state = 'failed';
			item.is_limited = code === 'rate_limited';
		}
		if (code === 'conflict') this.#wiring.isFull();
		if (code === 'forbidden') this.#wiring.isForbidden();
		if (code === 'rate_limited' || code === 'unavailable') {
			clearTimeout(this.#again);
			// Spread randomly, because a database outage rejects all visitors at the same time.
			this.#again = setTimeout(() => this.retry(), retry_after * 1000 * (1 + Math.random()));
		}
		this.#wiring.changed();
	}
}

function readPending(json: string): Pending[] {
	try {
		const value = JSON.parse(json) as Partial<Pending>;
		const { client_message_id, message, written_at } = value;
		if (typeof client_message_id !== 'string' || typeof message !== 'string') return [];
		return [{ client_message_id, message, written_at: Number(written_at) || 0, state: 'sending' }];
	} catch {
		return [];
	}
}
