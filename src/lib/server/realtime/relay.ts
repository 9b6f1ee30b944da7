import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { RedisClientType } from 'redis';
import type { Log } from '../core/log.ts';
import type { OutgoingEvent } from './broadcast.ts';

/** Carries live events between the processes that share `REDIS_URL`. */
export interface Relay {
	send(outgoing: OutgoingEvent): void;
	isReady(): boolean;
	close(): void;
}

const MAX_RECONNECT_DELAY_MS = 3_000;
/** Commands queued for a Redis that has stopped answering. */
const MAX_QUEUED_COMMANDS = 20_000;
/** Redis keeps about this many events, for processes that lag behind. */
const STREAM_LENGTH = 20_000;
const READ_TIMEOUT_MS = 5_000;
/** A Redis that has answered no read for this long counts as hung. */
const HUNG_MS = 2 * READ_TIMEOUT_MS + 2_000;
const RETRY_DELAY_MS = 250;

/** Sent in place of the events that a process could not send. */
const RESUMED = 'resumed';

interface Stream {
	name: string;
	/** Marks the entries of this process, which it skips when it reads. */
	self: string;
	log: Log;
}

/**
 * Joins the installation's stream of live events. Nothing waits for Redis: while it is unavailable, events stay in their
 * process, and `resumed` is called when it is back, since clients then have to catch up.
 */
export async function connectRelay(
	{ url, installation, log }: { url: string; installation: string; log: Log },
	on: { received(outgoing: OutgoingEvent): void; resumed(): void },
): Promise<Relay> {
	// Imported lazily: the package takes 15 MB, and most installations run a single process without Redis.
	const { createClient } = await import('redis');
	const connect = () => {
		const client = createClient({
			url,
			socket: {
				reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, MAX_RECONNECT_DELAY_MS),
			},
			// Otherwise unsent events would pile up in memory while Redis is unavailable.
			disableOfflineQueue: true,
			commandsQueueMaxLength: MAX_QUEUED_COMMANDS,
		});
		// Without a listener, a lost connection would end the process. The reader and the writer log what it means.
		client.on('error', () => undefined);
		client.connect().catch((error: unknown) => {
			if (client.isOpen) log.error({ err: error }, 'cannot use Redis');
		});
		return client;
	};
	const stream = { name: `frontdesk:${installation}:live`, self: randomUUID(), log };
	const writer = createWriter(connect(), stream);
	const reader = createReader(connect(), stream, (data) => {
		if (data === RESUMED) on.resumed();
		else on.received(JSON.parse(data) as OutgoingEvent);
	});
	return {
		send: (outgoing) => writer.send(JSON.stringify(outgoing)),
		isReady: () => writer.isReady() && reader.isReady(),
		close() {
			writer.close();
			reader.close();
		},
	};
}

/** Appends to the stream. Drops what cannot be written, and writes `RESUMED` once Redis is back. */
function createWriter(client: RedisClientType, { name, self, log }: Stream) {
	let hasDropped = false;
	let isClosed = false;

	const write = async (data: string): Promise<void> => {
		const trim = {
			TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: STREAM_LENGTH },
		} as const;
		try {
			await client.xAdd(name, '*', { self, data }, trim);
			if (hasDropped) announceDropped();
		} catch (error) {
			if (!hasDropped && !isClosed) {
				log.warn({ err: error }, 'Redis is unavailable: live events stay in their process');
			}
			hasDropped = true;
		}
	};
	const announceDropped = () => {
		hasDropped = false;
		void write(RESUMED);
	};
	client.on('ready', () => {
		if (hasDropped) announceDropped();
	});
	return {
		send: (data: string) => void write(data),
		isReady: () => client.isReady,
		close() {
			isClosed = true;
			client.destroy();
		},
	};
}

/**
 * Passes on what other processes append to the stream from now on. Passes `RESUMED` first after every reconnect, since
 * entries written in the meantime may be lost.
 */
function createReader(
	client: RedisClientType,
	{ name, self, log }: Stream,
	received: (data: string) => void,
) {
	let answeredAt = 0;
	let isClosed = false;
	let hasStarted = false;

	const deliver = (data: string) => {
		try {
			received(data);
		} catch (error) {
			// A process of another version may send events that this one doesn't know.
			log.warn({ err: error }, 'a live event could not be parsed');
		}
	};
	const read = async (): Promise<void> => {
		const newest = await client.xRevRange(name, '+', '-', { COUNT: 1 });
		let lastId = newest?.[0]?.id ?? '0';
		answeredAt = Date.now();
		if (hasStarted) received(RESUMED);
		hasStarted = true;
		while (!isClosed) {
			const options = { BLOCK: READ_TIMEOUT_MS, COUNT: 500 };
			const streams = await client.xRead({ key: name, id: lastId }, options);
			answeredAt = Date.now();
			for (const { id, message } of getEntries(streams)) {
				lastId = id;
				if (message['self'] !== self) deliver(message['data'] ?? '');
			}
		}
	};
	const keepReading = async (): Promise<void> => {
		while (!isClosed) {
			try {
				await read();
			} catch (error) {
				if (client.isReady) log.warn({ err: error }, 'live events could not be read');
				await setTimeout(RETRY_DELAY_MS);
			}
		}
	};
	void keepReading();
	return {
		isReady: () => client.isReady && Date.now() - answeredAt < HUNG_MS,
		close() {
			isClosed = true;
			client.destroy();
		},
	};
}

type Entry = { id: string; message: Record<string, string> };

const getEntries = (streams: unknown) =>
	(streams as { messages: Entry[] }[] | null)?.flatMap(({ messages }) => messages) ?? [];
