import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotli = promisify(brotliCompress);
const ENCODERS = {
	br: (text: string, quality: number) =>
		brotli(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
	gzip: promisify(gzip) as (text: string) => Promise<Buffer>,
};

export interface Encoded {
	body: Uint8Array<ArrayBuffer> | string;
	headers: Record<string, string>;
}

/** Returns the best supported encoding that an Accept-Encoding header names. */
const chooseEncoding = (accepted: string | null) =>
	(['br', 'gzip'] as const).find((encoding) => accepted?.includes(encoding));

/** Compresses text with the best encoding that the browser accepts. */
export async function encode(
	text: string,
	accepted: string | null,
	quality: number,
): Promise<Encoded> {
	const encoding = chooseEncoding(accepted);
	const headers: Record<string, string> = { Vary: 'Accept-Encoding' };
	if (!encoding) return { body: text, headers };
	const body = new Uint8Array(await ENCODERS[encoding](text, quality));
	return { body, headers: { ...headers, 'Content-Encoding': encoding } };
}

const cache = new Map<string, Promise<Encoded>>();

/** Does the same for a file that never changes, once per process and with the best compression. */
export function encodeOnce(name: string, text: string, accepted: string | null): Promise<Encoded> {
	const key = `${chooseEncoding(accepted)} ${name}`;
	const encoded = cache.get(key) ?? encode(text, accepted, constants.BROTLI_MAX_QUALITY);
	cache.set(key, encoded);
	return encoded;
}
