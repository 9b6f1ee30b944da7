import { EventEmitter } from 'node:events';
import type { RedisClientType } from 'redis';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MAX_WAIT_MS, Subscriptions } from './subscriptions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A fake `redis` client, whose commands wait until the test acknowledges or loses them. */
class TestClient extends EventEmitter {
	isReady = false;
	readonly commands: string[] = [];
	readonly #active = new Map<string, object>();
	#waiting: { run(): void; resolve(): void; reject(error: Error): void }[] = [];

	connect(): void {
		this.isReady = true;
		this.emit('ready');
	}

	/** Loses the connection with all commands that Redis has not acknowledged. */
	disconnect(): void {
		this.isReady = false;
		for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection was lost'));
	}

	async acknowledge(): Promise<void> {
		for (const { run, resolve } of this.#waiting.splice(0)) {
			run();
			resolve();
		}
		await settle();
	}

	getPubSubListeners(): Map<string, object> {
		return this.#active;
	}

	subscribe(channel: string): Promise<void> {
		if (this.#active.has(channel)) return Promise.resolve();
		return this.#send(`subscribe ${channel}`, () => this.#active.set(channel, {}));
	}

	unsubscribe(channels: string[]): Promise<void> {
		return this.#send(`unsubscribe ${channels.join(' ')}`, () => {
			for (const channel of channels) this.#active.delete(channel);
		});
	}

	#send(command: string, run: () => void): Promise<void> {
		this.commands.push(command);
		return new Promise((resolve, reject) => this.#waiting.push({ run, resolve, reject }));
	}
}

const settle = () => vi.advanceTimersByTimeAsync(0);

function createSubscriptions() {
	const client = new TestClient();
	const events: string[] = [];
	const subscriptions = new Subscriptions(client as unknown as RedisClientType, {
		onMessage: () => undefined,
		onResumed: () => events.push('resumed'),
		onLate: (channel) => events.push(`late ${channel}`),
	});
	/** Joins the room `a` as a socket. The returned state shows when the subscription is active. */
	const join = () => {
		const state = { isActive: false };
		subscriptions.follow('a');
		void subscriptions.waitUntilActive(['a']).then(() => (state.isActive = true));
		return state;
	};
	return { client, events, subscriptions, join };
}

it('waits until Redis has acknowledged the subscription', async () => {
	const { client, events, join } = createSubscriptions();
	client.connect();
	await settle();
	const socket = join();
	await vi.advanceTimersByTimeAsync(MAX_WAIT_MS - 1);
	expect(socket.isActive).toBe(false);
	await client.acknowledge();
	expect(socket.isActive).toBe(true);
	expect(events).toEqual(['resumed']);
});

it('stops waiting for a hanging Redis, reports the late subscription, and makes no other socket wait', async () => {
	const { client, events, subscriptions, join } = createSubscriptions();
	client.connect();
	await settle();
	const socket = join();
	await vi.advanceTimersByTimeAsync(MAX_WAIT_MS);
	expect(socket.isActive).toBe(true);
	expect(subscriptions.isReady()).toBe(false);
	const next = join();
	await settle();
	expect(next.isActive).toBe(true);
	await client.acknowledge();
	expect(events).toEqual(['resumed', 'late a']);
	expect(subscriptions.isReady()).toBe(true);
});

it('does not wait while Redis is down, and resumes once all subscriptions are active', async () => {
	const { client, events, join } = createSubscriptions();
	const socket = join();
	await settle();
	expect(socket.isActive).toBe(true);
	client.connect();
	await settle();
	expect(events).toEqual([]);
	await client.acknowledge();
	expect(events).toEqual(['resumed']);
});

it('repeats a subscription that was lost, and ends one that is no longer followed', async () => {
	const { client, events, subscriptions } = createSubscriptions();
	client.connect();
	subscriptions.follow('b');
	await client.acknowledge();
	subscriptions.follow('a');
	subscriptions.unfollow('b');
	client.disconnect();
	await settle();
	client.commands.length = 0;
	client.connect();
	await client.acknowledge();
	expect(client.commands).toEqual(['unsubscribe b', 'subscribe a']);
	expect([...client.getPubSubListeners().keys()]).toEqual(['a']);
	expect(events).toEqual(['resumed', 'resumed']);
});

it('stays subscribed until the last follower is gone', async () => {
	const { client, subscriptions } = createSubscriptions();
	client.connect();
	subscriptions.follow('a');
	subscriptions.follow('a');
	subscriptions.unfollow('a');
	expect(client.commands).toEqual(['subscribe a']);
	expect(subscriptions.isFollowed('a')).toBe(true);
	subscriptions.unfollow('a');
	expect(client.commands).toEqual(['subscribe a', 'unsubscribe a']);
	expect(subscriptions.isFollowed('a')).toBe(false);
	await client.acknowledge();
	expect(client.getPubSubListeners().size).toBe(0);
});
