import { randomUUID } from 'node:crypto';
import type { Log } from '../core/log.ts';
import type { OutgoingEvent } from './broadcast.ts';
import { followStream } from './relay-reader.ts';
import { RESUMED, writeStream } from './relay-writer.ts';

/** Carries live events between the processes that share REDIS_URL. */
export interface Relay {
	send(outgoing: OutgoingEvent): void;
	isReady(): boolean;
	close(): void;
}

const MAX_PAUSE_MS = 3_000;
/** As many commands may wait for a Redis that hangs. */
const MAX_WAITING = 20_000;

/**
 * Joins the stream of live events of this installation. Nothing here waits for Redis: while it is away events stay in
 * their process, and when it is back everybody's clients are told (`resumed`) to catch up by id.
 */
export async function connectRelay(
	{ url, installation, log }: { url: string; installation: string; log: Log },
	on: { received(outgoing: OutgoingEvent): void; resumed(): void },
): Promise<Relay> {
	// Loaded here: most installations have one process, and this package takes 15 MB.
	const { createClient } = await import('redis');
	const connect = () => {
		const client = createClient({
			url,
			socket: { reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, MAX_PAUSE_MS) },
			// Otherwise what cannot be sent would pile up in memory while Redis is away.
			disableOfflineQueue: true,
			commandsQueueMaxLength: MAX_WAITING,
		});
		// Without a listener a lost connection would end the process; what it means is told by whoever uses it.
		client.on('error', () => undefined);
		client.connect().catch((error: unknown) => {
			if (client.isOpen) log.error({ err: error }, 'Redis cannot be used');
		});
		return client;
	};
	const stream = { name: `frontdesk:${installation}:live`, self: randomUUID(), log };
	const writer = writeStream(connect(), stream);
	const reader = followStream(connect(), stream, (data) => {
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
