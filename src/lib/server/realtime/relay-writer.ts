import type { RedisClientType } from 'redis';
import type { Log } from '../core/log.ts';

/** What both ends of the stream need to know. */
export interface Stream {
	name: string;
	/** This process's mark on what it wrote. */
	self: string;
	log: Log;
}

/** What the other processes are sent in place of events that this one could not send. */
export const RESUMED = 'resumed';

/** About this many events are kept, for a process that is a little behind. */
const KEPT = 20_000;

/** Writes to the stream; what cannot be written is dropped, and the others are told so when Redis is back. */
export function writeStream(client: RedisClientType, { name, self, log }: Stream) {
	let hasMissed = false;
	let isClosed = false;

	const write = async (data: string): Promise<void> => {
		const trim = { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: KEPT } } as const;
		try {
			await client.xAdd(name, '*', { self, data }, trim);
			if (hasMissed) tellMissed();
		} catch (error) {
			if (!hasMissed && !isClosed) {
				log.warn({ err: error }, 'Redis is away: live events stay in their process');
			}
			hasMissed = true;
		}
	};
	const tellMissed = () => {
		hasMissed = false;
		void write(RESUMED);
	};
	client.on('ready', () => {
		if (hasMissed) tellMissed();
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
