import { pipeline, type Duplex, type Readable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Exchange, Head } from './exchange.ts';
import { OutboundError, toOutboundError } from './outbound-error.ts';
import type { Watch } from './watch.ts';

export const ACCEPT_ENCODING = 'gzip, br, deflate';

// Flushed with every chunk, so that a compressed stream is decoded as it arrives.
const gunzip = () => createGunzip({ flush: constants.Z_SYNC_FLUSH });
const DECODERS = new Map<string, () => Duplex>([
	['gzip', gunzip],
	['x-gzip', gunzip],
	['deflate', () => createInflate({ flush: constants.Z_SYNC_FLUSH })],
	['br', () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })],
]);
const MAX_ENCODINGS = 2;

/** Yields the decoded body in chunks, within the limits. Throws `OutboundError`. */
export async function* readBody(
	exchange: Exchange,
	{ status, headers }: Head,
	watch: Watch,
	{ maxBytes, host }: { maxBytes: number; host: string },
): AsyncGenerator<Uint8Array, void, void> {
	const tooLarge = () =>
		new OutboundError('too_large', `the answer of ${host} has more than ${maxBytes} bytes`, {
			status,
		});
	try {
		const stream = decode(exchange.raw, headers.get('content-encoding') ?? '');
		if (stream === exchange.raw && Number(headers.get('content-length')) > maxBytes) {
			throw tooLarge();
		}
		let size = 0;
		for await (const chunk of stream) {
			watch.received();
			if (!(chunk instanceof Uint8Array)) continue;
			size += chunk.byteLength;
			if (size > maxBytes) throw tooLarge();
			yield chunk;
			watch.awaitMore();
		}
	} catch (error) {
		throw toOutboundError(error, host, true);
	} finally {
		watch.end();
		exchange.raw.destroy();
	}
}

/** Decodes a body, undoing its encodings in reverse order. */
function decode(raw: Readable, encodings: string): Readable {
	const names = encodings
		.toLowerCase()
		.split(',')
		.map((name) => name.trim())
		.filter((name) => name !== '' && name !== 'identity');
	if (names.length > MAX_ENCODINGS) throw new OutboundError('invalid', 'encoded too many times');
	let stream = raw;
	for (const name of names.reverse()) {
		const decoder = DECODERS.get(name);
		if (!decoder) throw new OutboundError('invalid', `the encoding "${name}" is not known`);
		// `pipeline` forwards errors to the last stream, whose reader gets them.
		stream = pipeline(stream, decoder(), () => {});
	}
	return stream;
}
