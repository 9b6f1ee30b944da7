import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';
import { z } from 'zod';
import type { Log } from '../core/log.ts';
import type { Metrics } from '../core/metrics.ts';
import { EVERYONE, type OutgoingEvent, type SharedRoom } from './connections.ts';
import { PING_INTERVAL_MS, settlesInTime, Subscriptions } from './subscriptions.ts';

/** A question to the other processes: who is online, or the streaming reply of a chat session. */
export type Question = { about: 'presence' } | { about: 'reply'; session_id: string };

/** Carries live events between the processes that share `REDIS_URL`, to those that follow their rooms. */
export interface Relay {
	send(outgoing: OutgoingEvent): void;
	/** Receives the events of a room from other processes, until `unfollow` has been called as many times as `follow`. */
	follow(room: SharedRoom): void;
	unfollow(room: SharedRoom): void;
	/** Resolves once the events of followed rooms arrive. Doesn't wait for a Redis that is unavailable. */
	waitUntilActive(rooms: SharedRoom[]): Promise<void>;
	/**
	 * Asks the processes that follow a room. Calls `onAnswer` with each answer, in order with the events that these processes
	 * send to the room, and resolves once all have answered. Resolves without answers while Redis is unavailable.
	 */
	ask(room: SharedRoom, question: Question, onAnswer: (answer: unknown) => void): Promise<void>;
	isReady(): boolean;
	close(): void;
}

interface Listeners {
	onEvent(outgoing: OutgoingEvent): void;
	/** Returns the answer to another process's question. */
	onQuestion(question: Question): unknown;
	/** Called when events for the room, or for all rooms, may have been lost. */
	onResumed(room?: SharedRoom): void;
}

interface Options {
	url: string;
	installation: string;
	log: Log;
	metrics: Metrics;
}

type Message =
	| { name: string; payload: object }
	| { id: string; question: Question }
	| { id: string; answer: unknown };

/** Receivers validate the payload. */
const relayedEvent = z.object({ name: z.string(), payload: z.record(z.string(), z.unknown()) });

const MAX_RECONNECT_DELAY_MS = 3_000;
/** The maximum number of commands queued for a Redis that has stopped responding. */
const MAX_QUEUED_COMMANDS = 20_000;

/** Sent in place of the events that a process could not send. */
const RESUMED = {
	namespace: '/agents',
	room: EVERYONE,
	name: 'live.resumed',
	payload: {},
} as const;

/**
 * Connects the installation's processes through Redis. Nothing waits long for it: while Redis is unavailable, events stay in
 * their process, and `onResumed` is called once it is back, since clients then have to catch up.
 */
export async function connectRelay(options: Options, listeners: Listeners): Promise<Relay> {
	// Imported lazily: the package takes 15 MB, and most installations run a single process without Redis.
	const { createClient } = await import('redis');
	const connect = () => {
		const client = createClient({
			url: options.url,
			socket: {
				reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, MAX_RECONNECT_DELAY_MS),
			},
			pingInterval: PING_INTERVAL_MS,
			// Otherwise unsent events would pile up in memory while Redis is unavailable.
			disableOfflineQueue: true,
			commandsQueueMaxLength: MAX_QUEUED_COMMANDS,
		});
		// Without a listener, a lost connection would crash the process. The relay logs the consequences.
		client.on('error', () => undefined);
		client.connect().catch((error: unknown) => {
			if (client.isOpen) options.log.error({ err: error }, 'cannot use Redis');
		});
		return client as RedisClientType;
	};
	return new RedisRelay({ publisher: connect(), subscriber: connect() }, options, listeners);
}

class RedisRelay implements Relay {
	readonly #publisher: RedisClientType;
	readonly #subscriber: RedisClientType;
	readonly #subscriptions: Subscriptions;
	readonly #log: Log;
	readonly #metrics: Metrics;
	readonly #listeners: Listeners;
	readonly #prefix: string;
	readonly #self = randomUUID();
	/** The beginning of this process's own messages, which Redis sends back to it. */
	readonly #ownPrefix = `{"from":"${this.#self}",`;
	/** Handlers for the answers to this process's questions, by question id. They get `undefined` for its own answer. */
	readonly #questions = new Map<string, (answer: unknown) => void>();
	#hasDropped = false;
	#isClosed = false;

