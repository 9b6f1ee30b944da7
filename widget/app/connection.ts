import type { Ack, WidgetResponses, WidgetEvents, WidgetRequests } from '#lib/contract/live.ts';
import type { PartialReply } from '#lib/contract/message.ts';
import type { ErrorCode } from '#lib/contract/problem.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import { io, type Socket } from 'socket.io-client';
import type { LeadFields } from '../bridge.ts';
import type { DebugLog } from './debug-log.ts';

export type Status = 'connecting' | 'online' | 'offline' | 'busy' | 'unavailable';

export interface SessionStart {
	session_id: string;
	token: string;
	session: WidgetSession;
	messages: WidgetMessage[];
	reply: PartialReply | null;
	/** Missing while an older process serves the socket. */
	server_time?: string;
}

interface Options {
	/** Returns the next handshake's payload: the chat session to continue, or the data to start one. */
	getHandshake: () => Record<string, unknown>;
	/** Called when the server rejects the chat session or its token. Returns true to connect again without them. */
	discardSession: () => boolean;
	onStart: (start: SessionStart) => void;
	onStatusChange: () => void;
	log: DebugLog;
}

const CONNECT_TIMEOUT_MS = 8000;
const RECONNECT_TIMEOUT_MS = 20_000;
const ACK_TIMEOUT_MS = 10_000;
const REFUSED_RETRY_MS = 10_000;
const DISCONNECTED_RETRY_MS = 2000;

/** The frame's socket: connects, reconnects and reports its status. */
export class Connection {
	status: Status = 'connecting';
	readonly socket: Socket<WidgetEvents, WidgetRequests>;
	readonly #options: Options;
	#hasConnected = false;

	constructor(options: Options) {
		this.#options = options;
		const transports = ['websocket', 'polling'];
		this.socket = io('/widget', {
			autoConnect: false,
			transports,
			tryAllTransports: true,
			timeout: CONNECT_TIMEOUT_MS,
			reconnectionDelayMax: 10_000,
			auth: (callback) => callback(this.#logAndReturn('handshake', options.getHandshake())),
		});
		// Some proxies accept a WebSocket but block its traffic, so both transports are tried in turn until one has worked.
		this.socket.io.on('reconnect_attempt', () => {
			if (!this.#hasConnected) transports.reverse();
		});
		this.socket.on('session.started', (start) => {
			this.#hasConnected = true;
			// When all visitors reconnect at the same time, the server may respond slowly.
			this.socket.io.timeout(RECONNECT_TIMEOUT_MS);
			options.onStart(start);
			this.#setStatus('online');
		});
		this.socket.on('disconnect', (reason) => {
			this.#setStatus('offline');
			if (reason === 'io server disconnect') this.#reconnectAfter(DISCONNECTED_RETRY_MS);
		});
		this.socket.on('connect_error', (error) => this.#onError(error));
		this.socket.onAny((name: string, payload: unknown) => options.log(`← ${name}`, payload));
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

	fetchMessagesAfter(id: number) {
		return this.#request('history:after', { after: id });
	}

	identify(fields: LeadFields) {
		return this.#request('visitor:identify', fields);
	}

	acceptConsent(version: string) {
		return this.#request('consent:accept', { version });
	}

	requestHandoff() {
		return this.#request('handoff:request', {});
	}

	cancelHandoff() {
		return this.#request('handoff:cancel', {});
	}

	setPage(page: { page_url: string; page_title?: string | undefined }) {
		return this.#request('page:set', page);
	}

	/** Announces whether the visitor is typing. Dropped while disconnected, because it would be outdated later. */
	setTyping(is_typing: boolean): void {
		this.socket.volatile.emit('typing:set', { is_typing }, () => undefined);
	}

	async #request<R extends keyof WidgetRequests>(
		name: R,
		payload: Parameters<WidgetRequests[R]>[0],
	): Promise<Ack<WidgetResponses[R]>> {
		this.#options.log(`→ ${name}`, payload);
		const emit = this.socket
			.timeout(ACK_TIMEOUT_MS)
			.emitWithAck.bind(this.socket.timeout(ACK_TIMEOUT_MS)) as (
			name: string,
			payload: unknown,
		) => Promise<Ack<WidgetResponses[R]>>;
		return this.#logAndReturn(`response to ${name}`, await emit(name, payload));
	}

	#onError(error: Error & { data?: { code?: ErrorCode } }): void {
		this.#options.log('connection failed', error.message);
		const code = error.data?.code;
		const isDiscarded =
			(code === 'not_found' || code === 'unauthorized') && this.#options.discardSession();
		if (isDiscarded) this.#reconnectAfter(0);
		else if (code === 'rate_limited') this.#retryRefused('busy');
		else if (code) this.#retryRefused('unavailable');
		else this.#setStatus('offline');
	}

	#retryRefused(status: Status): void {
		this.#setStatus(status);
		this.#reconnectAfter(REFUSED_RETRY_MS * (1 + Math.random()));
	}

	// Socket.IO doesn't reconnect automatically after the server refuses a connection.
	#reconnectAfter(delayMs: number): void {
		setTimeout(() => !this.socket.active && this.socket.connect(), delayMs);
	}

	#setStatus(status: Status): void {
		if (this.status === status) return;
		this.status = status;
		this.#options.onStatusChange();
	}

	#logAndReturn<T>(label: string, value: T): T {
		this.#options.log(label, value);
		return value;
	}
}
