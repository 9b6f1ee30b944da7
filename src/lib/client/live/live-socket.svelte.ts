import { io, type Socket } from 'socket.io-client';
import { createContext, untrack } from 'svelte';
import { z } from 'zod';
import { agentAnswers, type agentRequests, type AgentAnswers } from '#lib/contract/live.ts';
import { asSentence } from '#lib/client/api-client.ts';
import { parseFact, type Fact } from './facts.ts';
import { frameQueue } from './frame-queue.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const REFUSED_RETRY_MS = 5_000;

type Requests = typeof agentRequests;
const ack = z.union([
	z.object({ ok: z.literal(true), data: z.unknown() }),
	z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
]);

export type Connection = 'connecting' | 'online' | 'offline';
type Listener = (facts: Fact[]) => void;

/** The team's socket: facts once a frame to whoever subscribed, requests with their answers. */
export class LiveSocket {
	connection = $state<Connection>('connecting');
	#socket: Socket | undefined;
	#listeners = new Set<Listener>();
	#catchUps = new Set<() => void>();
	#queue = frameQueue<Fact>((facts) => {
		for (const listener of this.#listeners) listener(facts);
	});

	/** Connects until the returned function is called; `onSignedOut` when the auth session has ended. */
	connect(onSignedOut: () => void): () => void {
		const socket: Socket = io('/agents', {
			transports: ['websocket', 'polling'],
			reconnectionDelay: 500,
			reconnectionDelayMax: 3_000,
			timeout: REQUEST_TIMEOUT_MS,
		});
		this.#socket = socket;
		let retry: ReturnType<typeof setTimeout> | undefined;
		socket.on('connect', () => {
			this.connection = 'online';
			this.#catchUp();
		});
		socket.on('disconnect', (reason) => {
			this.connection = 'offline';
			// The server ended it on purpose (sign-out, restart): asking again tells which.
			if (reason === 'io server disconnect') socket.connect();
		});
		socket.on('connect_error', (error) => {
			this.connection = 'offline';
			if (isUnauthorized(error)) onSignedOut();
			else if (!socket.active) retry = setTimeout(() => socket.connect(), REFUSED_RETRY_MS);
		});
		socket.onAny((name: string, payload: unknown) => {
			const fact = parseFact(name, payload);
			if (fact?.name === 'live.resumed') this.#catchUp();
			else if (fact) this.#queue.push(fact);
		});
		return () => {
			clearTimeout(retry);
			socket.disconnect();
			this.#queue.close();
			this.#socket = undefined;
		};
	}

	#catchUp(): void {
		for (const catchUp of this.#catchUps) catchUp();
	}

	/** Calls the listener with the facts of each frame. */
	subscribe(listener: Listener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Calls back whenever facts may have been missed: after each connection, and when the server says so. */
	onConnected(catchUp: () => void): () => void {
		this.#catchUps.add(catchUp);
		// Untracked: who asks from an effect is called back, not run again.
		if (untrack(() => this.connection) === 'online') catchUp();
		return () => this.#catchUps.delete(catchUp);
	}

	/** Tells what this browser did itself, by the way that everything else is told. */
	tell(fact: Fact): void {
		this.#queue.push(fact);
	}

	/** Asks the server; throws an Error whose message is a sentence for the person. */
	async request<K extends keyof AgentAnswers>(
		name: K,
		payload: z.input<Requests[K]>,
	): Promise<AgentAnswers[K]> {
		const socket = this.#socket;
		if (!socket?.connected)
			throw new Error('There is no connection right now. Try again in a moment.');
		const answer: unknown = await socket
			.timeout(REQUEST_TIMEOUT_MS)
			.emitWithAck(name, payload)
			.catch(() => {
				throw new Error('The server did not answer in time. Try again.');
			});
		const parsed = ack.safeParse(answer);
		if (parsed.success && !parsed.data.ok) throw new Error(asSentence(parsed.data.error.message));
		const data = parsed.success && parsed.data.ok ? parsed.data.data : undefined;
		return agentAnswers[name].parse(data) as AgentAnswers[K];
	}
}

function isUnauthorized(error: Error): boolean {
	const data = 'data' in error ? error.data : undefined;
	const code = z.object({ code: z.string() }).safeParse(data);
	return error.message === 'unauthorized' || (code.success && code.data.code === 'unauthorized');
}

export const [getLive, setLive] = createContext<LiveSocket>();
