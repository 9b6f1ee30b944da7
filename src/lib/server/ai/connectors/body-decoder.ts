const UTF8 = /^utf-?8$/i;
/** Charsets that servers often declare while sending UTF-8. */
const OFTEN_WRONG_CHARSETS = /^(?:us-ascii|ascii|iso-8859-1|iso_8859-1|latin-?1|windows-1252)$/i;
const UTF16_BOM_LENGTH = 2;

/**
 * Decodes a body as UTF-16 if it starts with a byte order mark, otherwise in its declared charset, or as UTF-8 if the charset
 * is missing or unknown. A body declared with one of `OFTEN_WRONG_CHARSETS` is decoded as UTF-8 as long as it is valid UTF-8.
 * Text that should be UTF-8 but isn't is decoded as Windows-1252, which older servers send without declaring it.
 */
export class BodyDecoder {
	readonly #label: string | undefined;
	#decoder: TextDecoder | undefined;
	/** Bytes received before the decoder was chosen, or the start of an incomplete character. */
	#pending: Uint8Array = new Uint8Array();
	#triesUtf8: boolean;
	readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
	/** Whether non-ASCII characters in UTF-8 have arrived. */
	#hasUtf8 = false;

	constructor(contentType: string) {
		this.#label = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1];
		this.#triesUtf8 =
			this.#label === undefined || UTF8.test(this.#label) || OFTEN_WRONG_CHARSETS.test(this.#label);
	}

	push(bytes: Uint8Array): string {
		const all = Buffer.concat([this.#pending, bytes]);
		this.#pending = new Uint8Array();
		if (this.#decoder) return this.#decode(all);
		if (all.length < UTF16_BOM_LENGTH) {
			this.#pending = all;
			return '';
		}
		this.#decoder = this.#createDecoder(all);
		return this.#decode(all);
	}

	end(): string {
		this.#decoder ??= this.#createDecoder(this.#pending);
		const rest = this.#pending.length > 0 ? this.#decodeInvalid(this.#pending) : '';
		return rest + (this.#decoder?.decode() ?? '');
	}

	#decode(bytes: Uint8Array): string {
		if (!this.#triesUtf8) return this.#decoder?.decode(bytes, { stream: true }) ?? '';
		const length = bytes.length - countIncompleteBytes(bytes);
		try {
			const text = this.#utf8.decode(bytes.subarray(0, length), { stream: true });
			this.#pending = bytes.subarray(length);
			this.#hasUtf8 ||= text.length < length;
			return text;
		} catch {
			return this.#decodeInvalid(bytes);
		}
	}

	/** Decodes bytes that aren't UTF-8. From here on, the body is decoded as declared, or as Windows-1252. */
	#decodeInvalid(bytes: Uint8Array): string {
		const isExpectedUtf8 = this.#triesUtf8 && this.#decoder?.encoding === 'utf-8';
		if (isExpectedUtf8 && !this.#hasUtf8 && isLikelyLatin1(bytes)) {
			this.#decoder = new TextDecoder('windows-1252');
		}
		this.#triesUtf8 = false;
		return this.#decoder?.decode(bytes, { stream: true }) ?? '';
	}

	#createDecoder([first, second]: Uint8Array): TextDecoder {
		const isLittleEndian = first === 0xff && second === 0xfe;
		const isBigEndian = first === 0xfe && second === 0xff;
		const bomEncoding = isLittleEndian ? 'utf-16le' : isBigEndian ? 'utf-16be' : undefined;
		if (bomEncoding) this.#triesUtf8 = false;
		try {
			return new TextDecoder(bomEncoding ?? this.#label);
		} catch {
			return new TextDecoder();
		}
	}
}

/** Returns how many bytes at the end begin a UTF-8 character whose rest hasn't arrived. */
function countIncompleteBytes(bytes: Uint8Array): number {
	for (let back = 1; back <= Math.min(3, bytes.length); back++) {
		const byte = bytes[bytes.length - back] ?? 0;
		if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
		if (byte < 0x80) return 0;
	}
	return 0;
}

/** Matches Cyrillic, Chinese and other non-Latin words of legacy charsets read as Latin-1. Western words rarely have this many adjacent accented letters. */
const OTHER_SCRIPT = /[\xc0-\xff]{3}|[\xa1-\xff]{6}/;

/** Returns whether bytes that aren't UTF-8 are probably Windows-1252 text, rather than damaged or truncated UTF-8, another charset, or binary data. */
const isLikelyLatin1 = (bytes: Uint8Array): boolean =>
	!/[\u0080-\ufffc\u{10000}-\u{10ffff}]/u.test(new TextDecoder().decode(bytes)) &&
	!(bytes.length > 1 && countIncompleteBytes(bytes) === bytes.length) &&
	!OTHER_SCRIPT.test(Buffer.from(bytes).toString('latin1')) &&
	bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
