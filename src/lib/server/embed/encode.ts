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

/** The first encoding of ours that an Accept-Encoding header names. */
const chosen = (accepted: string | null) =>
	(['br', 'gzip'] as const).find((encoding) => accepted?.includes(encoding));

/** Text in the best encoding that the browser takes. */
export async function encode(
	text: string,
	accepted: string | null,
	quality: number,
): Promise<Encoded> {
	const encoding = chosen(accepted);
	const headers: Record<string, string> = { Vary: 'Accept-Encoding' };
	if (!encoding) return { body: text, headers };
	const body = new Uint8Array(await ENCODERS[encoding](text, quality));
	return { body, headers: { ...headers, 'Content-Encoding': encoding } };
}

const kept = new Map<string, Promise<Encoded>>();

/** The same for a file that never changes: compressed once for the life of the process, as well as can be. */
export function encodeOnce(name: string, text: string, accepted: string | null): Promise<Encoded> {
	const key = `${chosen(accepted)} ${name}`;
	const encoded = kept.get(key) ?? encode(text, accepted, constants.BROTLI_MAX_QUALITY);
	kept.set(key, encoded);
	return encoded;
}
