import type { Ack, WidgetAnswers, WidgetEvents, WidgetRequests } from '#lib/contract/live.ts';
import type { PartialReply } from '#lib/contract/message.ts';
import type { ErrorCode } from '#lib/contract/problem.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import { io, type Socket } from 'socket.io-client';
import type { LeadFields } from '../bridge.ts';
import type { Log } from './debug.ts';

export type Status = 'connecting' | 'online' | 'offline' | 'busy' | 'unavailable';

export interface Started {
	session_id: string;
	token: string;
	session: WidgetSession;
	messages: WidgetMessage[];
	reply: PartialReply | null;
}

interface Wiring {
	/** What the next handshake says: which chat session to continue, or that one is to be started. */
	handshake: () => Record<string, unknown>;
	/** The server does not know the chat session, or the token is not its own. True when there is another way. */
	forget: () => boolean;
	started: (started: Started) => void;
	statusChanged: () => void;
	log: Log;
}

const PATIENCE_MS = 8000;
const LONG_PATIENCE_MS = 20_000;
const ANSWER_MS = 10_000;
const REFUSED_PAUSE_MS = 10_000;
const DROPPED_PAUSE_MS = 2000;

/** The one socket of the frame: connects, connects again, and says how it stands. */
export class Connection {
	status: Status = 'connecting';
	readonly socket: Socket<WidgetEvents, WidgetRequests>;
	readonly #wiring: Wiring;
	#hasWorked = false;

	constructor(wiring: Wiring) {
		this.#wiring = wiring;
		const transports = ['websocket', 'polling'];
		this.socket = io('/widget', {
			autoConnect: false,
			transports,
			tryAllTransports: true,
			timeout: PATIENCE_MS,
			reconnectionDelayMax: 10_000,
			auth: (give) => give(this.#logged('handshake', wiring.handshake())),
		});
		// Some proxies open a WebSocket and let nothing through: what has never worked is tried the other way.
		this.socket.io.on('reconnect_attempt', () => {
			if (!this.#hasWorked) transports.reverse();
		});
		this.socket.on('session.started', (started) => {
			this.#hasWorked = true;
			// When all come back at once the server may take its time.
			this.socket.io.timeout(LONG_PATIENCE_MS);
			wiring.started(started);
			this.#set('online');
		});
		this.socket.on('disconnect', (reason) => {
			this.#set('offline');
			if (reason === 'io server disconnect') this.#later(DROPPED_PAUSE_MS);
		});
		this.socket.on('connect_error', (error) => this.#failed(error));
		this.socket.onAny((name: string, payload: unknown) => wiring.log(`← ${name}`, payload));
	}

	start(): void {
		this.socket.connect();
	}

	/** Ends the connection and begins a new one at once, with a new handshake. */
	restart(): void {
		this.socket.disconnect().connect();
	}

	/** Does not wait for the next attempt, when there is no connection. */
	wake(): void {
		if (this.status === 'offline' || this.status === 'busy') this.restart();
	}

	/** Ends the connection for good, until `restart`. */
	stop(): void {
		this.socket.disconnect();
	}

	send(payload: { message: string; client_message_id: string; website?: string | undefined }) {
		return this.#request('message:send', payload);
	}

	after(after: number) {
		return this.#request('history:after', { after });
	}

	identify(fields: LeadFields) {
		return this.#request('visitor:identify', fields);
	}

	acceptConsent(version: string) {
		return this.#request('consent:accept', { version });
	}

	requestPerson() {
		return this.#request('handoff:request', {});
	}

	cancelPerson() {
		return this.#request('handoff:cancel', {});
	}

	setPage(page: { page_url: string; page_title?: string | undefined }) {
		return this.#request('page:set', page);
	}

	/** Worth nothing later: dropped when there is no connection. */
	setTyping(is_typing: boolean): void {
		this.socket.volatile.emit('typing:set', { is_typing }, () => undefined);
	}

	async #request<R extends keyof WidgetRequests>(
		name: R,
		payload: Parameters<WidgetRequests[R]>[0],
	): Promise<Ack<WidgetAnswers[R]>> {
		this.#wiring.log(`→ ${name}`, payload);
		const emit = this.socket
			.timeout(ANSWER_MS)
			.emitWithAck.bind(this.socket.timeout(ANSWER_MS)) as (
			name: string,
			payload: unknown,
		) => Promise<Ack<WidgetAnswers[R]>>;
		return this.#logged(`answer to ${name}`, await emit(name, payload));
	}

	#failed(error: Error & { data?: { code?: ErrorCode } }): void {
		this.#wiring.log('connection failed', error.message);
		const code = error.data?.code;
		const isForgotten = (code === 'not_found' || code === 'unauthorized') && this.#wiring.forget();
		if (isForgotten) this.#later(0);
		else if (code === 'rate_limited') this.#refused('busy');
		else if (code) this.#refused('unavailable');
		else this.#set('offline');
	}

	#refused(status: Status): void {
		this.#set(status);
		this.#later(REFUSED_PAUSE_MS * (1 + Math.random()));
	}

	// After a refusal by the server Socket.IO does not come back by itself.
	#later(pause_ms: number): void {
		setTimeout(() => !this.socket.active && this.socket.connect(), pause_ms);
	}

	#set(status: Status): void {
		if (this.status === status) return;
		this.status = status;
		this.#wiring.statusChanged();
	}

	#logged<T>(what: string, value: T): T {
		this.#wiring.log(what, value);
		return value;
	}
}