	constructor(
		clients: { publisher: RedisClientType; subscriber: RedisClientType },
		{ installation, log, metrics }: Options,
		listeners: Listeners,
	) {
		this.#publisher = clients.publisher;
		this.#subscriber = clients.subscriber;
		this.#log = log;
		this.#metrics = metrics;
		this.#listeners = listeners;
		this.#prefix = `frontdesk:${installation}:live:`;
		this.#publisher.on('ready', () => this.#announceDropped());
		this.#subscriptions = new Subscriptions(this.#subscriber, {
			onMessage: (data, channel) => this.#receive(data, channel),
			onResumed: () => listeners.onResumed(),
			onLate: (channel) => listeners.onResumed(this.#parseChannel(channel)),
		});
		this.follow(RESUMED);
		this.#subscriptions.follow(this.#toAnswerChannel(this.#self));
	}

	send({ name, payload, ...room }: OutgoingEvent): void {
		void this.#publish(this.#toChannel(room), { name, payload });
	}

	follow(room: SharedRoom): void {
		this.#subscriptions.follow(this.#toChannel(room));
	}

	unfollow(room: SharedRoom): void {
		this.#subscriptions.unfollow(this.#toChannel(room));
	}

	waitUntilActive(rooms: SharedRoom[]): Promise<void> {
		return this.#subscriptions.waitUntilActive(rooms.map((room) => this.#toChannel(room)));
	}

	async ask(room: SharedRoom, question: Question, onAnswer: (answer: unknown) => void) {
		if (!this.isReady()) return;
		const id = randomUUID();
		const allAnswered = Promise.withResolvers<void>();
		// Redis reports how many processes it has sent the question to, this one included if it follows the room.
		let missing = 0;
		const count = (change: number) => {
			missing += change;
			if (missing === 0) allAnswered.resolve();
		};
		this.#questions.set(id, (answer) => {
			if (answer !== undefined) onAnswer(answer);
			count(-1);
		});
		void this.#publish(this.#toChannel(room), { id, question }).then(count);
		await settlesInTime(allAnswered.promise);
		this.#questions.delete(id);
	}

	isReady(): boolean {
		return this.#publisher.isReady && this.#subscriptions.isReady();
	}

	close(): void {
		this.#isClosed = true;
		this.#publisher.destroy();
		this.#subscriber.destroy();
	}

	/** Resolves with the number of processes reached. Drops a message that cannot be sent, and sends `RESUMED` once Redis is back. */
	async #publish(channel: string, message: Message): Promise<number> {
		try {
			const data = JSON.stringify({ from: this.#self, ...message });
			const count = await this.#publisher.publish(channel, data);
			this.#announceDropped();
			return count;
		} catch (error) {
			if (!this.#hasDropped && !this.#isClosed) {
				this.#log.warn({ err: error }, 'Redis is unavailable: live events stay in their process');
			}
			this.#hasDropped = true;
			return 0;
		}
	}

	#announceDropped(): void {
		if (!this.#hasDropped) return;
		this.#hasDropped = false;
		this.send(RESUMED);
	}

	#receive(data: string, channel: string): void {
		const isOwn = data.startsWith(this.#ownPrefix);
		try {
			this.#apply(isOwn, data, channel);
		} catch (error) {
			// A process that runs a different version may send events that this one doesn't know.
			this.#log.warn({ err: error }, 'failed to parse a live event');
		}
	}

	#apply(isOwn: boolean, data: string, channel: string): void {
		// Own events, the most frequent of these messages, are not parsed.
		if (isOwn && !data.startsWith('"id":', this.#ownPrefix.length)) {
			this.#metrics.relayedEvents.inc({ result: 'own' });
			return;
		}
		const message = JSON.parse(data) as Message & { from: string };
		if ('answer' in message) this.#questions.get(message.id)?.(message.answer);
		else if ('question' in message) this.#answer(message, isOwn);
		else if (this.#subscriptions.isFollowed(channel)) {
			this.#metrics.relayedEvents.inc({ result: 'used' });
			const event = relayedEvent.parse(message);
			this.#listeners.onEvent({ ...this.#parseChannel(channel), ...event });
		} else this.#metrics.relayedEvents.inc({ result: 'unused' });
	}

	#answer(
		{ from, id, question }: Message & { from: string; question: Question; id: string },
		isOwn: boolean,
	) {
		if (isOwn) this.#questions.get(id)?.(undefined);
		else
			void this.#publish(this.#toAnswerChannel(from), {
				id,
				answer: this.#listeners.onQuestion(question) ?? null,
			});
	}

	#toAnswerChannel(process: string): string {
		return `${this.#prefix}answers ${process}`;
	}

	#toChannel({ namespace, room }: SharedRoom): string {
		return `${this.#prefix}${namespace} ${room}`;
	}

	#parseChannel(channel: string): SharedRoom {
		const [namespace = '', ...room] = channel.slice(this.#prefix.length).split(' ');
		return { namespace: namespace as SharedRoom['namespace'], room: room.join(' ') };
	}
}
