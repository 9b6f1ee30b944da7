import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Log } from '../log';
import type { Telling } from './broadcast';

/** Carries live events between the processes that share REDIS_URL. */
export interface Relay {
	send(telling: Telling): void;
	isReady(): boolean;
	close(): void;
}

const STREAM = 'frontdesk:live';
/** About this many events can be caught up on by a process that lost Redis for a while. */
const KEPT = 20_000;
const MAX_PAUSE_MS = 3_000;

/**
 * Joins the stream of live events. Nothing here waits for Redis: while it is away events stay in their process, and when
 * it is back everybody's clients are told (`onResumed`) to catch up by id.
 */
export async function connectRelay(
	url: string,
	log: Log,
	on: { received(telling: Telling): void; resumed(): void },
): Promise<Relay> {
	// Loaded here: most installations have one process, and this package takes 15 MB.
	const { createClient } = await import('redis');
	const self = randomUUID();
	const socket = { reconnectStrategy: (tries: number) => Math.min(100 * 2 ** tries, MAX_PAUSE_MS) };
	// Without disableOfflineQueue, what cannot be sent would pile up in memory while Redis is away.
	const writer = createClient({ url, socket, disableOfflineQueue: true });
	const reader = createClient({ url, socket });
	let hasMissed = false;
	let isClosed = false;

	const add = (data: string) => {
		const trim = { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: KEPT } } as const;
		return writer.xAdd(STREAM, '*', { self, data }, trim);
	};
	const send = (data: string) => {
		add(data).catch((error: unknown) => {
			if (!hasMissed && !isClosed)
				log.warn({ err: error }, 'Redis is away: live events stay in their process');
			hasMissed = true;
		});
	};
	const read = async () => {
		const newest = await reader.xRevRange(STREAM, '+', '-', { COUNT: 1 });
		let last = newest?.[0]?.id ?? '0';
		while (!isClosed) {
			try {
				const streams = await reader.xRead({ key: STREAM, id: last }, { BLOCK: 5_000, COUNT: 500 });
				for (const { id, message } of entriesOf(streams)) {
					last = id;
					if (message['self'] !== self) receive(message['data'] ?? '', on);
					else if (message['data'] === RESUMED) on.resumed();
				}
			} catch {
				await setTimeout(500);
			}
		}
	};

	for (const client of [writer, reader]) client.on('error', () => undefined);
	writer.on('ready', () => {
		if (hasMissed) send(RESUMED);
		hasMissed = false;
	});
	writer.connect().catch((error: unknown) => log.warn({ err: error }, 'Redis cannot be reached'));
	reader
		.connect()
		.then(read)
		.catch((error: unknown) => {
			if (!isClosed) log.error({ err: error }, 'live events of other processes are not read');
		});
	return {
		send: (telling) => send(JSON.stringify(telling)),
		isReady: () => writer.isReady,
		close() {
			isClosed = true;
			writer.destroy();
			reader.destroy();
		},
	};
}

const RESUMED = 'resumed';

function receive(data: string, on: { received(telling: Telling): void; resumed(): void }): void {
	if (data === RESUMED) on.resumed();
	else on.received(JSON.parse(data) as Telling);
}

type Streams = { messages: { id: string; message: Record<string, string> }[] }[];

const entriesOf = (streams: unknown) =>
	(streams as Streams | null)?.flatMap((s) => s.messages) ?? [];
