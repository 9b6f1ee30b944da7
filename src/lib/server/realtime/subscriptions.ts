import type { RedisClientType } from 'redis';

/** The maximum time that a connecting socket waits for the subscriptions of its rooms. */
export const MAX_WAIT_MS = 3_000;
export const PING_INTERVAL_MS = 5_000;
/** The time without a response to a ping after which Redis counts as hung. */
const HUNG_MS = 2 * PING_INTERVAL_MS + 2_000;

interface Listeners {
	onMessage(data: string, channel: string): void;
	/** Called once all subscriptions are active after a connect. Messages may have been lost before. */
	onResumed(): void;
	/** Called when a subscription becomes active after a socket has stopped waiting for it. */
	onLate(channel: string): void;
}

/**
 * Subscribes to the Redis channels that something in this process follows. Redis delivers the messages of one connection in
 * the order in which another connection sent them, whichever channels they went through.
 */
export class Subscriptions {
	readonly #client: RedisClientType;
	readonly #listeners: Listeners;
	/** The number of followers by channel. */
	readonly #followers = new Map<string, number>();
	/** Subscriptions that Redis has not acknowledged yet. They never reject. */
	readonly #pending = new Map<string, Promise<void>>();
	readonly #late = new Set<string>();
	#answeredAt = -Infinity;

	/** The client must be connecting, with `PING_INTERVAL_MS` as its ping interval. */
	constructor(client: RedisClientType, listeners: Listeners) {
		this.#client = client;
		this.#listeners = listeners;
		client.on('ready', () => void this.#subscribeAll());
		client.on('ping-interval', () => (this.#answeredAt = performance.now()));
	}

	isReady(): boolean {
		return this.#client.isReady && performance.now() - this.#answeredAt < HUNG_MS;
	}

	isFollowed(channel: string): boolean {
		return this.#followers.has(channel);
	}

	/** Adds a follower. The first one subscribes. */
	follow(channel: string): void {
		const count = this.#followers.get(channel) ?? 0;
		this.#followers.set(channel, count + 1);
		if (count === 0 && this.#client.isReady) this.#subscribe(channel);
	}

	/** Removes a follower. The last one unsubscribes. */
	unfollow(channel: string): void {
		const count = this.#followers.get(channel) ?? 0;
		if (count > 1) {
			this.#followers.set(channel, count - 1);
			return;
		}
		this.#followers.delete(channel);
		this.#pending.delete(channel);
		this.#late.delete(channel);
		if (this.#client.isReady) this.#unsubscribe([channel]);
	}

	/** Resolves once the subscriptions to these channels are active. Doesn't wait for a Redis that is unavailable. */
	async waitUntilActive(channels: string[]): Promise<void> {
		const pending = channels.flatMap((channel) => this.#pending.get(channel) ?? []);
		if (pending.length === 0) return;
		if (this.isReady()) {
			if (await settlesInTime(Promise.all(pending))) return;
			// Redis counts as hung until it responds again, so that other sockets don't wait for it.
			this.#answeredAt = -Infinity;
		}
		for (const channel of channels) if (this.#pending.has(channel)) this.#late.add(channel);
	}

	#subscribe(channel: string): void {
		const subscription: Promise<void> = this.#client.subscribe(channel, this.#receive).then(
			() => this.#acknowledge(channel, subscription),
			// The connection was lost, and `#subscribeAll` runs once it is back.
			() => undefined,
		);
		this.#pending.set(channel, subscription);
	}

	#acknowledge(channel: string, subscription: Promise<void>): void {
		if (this.#pending.get(channel) !== subscription) return;
		this.#answeredAt = performance.now();
		this.#pending.delete(channel);
		if (this.#late.delete(channel)) this.#listeners.onLate(channel);
	}

	/** Runs after each connect. The client has repeated the subscriptions that were active; this adds and removes the others. */
	async #subscribeAll(): Promise<void> {
		this.#answeredAt = performance.now();
		this.#late.clear();
		const activeChannels = this.#client.getPubSubListeners('CHANNELS').keys();
		this.#unsubscribe([...activeChannels].filter((channel) => !this.#followers.has(channel)));
		for (const channel of this.#followers.keys()) this.#subscribe(channel);
		await Promise.all(this.#pending.values());
		this.#listeners.onResumed();
	}

	#unsubscribe(channels: string[]): void {
		if (channels.length === 0) return;
		// After a failure, `#subscribeAll` tries again.
		this.#client.unsubscribe(channels, this.#receive).catch(() => undefined);
	}

	readonly #receive = (data: string, channel: string) => this.#listeners.onMessage(data, channel);
}

/** Resolves with whether a promise settles within `MAX_WAIT_MS`. The promise must never reject. */
export async function settlesInTime(promise: Promise<unknown>): Promise<boolean> {
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise<false>((resolve) => {
		timer = setTimeout(() => resolve(false), MAX_WAIT_MS).unref();
	});
	return Promise.race([promise.then(() => true), timeout]).finally(() => clearTimeout(timer));
}
