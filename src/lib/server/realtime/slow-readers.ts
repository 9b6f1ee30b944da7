import { z } from 'zod';
import type { Log } from '../core/log.ts';

/** What may wait for one client, in Socket.IO and in its websocket. Beyond it the client is cut off and catches up by id. */
const MAX_FRAMES = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** What is read of an engine's client: parsed, because Socket.IO keeps these parts to itself. */
const waiting = z.object({
	writeBuffer: z.array(z.object({ data: z.unknown() })),
	transport: z.object({ socket: z.object({ bufferedAmount: z.number() }).optional() }),
});

/** Cuts off clients that do not read, so that what waits for them stays bounded. */
export function closeSlowReaders(clients: Iterable<SlowClient>, log: Log): void {
	for (const client of clients) {
		const { data } = waiting.safeParse(client);
		const frames = data?.writeBuffer.length ?? 0;
		const bytes = data ? bytesOf(data) : 0;
		if (frames <= MAX_FRAMES && bytes <= MAX_BYTES) continue;
		log.warn({ frames, bytes }, 'a slow reader was cut off');
		client.close(true);
	}
}

function bytesOf({ writeBuffer, transport }: z.infer<typeof waiting>): number {
	let bytes = transport.socket?.bufferedAmount ?? 0;
	// Frames are text here, with a byte for nearly each of its letters.
	for (const { data } of writeBuffer) if (typeof data === 'string') bytes += data.length;
	return bytes;
}

export interface SlowClient {
	close(discard?: boolean): void;
}
