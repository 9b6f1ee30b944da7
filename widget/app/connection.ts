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
	/** Returns the next handshake's payload: the chat session to continue, or the data to start one. */
	handshake: () => Record<string, unknown>;
	/** Called when the server rejects the chat session or its token. Returns true to connect again without them. */
	forget: () => boolean;
	started: (started: Started) => void;
	statusChanged: () => void;
	log: Log;
}

const CONNECT_TIMEOUT_MS = 8000;
const RECONNECT_TIMEOUT_MS = 20_000;
const ACK_TIMEOUT_MS = 10_000;
const REFUSED_PAUSE_MS = 10_000;
const DROPPED_PAUSE_MS = 2000;

/** The frame's socket: connects, reconnects and reports its status. */
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
			timeout: CONNECT_TIMEOUT_MS,
			reconnectionDelayMax: 10_000,
			auth: (give) => give(this.#logged('handshake', wiring.handshake())),
		});
		// Some proxies accept a WebSocket but block its traffic. Until a transport has worked, alternates between both.
		this.socket.io.on('reconnect_attempt', () => {
			if (!this.#hasWorked) transports.reverse();
		});
		this.socket.on('session.started', (started) => {
			this.#hasWorked = true;
			// When all visitors reconnect at the same time, the server may respond slowly.
			this.socket.io.timeout(RECONNECT_TIMEOUT_MS);
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

	/** Reconnects immediately, with a new handshake. */
	restart(): void {
		this.socket.disconnect().connect();
	}

	/** Reconnects immediately if disconnected, instead of waiting for the next attempt. */
	wake(): void {
		if (this.status === 'offline' || this.status === 'busy') this.restart();
	}

	/** Disconnects until `restart`. */
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

	/** Dropped when disconnected, because it is worthless later. */
	setTyping(is_typing: boolean): void {
		this.socket.volatile.emit('typing:set', { is_typing }, () => undefined);
	}

	async #request<R extends keyof WidgetRequests>(
		name: R,
		payload: Parameters<WidgetRequests[R]>[0],
	): Promise<Ack<WidgetAnswers[R]>> {
		this.#wiring.log(`→ ${name}`, payload);
		const emit = this.socket
			.timeout(ACK_TIMEOUT_MS)
			.emitWithAck.bind(this.socket.timeout(ACK_TIMEOUT_MS)) as (
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

	// Socket.IO doesn't reconnect automatically after the server refuses a connection.
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
