import type { IncomingMessage } from 'node:http';
import { resolveClientAddress, toNetwork } from '../client-address.ts';
import type { Config } from '../config.ts';
import { getMaxBodySize, type RequestRefusal } from './request-limits.ts';

/** Bodies up to this size, in bytes, are always admitted, because the connection limit bounds their memory. */
export const SMALL_BODY_BYTES = 16 * 1024;
/** The maximum memory for larger bodies that are still arriving, per network and in total. */
export const MAX_NETWORK_BYTES = 32 * 1024 * 1024;
export const MAX_TOTAL_BYTES = 128 * 1024 * 1024;

/** Reserves memory for a request's body until it has arrived. Returns a refusal if there isn't enough. */
export type BodyBudget = (request: IncomingMessage) => RequestRefusal | undefined;

/**
 * Creates the memory budget for arriving bodies. Bodies are buffered before their sender is authenticated, so without a
 * budget, many concurrent slow ones could exhaust the memory.
 */
export function createBodyBudget(config: Pick<Config, 'isRateLimited' | 'trustProxy'>): BodyBudget {
	const bytesByNetwork = new Map<string, number>();
	let total = 0;
	const add = (network: string, bytes: number) => {
		total += bytes;
		const used = (bytesByNetwork.get(network) ?? 0) + bytes;
		if (used > 0) bytesByNetwork.set(network, used);
		else bytesByNetwork.delete(network);
	};
	return (request) => {
		const bytes = getReservedBytes(request);
		if (bytes <= SMALL_BODY_BYTES) return undefined;
		const network = getNetwork(config, request);
		if (config.isRateLimited && (bytesByNetwork.get(network) ?? 0) + bytes > MAX_NETWORK_BYTES) {
			return { code: 'rate_limited', detail: 'too many large requests at once; try again later' };
		}
		if (total + bytes > MAX_TOTAL_BYTES) {
			return { code: 'unavailable', detail: 'too many large requests at once; try again later' };
		}
		add(network, bytes);
		let isArriving = true;
		const release = () => {
			if (isArriving) add(network, -bytes);
			isArriving = false;
		};
		request.once('end', release).once('close', release);
		return undefined;
	};
}

/** Returns the declared size of a body, or the maximum for its path if it is chunked. */
const getReservedBytes = ({ url = '', headers }: IncomingMessage) =>
	headers['transfer-encoding'] === undefined
		? Number(headers['content-length'] ?? 0)
		: getMaxBodySize(url);

function getNetwork(
	config: Pick<Config, 'trustProxy'>,
	{ headers, socket }: IncomingMessage,
): string {
	const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',');
	return toNetwork(resolveClientAddress(config, socket.remoteAddress, forwarded));
}

/** The maximum number of bytes read from an unwanted body before its connection is closed. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;
const MAX_DRAIN_MS = 10_000;

/**
 * Reads and discards the rest of a request's body, then resolves. Closing a connection while its client is still sending
 * resets it, and the client may lose a response that it has already received. Larger or slower bodies are cut off.
 */
export function drainBody(request: IncomingMessage): Promise<void> {
	if (request.complete || request.destroyed) return Promise.resolve();
	return new Promise((resolve) => {
		let bytes = 0;
		const closeConnection = () => request.socket.destroy();
		const timer = setTimeout(closeConnection, MAX_DRAIN_MS);
		// An earlier reader's listeners would pause the stream again.
		request.removeAllListeners('data').removeAllListeners('readable');
		request.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > MAX_DRAINED_BYTES) closeConnection();
		});
		request.on('error', () => undefined);
		for (const event of ['end', 'close'] as const) {
			request.once(event, () => {
				clearTimeout(timer);
				resolve();
			});
		}
		request.resume();
	});
}
