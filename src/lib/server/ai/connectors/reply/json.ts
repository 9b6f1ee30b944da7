import { tryParseJson } from '#lib/server/core/parse.ts';
import { isObject } from './side-fields.ts';

/** Finds the end of a bracketed passage in streamed text. Brackets in JSON strings don't count. */
export class BracketScanner {
	readonly #content: 'json' | 'prose';
	#depth: number;
	#isInString = false;
	#isEscaped = false;

	/** `depth` counts the brackets that are already open. In prose, a quotation mark may have no pair. */
	constructor(depth = 0, content: 'json' | 'prose' = 'json') {
		this.#depth = depth;
		this.#content = content;
	}

	/** Returns the position after the bracket that closes the first one; -1 if it hasn't arrived. */
	push(text: string): number {
		for (let at = 0; at < text.length; at++) {
			if (this.#readChar(text.charAt(at))) return at + 1;
		}
		return -1;
	}

	/** Reads the next character and returns whether it closes the first bracket. */
	#readChar(char: string): boolean {
		if (this.#isInString) {
			if (this.#isEscaped) this.#isEscaped = false;
			else if (char === '\\') this.#isEscaped = true;
			else if (char === '"') this.#isInString = false;
			return false;
		}
		if (char === '"' && this.#content === 'json') this.#isInString = true;
		else if (char === '{' || char === '[') this.#depth++;
		else if (char === '}' || char === ']') return --this.#depth <= 0;
		return false;
	}
}

/** Parses a text that is JSON, possibly in a fence; `undefined` if it isn't. Accepts the mistakes that models often make. */
export function parseJson(text: string): unknown {
	const isFenced = text.startsWith('```');
	if (!isFenced && !/^["[{]|^null$/.test(text)) return undefined;
	const json = isFenced ? readFence(text) : text;
	const parsed = tryParseJson(json);
	return parsed === undefined && isBracketed(json) ? tryParseJson(repairJson(json)) : parsed;
}

const isBracketed = (json: string): boolean =>
	/^\s*[[{]/.test(json) && /[}\]]$/.test(json.trimEnd());

function readFence(text: string): string {
	const start = text.indexOf('\n') + 1;
	const end = text.indexOf('```', start);
	if (start === 0) return text.slice(3).replace(/^json|```$/g, '');
	return text.slice(start, end < 0 ? undefined : end);
}

const CLOSING = /\s*[}\]]/y;
/** Matches what may follow the end of a string. A quotation mark before anything else is part of the string. */
const AFTER_STRING = /\s*(?:[,:}\]]|$)/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]{0,1000}?\*\//y;
const WORD = /-?[A-Za-z_$][\w$]*/y;
const COLON = /\s*:/y;
const QUOTES = new Map([
	['"', '"'],
	["'", "'"],
	['“', '”'],
]);
/** Literals of Python and JavaScript. */
const LITERALS = new Map([
	...['None', 'undefined', 'NaN', 'Infinity', '-Infinity'].map((word) => [word, 'null'] as const),
	['True', 'true'],
	['False', 'false'],
]);

/**
 * Corrects the mistakes that models make in JSON: line breaks and quotation marks within strings, single and curly quotes, keys
 * without quotes, literals of Python and JavaScript, comments, and commas before a closing bracket.
 */
function repairJson(json: string): string {
	let repaired = '';
	for (let at = 0; at < json.length;) {
		const char = json.charAt(at);
		const quote = QUOTES.get(char);
		const [comment] = char === '/' ? (matchAt(COMMENT, json, at) ?? []) : [];
		const [word] = /[-\w$]/.test(char) ? (matchAt(WORD, json, at) ?? []) : [];
		if (quote !== undefined) {
			const { text, end } = readString(json, at + 1, quote);
			repaired += JSON.stringify(text);
			at = end;
		} else if (comment !== undefined) at += comment.length;
		else if (word !== undefined) {
			at += word.length;
			const isKey = matchAt(COLON, json, at) !== null;
			repaired += isKey ? JSON.stringify(word) : (LITERALS.get(word) ?? word);
		} else {
			at++;
			repaired += char === ',' && matchAt(CLOSING, json, at) ? '' : char;
		}
	}
	return repaired;
}

const ESCAPES = new Map(Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }));

/** Reads a string up to the quotation mark that ends it. */
function readString(json: string, start: number, quote: string): { text: string; end: number } {
	let text = '';
	let at = start;
	for (; at < json.length; at++) {
		const char = json.charAt(at);
		if (char === quote && matchAt(AFTER_STRING, json, at + 1)) break;
		const escaped = char === '\\' ? json.charAt(++at) : undefined;
		const [code] = escaped === 'u' ? (matchAt(/[\da-f]{4}/iy, json, at + 1) ?? []) : [];
		if (code !== undefined) {
			text += String.fromCharCode(Number.parseInt(code, 16));
			at += code.length;
		} else if (escaped === undefined) text += char;
		else text += ESCAPES.get(escaped) ?? (/\w/.test(escaped) ? `\\${escaped}` : escaped);
	}
	return { text, end: at + 1 };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
	pattern.lastIndex = at;
	return pattern.exec(text);
}

/**
 * Returns the values of JSON lines, or of JSON values that follow each other without a separator; `undefined` for other texts.
 */
export function parseJsonValues(text: string): Record<string, unknown>[] | undefined {
	const values: Record<string, unknown>[] = [];
	for (let rest = text.trim(); rest !== '' && rest !== '[DONE]';) {
		const length = rest.startsWith('{') ? new BracketScanner().push(rest) : -1;
		const value = length < 0 ? undefined : tryParseJson(rest.slice(0, length));
		if (!isObject(value)) return undefined;
		values.push(value);
		rest = rest.slice(length).trimStart();
	}
	return values.length > 1 ? values : undefined;
}

/** Matches the start of JSON in a fence, possibly in a tag: `<lead>`. */
const FENCED = /(?:<([a-z][\w-]{1,30})>\s{0,4})?```(?:json5?)?[ \t]*\n\s*(?=\{)/i;
const FENCE_END = /^\s*```(?:\s{0,4}<\/[\w-]{2,31}>)?/;
/** Matches the start of JSON at the start of a line. n8n keeps the `=` that is typed in an expression field. */
const BARE = /(?:^=?|\n)[ \t]*(?=\{\s*["'])/;
/** Matches a marker before JSON that a workflow asks its model for: `<lead>`, `[LEAD]`, `LEAD_DATA:`, `### LEAD ###`, a rule or a fence. */
const MARKED =
	/(?:^|\n)[ \t]*(?:<([a-z][\w-]{1,30})>|\[([A-Z][A-Z_ -]{2,30})\]:?|\**([A-Z][A-Z_]{3,30})\**(?::\**|(?=\s))|#{2,4} ?([\w ]{3,30}?) ?#{0,4}:?|-{3,}|```(\w{0,20}))\s{0,4}(?=\{\s*["'])/;
/** Matches the end of marked JSON. */
const END_MARKER =
	/^\s{0,4}(?:```|<\/[\w-]{2,31}>|\[\/[A-Z_ -]{3,31}\]|#{2,4} ?\/?[\w ]{3,30}?#{2,4}|-{3,})/;
/** Matches the start of JSON within a line, as in `Output: {"reply":"…"}`. */
const INLINE = /[:!.?]\s{1,4}(?=\{\s*["'])/;

/**
 * Returns a JSON object that a model wrote into its text, with the text around it and the name of the marker before it;
 * `undefined` if there is none.
 */
export function findJsonIn(
	text: string,
): { json: Record<string, unknown>; around: string; marker?: string } | undefined {
	for (const pattern of [FENCED, MARKED, BARE, INLINE]) {
		const match = pattern.exec(text);
		if (!match) continue;
		const start = match.index + match[0].length;
		const length = new BracketScanner().push(text.slice(start));
		const json = length < 0 ? undefined : parseJson(text.slice(start, start + length));
		if (!isObject(json)) continue;
		const after = text.slice(start + length);
		const end = pattern === FENCED ? FENCE_END : pattern === MARKED ? END_MARKER : undefined;
		const rest = end ? after.replace(end, '') : after;
		const marker = match.slice(1).find((name) => name !== undefined);
		return { json, around: `${text.slice(0, match.index)}\n\n${rest}`.trim(), marker };
	}
	return undefined;
}
