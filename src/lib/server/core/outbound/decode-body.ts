import { pipeline, Readable, type Duplex } from 'node:stream';
import {
	constants,
	createBrotliDecompress,
	createGunzip,
	createInflate,
	createInflateRaw,
} from 'node:zlib';
import { OutboundError } from './outbound-error.ts';

export const ACCEPT_ENCODING = 'gzip, br, deflate';

/** Real but unsupported encodings. Other unknown names, such as "utf-8" or "none", are server mistakes and ignored. */
const UNSUPPORTED = new Set(['zstd', 'compress', 'x-compress', 'exi', 'dcb', 'dcz']);
const MAX_ENCODINGS = 2;
/** The number of bytes at the start of a body that identify its compression. */
const HEADER_LENGTH = 2;
// Flushed with every chunk, so that a compressed stream is decoded as it arrives.
const ZLIB = { flush: constants.Z_SYNC_FLUSH };
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH };

/** Decodes a body, undoing its encodings in reverse order. Throws `OutboundError` for an unsupported encoding. */
export function decodeBody(raw: Readable, encodings: string): Readable {
	const names = encodings
		.toLowerCase()
		.split(',')
		.map((name) => name.trim());
	const unsupported = names.find((name) => UNSUPPORTED.has(name));
	if (unsupported) {
		throw new OutboundError('invalid', `the encoding "${unsupported}" is not supported`);
	}
	const supported = names.filter((name) => /^(?:(?:x-)?gzip|deflate|br)$/.test(name));
	if (supported.length > MAX_ENCODINGS)
		throw new OutboundError('invalid', 'encoded too many times');
	return supported.reduceRight((stream, name) => Readable.from(decodeOne(stream, name)), raw);
}

async function* decodeOne(source: Readable, name: string): AsyncGenerator<Uint8Array, void, void> {
	const chunks = source[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>;
	try {
		let start: Uint8Array = new Uint8Array();
		while (start.length < HEADER_LENGTH) {
			const next = await chunks.next();
			if (next.done) break;
			start = Buffer.concat([start, next.value]);
		}
		const decoder = start.length === 0 ? undefined : createDecoder(name, start);
		const rest = concatenate(start, chunks);
		// `pipeline` forwards errors to the decoder, whose reader gets them.
		yield* decoder ? pipeline(Readable.from(rest), decoder, () => {}) : rest;
	} finally {
		await chunks.return?.();
	}
}

async function* concatenate(start: Uint8Array, rest: AsyncIterable<Uint8Array>) {
	if (start.length > 0) yield start;
	yield* rest;
}

/** Returns the decoder for a body that begins with these bytes; `undefined` if it isn't compressed after all. */
function createDecoder(name: string, [first = 0, second = 0]: Uint8Array): Duplex | undefined {
	if (name === 'br') return createBrotliDecompress(BROTLI);
	if (name !== 'deflate') {
		// Proxies that decompress a body may leave its Content-Encoding header in place.
		return first === 0x1f && second === 0x8b ? createGunzip(ZLIB) : undefined;
	}
	// Some servers send raw deflate data, without the zlib header.
	const isZlib = (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
	return isZlib ? createInflate(ZLIB) : createInflateRaw(ZLIB);
}
