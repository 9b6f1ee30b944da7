import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import type { Ack, WidgetAnswers, WidgetEvents, WidgetRequests } from '#lib/contract/live.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';

interface Entry {
	client_message_id: string;
	message: string;
	/** The id that the server acknowledged it by. */
	id: number | undefined;
}

type Answer = Ack<WidgetAnswers['message:send']>;

interface Character {
	lines: string[];
	/** Says the next line when the AI has answered, or as soon as the last one was acknowledged. */
	pace?: 'answered' | 'acknowledged';
	/** Waits this long between two lines, to stay below the number of messages that a chat session takes. */
	pauseMs?: number;
	site?: string;
}

const RETRY_MS = 50;
const OVERLAP = 100;

/**
 * A visitor who says line by line what there is to say and keeps a journal of what was acknowledged, as the widget does:
 * what is not acknowledged is sent again by its client id, and what was missed is fetched by id.
 */
export class Visitor {
	readonly journal: Entry[] = [];
	readonly messages = new Map<number, WidgetMessage>();
	/** The codes of all refusals. */
	readonly refusals = new Set<string>();
	session_id = '';
	isComplete = false;
	readonly #socket: Socket<WidgetEvents, WidgetRequests>;
	readonly #clientSessionId = randomUUID();
	readonly #lines: string[];
	readonly #pace: Character['pace'];
	readonly #pauseMs: number;
	#token = '';
	#isSending = false;

	constructor(url: string, { lines, pace = 'answered', pauseMs = 0, site = 'default' }: Character) {
		this.#lines = [...lines];
		this.#pace = pace;
		this.#pauseMs = pauseMs;
		this.#socket = io(`${url}/widget`, {
			transports: ['websocket'],
			forceNew: true,
			reconnectionDelay: RETRY_MS,
			reconnectionDelayMax: 500,
			auth: (give) =>
				give(
					this.#token
						? { session_id: this.session_id, token: this.#token, after: this.#knownUntil }
						: { site, client_session_id: this.#clientSessionId },
				),
		});
		this.#listen();
	}

	get newest(): number | undefined {
		return this.messages.size > 0 ? Math.max(...this.messages.keys()) : undefined;
	}

	/** As the widget asks: events may come in another order than ids. Who writes without a pause is further on by then. */
	get #knownUntil(): number {
		return [...this.messages.keys()].sort((a, b) => b - a)[OVERLAP] ?? 0;
	}

	/** How many of the lines were acknowledged. */
	get said(): number {
		return this.journal.filter(({ id }) => id !== undefined).length;
	}

	/** Says nothing new; what was said and not acknowledged is still sent again. */
	fallSilent(): void {
		this.#lines.length = 0;
	}

	leave(): void {
		this.#socket.disconnect();
	}

	#listen(): void {
		const socket = this.#socket;
		// Socket.IO does not come back by itself from what the server decided.
		const comeBack = () =>
			setTimeout(() => {
				if (!socket.active) socket.connect();
			}, RETRY_MS);
		socket.on('disconnect', (reason) => {
			if (reason === 'io server disconnect') comeBack();
		});
		socket.on('connect_error', (error: Error & { data?: { code: string } }) => {
			if (error.data) this.refusals.add(error.data.code);
			comeBack();
		});
		socket.on('session.started', ({ session_id, token, session, messages }) => {
			this.session_id = session_id;
			this.#token = token;
			this.isComplete ||= session.completion_status === 'complete';
			for (const message of messages) this.#see(message);
			void this.#speak();
		});
		socket.on('live.resumed', () => void this.#catchUp());
		socket.on('message.created', ({ message }) => {
			this.#see(message);
			void this.#speak();
		});
		socket.on('session.updated', ({ session }) => {
			this.isComplete ||= session.completion_status === 'complete';
		});
	}

	async #catchUp(): Promise<void> {
		const asked = this.#socket
			.timeout(3_000)
			.emitWithAck('history:after', { after: this.#knownUntil });
		const answer = (await asked.catch(() => undefined)) as
			Ack<WidgetAnswers['history:after']> | undefined;
		if (answer?.ok) for (const message of answer.data.messages) this.#see(message);
		// No answer: the next handshake catches up.
		else this.#socket.disconnect().connect();
	}

	#see(message: WidgetMessage): void {
		this.messages.set(message.id, message);
	}

	async #speak(): Promise<void> {
		if (this.#isSending || !this.#socket.connected) return;
		const entry = this.#unsent() ?? this.#nextLine();
		if (!entry) return;
		this.#isSending = true;
		try {
			const { client_message_id, message } = entry;
			const ack = (await this.#socket
				.timeout(3_000)
				.emitWithAck('message:send', { client_message_id, message })) as Answer;
			if (ack.ok) {
				entry.id = ack.data.message.id;
				this.#see(ack.data.message);
			} else {
				this.refusals.add(ack.error.code);
			}
		} catch {
			// No acknowledgement came: it is sent again.
		} finally {
			this.#isSending = false;
		}
		// The AI's next word may have come before the acknowledgement was read.
		setTimeout(() => void this.#speak(), entry.id === undefined ? RETRY_MS : this.#pauseMs);
	}

	#unsent(): Entry | undefined {
		return this.journal.find(({ id }) => id === undefined);
	}

	#nextLine(): Entry | undefined {
		const last = this.messages.get(this.newest ?? -1);
		// What got the fallback, as after too many crashes in one turn, is said once more.
		const again = this.journal.at(-1)?.message;
		if (last?.is_fallback && again !== undefined && this.#pace === 'answered')
			this.#lines.unshift(again);
		const isAsked = last?.sender === 'ai';
		const message = isAsked || this.#pace === 'acknowledged' ? this.#lines.shift() : undefined;
		if (message === undefined) return undefined;
		const entry = { client_message_id: randomUUID(), message, id: undefined };
		this.journal.push(entry);
		return entry;
	}
}
