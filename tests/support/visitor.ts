import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { expect, vi } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import type { Ack, WidgetResponses, WidgetEvents, WidgetRequests } from '#lib/contract/live.ts';
import { session } from '#lib/contract/session.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';
import { readApi, readTranscript } from './server-api.ts';

interface JournalEntry {
	client_message_id: string;
	message: string;
	/** The message id from the acknowledgement; `undefined` until it arrives. */
	id: number | undefined;
}

type Answer = Ack<WidgetResponses['message:send']>;

interface VisitorScript {
	lines: string[];
	/** When to send the next line: once the AI has answered, or as soon as the previous line is acknowledged. */
	pace?: 'answered' | 'acknowledged';
	/** Pause between two lines, to stay below the message limit of a chat session. */
	pauseMs?: number;
	site?: string;
}

const RETRY_MS = 50;
const CATCH_UP_OVERLAP = 100;

/**
 * A visitor that sends a script line by line and recovers from lost connections the way the widget does: it resends
 * unacknowledged messages with the same client id and fetches missed messages by id. The journal records every line sent.
 */
export class Visitor {
	readonly journal: JournalEntry[] = [];
	readonly messages = new Map<number, WidgetMessage>();
	/** The error codes received so far. */
	readonly refusals = new Set<string>();
	session_id = '';
	isComplete = false;
	readonly #socket: Socket<WidgetEvents, WidgetRequests>;
	readonly #clientSessionId = randomUUID();
	readonly #lines: string[];
	readonly #pace: VisitorScript['pace'];
	readonly #pauseMs: number;
	#token = '';
	#isSending = false;

	constructor(
		url: string,
		{ lines, pace = 'answered', pauseMs = 0, site = 'default' }: VisitorScript,
	) {
		this.#lines = [...lines];
		this.#pace = pace;
		this.#pauseMs = pauseMs;
		this.#socket = io(`${url}/widget`, {
			transports: ['websocket'],
			forceNew: true,
			reconnectionDelay: RETRY_MS,
			reconnectionDelayMax: 500,
			auth: (callback) =>
				callback(
					this.#token
						? { session_id: this.session_id, token: this.#token, after: this.#catchUpFrom }
						: { site, client_session_id: this.#clientSessionId },
				),
		});
		this.#listen();
	}

	get newestId(): number | undefined {
		return this.messages.size > 0 ? Math.max(...this.messages.keys()) : undefined;
	}

