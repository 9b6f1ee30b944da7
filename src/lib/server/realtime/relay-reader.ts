import { setTimeout } from 'node:timers/promises';
import type { RedisClientType } from 'redis';
import { RESUMED, type Stream } from './relay-writer.ts';

const READ_MS = 5_000;
/** A Redis that has answered no read for so long hangs. */
const SILENCE_MS = 2 * READ_MS + 2_000;
const PAUSE_MS = 250;

/**
 * Hands on what other processes write to the stream, from now on. After every loss of the connection it is RESUMED that
 * is handed on first: what was written meanwhile may be gone with that Redis.
 */
export function followStream(
	client: RedisClientType,
	{ name, self, log }: Stream,
	received: (data: string) => void,
) {
	let heardAt = 0;
	let isClosed = false;
	let hasBegun = false;

	/** What a process of another version says may mean nothing here. */
	const handOn = (data: string) => {
		try {
			received(data);
		} catch (error) {
			log.warn({ err: error }, 'a live event was not understood');
		}
	};
	const follow = async (): Promise<void> => {
		const newest = await client.xRevRange(name, '+', '-', { COUNT: 1 });
		let last = newest?.[0]?.id ?? '0';
		heardAt = Date.now();
		if (hasBegun) received(RESUMED);
		hasBegun = true;
		while (!isClosed) {
			const read = await client.xRead({ key: name, id: last }, { BLOCK: READ_MS, COUNT: 500 });
			heardAt = Date.now();
			for (const { id, message } of entriesOf(read)) {
				last = id;
				if (message['self'] !== self) handOn(message['data'] ?? '');
			}
		}
	};
	const followAlways = async (): Promise<void> => {
		while (!isClosed) {
			try {
				await follow();
			} catch (error) {
				if (client.isReady) log.warn({ err: error }, 'live events could not be read');
				await setTimeout(PAUSE_MS);
			}
		}
	};
	void followAlways();
	return {
		isReady: () => client.isReady && Date.now() - heardAt < SILENCE_MS,
		close() {
			isClosed = true;
			client.destroy();
		},
	};
}

type Entry = { id: string; message: Record<string, string> };

const entriesOf = (streams: unknown) =>
	(streams as { messages: Entry[] }[] | null)?.flatMap(({ messages }) => messages) ?? [];
