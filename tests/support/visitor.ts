import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import type { Ack } from '../../src/lib/contract/live';
import type { WidgetFacts, WidgetRequests } from '../../src/lib/contract/live';
import type { WidgetMessage } from '../../src/lib/contract/widget';

interface Entry {
	client_message_id: string;
	message: string;
	/** The id that the server acknowledged it by. */
	id: number | undefined;
}

/**
 * A visitor who answers the scripted AI line by line and keeps a journal of what was acknowledged, as the widget does:
 * what is not acknowledged is sent again by its client id, and what was missed is fetched by id.
 */
export class Visitor {
	readonly journal: Entry[] = [];
	readonly messages = new Map<number, WidgetMessage>();
	session_id = '';
	isComplete = false;
	readonly #socket: Socket<WidgetFacts, WidgetRequests>;
	readonly #clientSessionId = randomUUID();
	readonly #lines: string[];
	#token = '';
	#isSending = false;

	constructor(url: string, lines: string[], site = 'default') {
		this.#lines = [...lines];
		this.#socket = io(`${url}/widget`, {
			transports: ['websocket'],
			forceNew: true,
			reconnectionDelay: 50,
			reconnectionDelayMax: 500,
			auth: (give) =>
				give(
					this.#token
						? { session_id: this.session_id, token: this.#token, after: this.#newest() }
						: { site, client_session_id: this.#clientSessionId },
				),
		});
		this.#socket.on('session.started', ({ session_id, token, session, messages }) => {
			this.session_id = session_id;
			this.#token = token;
			this.isComplete ||= session.completion_status === 'complete';
			for (const message of messages) this.#see(message);
			void this.#speak();
		});
		this.#socket.on('message.created', ({ message }) => {
			this.#see(message);
			void this.#speak();
		});
		this.#socket.on('session.updated', ({ session }) => {
			this.isComplete ||= session.completion_status === 'complete';
		});
	}

	leave(): void {
		this.#socket.disconnect();
	}

	#newest(): number | undefined {
		return this.messages.size > 0 ? Math.max(...this.messages.keys()) : undefined;
	}

	#see(message: WidgetMessage): void {
		this.messages.set(message.id, message);
	}

	/** Says the next line when the last word is the AI's; sends again what was not acknowledged. */
	async #speak(): Promise<void> {
		if (this.#isSending || !this.#socket.connected) return;
		const entry = this.#unsent() ?? this.#nextLine();
		if (!entry) return;
		this.#isSending = true;
		try {
			const { client_message_id, message } = entry;
			const ack = (await this.#socket
				.timeout(3_000)
				.emitWithAck('message:send', { client_message_id, message })) as Ack<{
				message: WidgetMessage;
			}>;
			if (ack.ok) {
				entry.id = ack.data.message.id;
				this.#see(ack.data.message);
			}
		} catch {
			// No acknowledgement came: after the reconnect it is sent again.
		} finally {
			this.#isSending = false;
		}
		// The AI's next word may have come before the acknowledgement was read.
		setTimeout(() => void this.#speak(), entry.id === undefined ? 50 : 0);
	}

	#unsent(): Entry | undefined {
		return this.journal.find(({ id }) => id === undefined);
	}

	#nextLine(): Entry | undefined {
		const isAsked = this.messages.get(this.#newest() ?? -1)?.sender === 'ai';
		const message = isAsked ? this.#lines.shift() : undefined;
		if (message === undefined) return undefined;
		const entry = { client_message_id: randomUUID(), message, id: undefined };
		this.journal.push(entry);
		return entry;
	}
}
