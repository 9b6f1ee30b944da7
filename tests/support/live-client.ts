import { isDeepStrictEqual } from 'node:util';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { z } from 'zod';
import { agentResponses, widgetResponses } from '#lib/contract/live.ts';
import { agentEvents, widgetEvents } from '#lib/contract/all-events.ts';
import { errorCode, type ErrorCode } from '#lib/contract/problem.ts';
import { WAIT_TIMEOUT_MS } from './wait-timeout.ts';

type Schemas = Record<string, z.ZodType>;
type Options = Partial<ManagerOptions & SocketOptions>;

const refusal = z.strictObject({
	code: errorCode,
	message: z.string().min(1),
	retry_after: z.number().positive().optional(),
});
const acknowledgement = z.union([
	z.strictObject({ ok: z.literal(true), data: z.unknown() }),
	z.strictObject({ ok: z.literal(false), error: refusal }),
]);

/** Thrown when a request is acknowledged with an error. */
export class RequestError extends Error {
	readonly code: ErrorCode;
	readonly retry_after: number | undefined;
	constructor({ code, message, retry_after }: z.infer<typeof refusal>) {
		super(message);
		this.code = code;
		this.retry_after = retry_after;
	}
}

/** A Socket.IO client of one namespace that records every event and checks everything it receives against the contract. */
class LiveClient<F extends Schemas, A extends Schemas> {
	readonly socket: Socket;
	/** All events so far, in order of arrival. */
	readonly received: { name: string; payload: unknown }[] = [];
	/** Violations of the contract so far. */
	readonly violations: string[] = [];
	readonly #events: F;
	readonly #answers: A;

	constructor(url: string, contract: { events: F; answers: A }, options: Options) {
		this.#events = contract.events;
		this.#answers = contract.answers;
		this.socket = io(url, {
			transports: ['websocket'],
			forceNew: true,
			reconnectionDelay: 50,
			reconnectionDelayMax: 500,
			...options,
		});
		this.socket.onAny((name: string, payload: unknown) => {
			this.#check(name, this.#events[name], payload);
			this.received.push({ name, payload });
		});
	}

	/** Returns the payloads of the events with this name so far. */
	events<K extends keyof F & string>(name: K): z.infer<F[K]>[] {
		return this.received
			.filter((event) => event.name === name)
			.map(({ payload }) => payload as z.infer<F[K]>);
	}

	/** Resolves with the payload of the first event that matches, past or future. */
	waitForEvent<K extends keyof F & string>(
		name: K,
		matches: (payload: z.infer<F[K]>) => boolean = () => true,
	): Promise<z.infer<F[K]>> {
		const { promise, resolve, reject } = Promise.withResolvers<z.infer<F[K]>>();
		const check = () => {
			const found = this.events(name).find(matches);
			if (found !== undefined) resolve(found);
		};
		const names = () => this.received.map((event) => event.name).join(', ');
		const timer = setTimeout(
			() => reject(new Error(`no matching ${name}; received: ${names()}`)),
			WAIT_TIMEOUT_MS,
		);
		this.socket.onAny(check);
		check();
		return promise.finally(() => {
			clearTimeout(timer);
			this.socket.offAny(check);
		});
	}

	/** Sends a request. Resolves with the acknowledged data; throws `RequestError` for an acknowledged error. */
	async request<K extends keyof A & string>(name: K, payload: unknown): Promise<z.infer<A[K]>> {
		const answer: unknown = await this.socket.timeout(WAIT_TIMEOUT_MS).emitWithAck(name, payload);
		const ack = acknowledgement.parse(answer);
		if (!ack.ok) throw new RequestError(ack.error);
		this.#check(`the acknowledgement of ${name}`, this.#answers[name], ack.data);
		return ack.data as z.infer<A[K]>;
	}

	/** Resolves with the error code that a request is acknowledged with. */
	getErrorCode(name: keyof A & string, payload: unknown): Promise<ErrorCode | 'accepted'> {
		return this.request(name, payload).then(
			() => 'accepted',
			(error: unknown) => {
				if (error instanceof RequestError) return error.code;
				throw error;
			},
		);
	}

	/** Resolves with the error code that the server rejects the handshake with. */
	waitForHandshakeError(): Promise<ErrorCode> {
		return new Promise((resolve, reject) => {
			this.socket.once('connect', () => reject(new Error('the handshake was accepted')));
			this.socket.once('connect_error', (error) => {
				const refused = 'data' in error ? refusal.safeParse(error.data).data : undefined;
				if (refused) resolve(refused.code);
				else reject(error);
			});
		});
	}

	waitForConnection(): Promise<void> {
		if (this.socket.connected) return Promise.resolve();
		return new Promise((resolve, reject) => {
			this.socket.once('connect', resolve);
			this.socket.once('connect_error', reject);
		});
	}

	/** Resolves with the reason once the connection has ended. */
	waitForDisconnect(): Promise<string> {
		return new Promise((resolve) => this.socket.once('disconnect', resolve));
	}

	#check(label: string, schema: z.ZodType | undefined, payload: unknown): void {
		const parsed = schema?.safeParse(payload);
		if (!parsed) this.violations.push(`${label} is not in the contract`);
		else if (!parsed.success) this.violations.push(`${label}: ${parsed.error.message}`);
		else if (!isDeepStrictEqual(parsed.data, payload)) {
			this.violations.push(
				`${label} has properties beyond the contract: ${JSON.stringify(payload)}`,
			);
		}
	}
}

export type WidgetClient = LiveClient<typeof widgetEvents, typeof widgetResponses>;
export type AgentClient = LiveClient<typeof agentEvents, typeof agentResponses>;

export const openWidget = (url: string, auth: object, options: Options = {}): WidgetClient =>
	new LiveClient(
		`${url}/widget`,
		{ events: widgetEvents, answers: widgetResponses },
		{ auth, ...options },
	);

export const openAgent = (url: string, auth: object, options: Options = {}): AgentClient =>
	new LiveClient(
		`${url}/agents`,
		{ events: agentEvents, answers: agentResponses },
		{ auth, ...options },
	);