	/**
	 * The id to catch up from. Events can arrive out of id order, so the newest 100 messages are fetched again, like in
	 * the widget.
	 */
	get #catchUpFrom(): number {
		return [...this.messages.keys()].sort((a, b) => b - a)[CATCH_UP_OVERLAP] ?? 0;
	}

	get acknowledgedCount(): number {
		return this.journal.filter(({ id }) => id !== undefined).length;
	}

	/** Sends no new lines. Unacknowledged ones are still resent. */
	stopSending(): void {
		this.#lines.length = 0;
	}

	disconnect(): void {
		this.#socket.disconnect();
	}

	#listen(): void {
		const socket = this.#socket;
		// Socket.IO doesn't reconnect by itself after the server has closed or refused the connection.
		const reconnect = () =>
			setTimeout(() => {
				if (!socket.active) socket.connect();
			}, RETRY_MS);
		socket.on('disconnect', (reason) => {
			if (reason === 'io server disconnect') reconnect();
		});
		socket.on('connect_error', (error: Error & { data?: { code: string } }) => {
			if (error.data) this.refusals.add(error.data.code);
			reconnect();
		});
		socket.on('session.started', ({ session_id, token, session, messages }) => {
			this.session_id = session_id;
			this.#token = token;
			this.isComplete ||= session.completion_status === 'complete';
			for (const message of messages) this.#store(message);
			void this.#sendNext();
		});
		socket.on('live.resumed', () => void this.#catchUp());
		socket.on('message.created', ({ message }) => {
			this.#store(message);
			void this.#sendNext();
		});
		socket.on('session.updated', ({ session }) => {
			this.isComplete ||= session.completion_status === 'complete';
		});
	}

	async #catchUp(): Promise<void> {
		const pendingAnswer = this.#socket
			.timeout(3_000)
			.emitWithAck('history:after', { after: this.#catchUpFrom });
		const answer = (await pendingAnswer.catch(() => undefined)) as
			Ack<WidgetResponses['history:after']> | undefined;
		if (answer?.ok) for (const message of answer.data.messages) this.#store(message);
		// Without an answer, the next handshake catches up.
		else this.#socket.disconnect().connect();
	}

	#store(message: WidgetMessage): void {
		this.messages.set(message.id, message);
	}

	async #sendNext(): Promise<void> {
		if (this.#isSending || !this.#socket.connected) return;
		const entry = this.#findUnsent() ?? this.#takeNextLine();
		if (!entry) return;
		this.#isSending = true;
		try {
			const { client_message_id, message } = entry;
			const ack = (await this.#socket
				.timeout(3_000)
				.emitWithAck('message:send', { client_message_id, message })) as Answer;
			if (ack.ok) {
				entry.id = ack.data.message.id;
				this.#store(ack.data.message);
			} else {
				this.refusals.add(ack.error.code);
			}
		} catch {
			// Without an acknowledgement, the message is resent.
		} finally {
			this.#isSending = false;
		}
		// The AI's answer may have arrived before the acknowledgement was processed.
		setTimeout(() => void this.#sendNext(), entry.id === undefined ? RETRY_MS : this.#pauseMs);
	}

	#findUnsent(): JournalEntry | undefined {
		return this.journal.find(({ id }) => id === undefined);
	}

	#takeNextLine(): JournalEntry | undefined {
		const last = this.messages.get(this.newestId ?? -1);
		// Repeats a line that was answered with the fallback, for example after too many crashes during one turn.
		const previous = this.journal.at(-1)?.message;
		if (last?.is_fallback && previous !== undefined && this.#pace === 'answered')
			this.#lines.unshift(previous);
		const isAnswered = last?.sender === 'ai';
		const message = isAnswered || this.#pace === 'acknowledged' ? this.#lines.shift() : undefined;
		if (message === undefined) return undefined;
		const entry = { client_message_id: randomUUID(), message, id: undefined };
		this.journal.push(entry);
		return entry;
	}
}

/**
 * Checks that every acknowledged message is stored once, in order and with the same text; that nothing else is stored
 * except messages whose acknowledgement was lost; that each visitor has received the whole chat; and that no other chat
 * session exists.
 */
export async function expectNothingLost(url: string, visitors: Visitor[]): Promise<void> {
	const { items } = await readApi(url, 'sessions?limit=200', pageSchema(session));
	expect(items.map(({ session_id }) => session_id).sort()).toEqual(
		visitors.map(({ session_id }) => session_id).sort(),
	);
	for (const visitor of visitors) {
		// Retried, because the AI may still be answering the visitor's last messages.
		await vi.waitFor(() => expectComplete(url, visitor));
	}
}

async function expectComplete(url: string, visitor: Visitor): Promise<void> {
	const { messages, session: counters } = await readTranscript(url, visitor.session_id);
	const own = messages.filter(({ sender }) => sender === 'visitor');
	const stored = new Map(own.map((message) => [message.client_message_id, message]));
	expect(stored.size).toBe(own.length);
	const expected = visitor.journal.filter(
		({ id, client_message_id }) => id !== undefined || stored.has(client_message_id),
	);
	expect(own.map(({ client_message_id, message }) => ({ client_message_id, message }))).toEqual(
		expected.map(({ client_message_id, message }) => ({ client_message_id, message })),
	);
	for (const { id, client_message_id } of expected) {
		if (id !== undefined) expect(stored.get(client_message_id)?.id).toBe(id);
	}
	expect(counters).toMatchObject({
		message_count: messages.length,
		visitor_message_count: own.length,
		ai_message_count: messages.filter(({ sender }) => sender === 'ai').length,
	});
	expect([...visitor.messages.keys()].sort((a, b) => a - b)).toEqual(messages.map(({ id }) => id));
}
