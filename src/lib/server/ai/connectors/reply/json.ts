import { isObject } from './side-fields.ts';

/** Finds the end of a bracketed value in streamed text. Brackets in JSON strings don't count. */
export class BracketScanner {
	#depth: number;
	#isInString = false;
	#isEscaped = false;

	/** `depth` counts the brackets that are already open. */
	constructor(depth = 0) {
		this.#depth = depth;
	}

	/** Returns the position after the bracket that closes the first one; -1 if it hasn't arrived. */
	push(text: string): number {
		for (let at = 0; at < text.length; at++) {
			if (this.#isDoneAt(text.charAt(at))) return at + 1;
		}
		return -1;
	}

	#isDoneAt(char: string): boolean {
		if (this.#isInString) {
			if (this.#isEscaped) this.#isEscaped = false;
			else if (char === '\\') this.#isEscaped = true;
			else if (char === '"') this.#isInString = false;
			return false;
		}
		if (char === '"') this.#isInString = true;
		else if (char === '{' || char === '[') this.#depth++;
		else if (char === '}' || char === ']') return --this.#depth <= 0;
		return false;
	}
}

/** Parses a text that is JSON, possibly in a fence; `undefined` if it isn't. Accepts the mistakes that models often make. */
export function parseJson(text: string): unknown {
	const isFenced = text.startsWith('```');
	if (!isFenced && !/^["[{]|^null$/.test(text)) return undefined;
	const json = isFenced ? contentOfFence(text) : text;
	const parsed = tryParse(json);
	return parsed === undefined && /^\s*[[{]/.test(json) ? tryParse(repair(json)) : parsed;
}

function tryParse(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		return undefined;
	}
}

function contentOfFence(text: string): string {
	const start = text.indexOf('\n') + 1;
	const end = text.indexOf('```', start);
	if (start === 0) return text.slice(3).replace(/^json|```$/g, '');
	return text.slice(start, end < 0 ? undefined : end);
}

const CLOSING = /\s*[}\]]/y;

/** Escapes line breaks in strings, and removes commas before a closing bracket. */
function repair(json: string): string {
	let repaired = '';
	let isInString = false;
	for (let at = 0; at < json.length; at++) {
		let char = json.charAt(at);
		if (isInString && char === '\\') char += json.charAt(++at);
		else if (char === '"') isInString = !isInString;
		else if (isInString && char < ' ') char = JSON.stringify(char).slice(1, -1);
		else if (!isInString && char === ',') {
			CLOSING.lastIndex = at + 1;
			if (CLOSING.test(json)) char = '';
		}
		repaired += char;
	}
	return repaired;
}

/** Where JSON begins within a text: in a fence, or at the start of a line. */
const FENCED = /```(?:json)?[ \t]*\n\s*(?=\{)/i;
const BARE = /(?:^|\n)[ \t]*(?=\{\s*")/;

/** Finds an object in the workflow's own format that a model wrote into its text. Returns it with the text around it. */
export function findJsonIn(
	text: string,
): { json: Record<string, unknown>; around: string } | undefined {
	for (const pattern of [FENCED, BARE]) {
		const match = pattern.exec(text);
		if (!match) continue;
		const start = match.index + match[0].length;
		const length = new BracketScanner().push(text.slice(start));
		const json = length < 0 ? undefined : parseJson(text.slice(start, start + length));
		if (!isObject(json)) continue;
		const after = text.slice(start + length);
		const rest = pattern === FENCED ? after.replace(/^\s*```/, '') : after;
		return { json, around: `${text.slice(0, match.index)}\n\n${rest}`.trim() };
	}
	return undefined;
}
