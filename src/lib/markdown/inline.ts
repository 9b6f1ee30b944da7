import { readLinkAt, findUnfinishedLink } from './link.ts';

export type Inline =
	| string
	| { type: 'bold' | 'italic' | 'strike' | 'code'; children: Inline[] }
	| { type: 'link'; href: string; children: Inline[] };

interface Step {
	part: Inline;
	next: number;
}

interface Line {
	text: string;
	/** Whether the text is still streaming, so that formatting that is open at its end is applied. */
	isOpen: boolean;
	depth: number;
	/** Whether the text is the label of a link, which contains no other links. */
	isLabel: boolean;
	/** Markers without a closing one in the rest of the line, to parse hostile input in linear time. */
	unclosed: Set<string>;
}

const MAX_DEPTH = 4;
const ESCAPED = /[\\*_[\]()#+\-.!`>~|]/;
const WORD = /[\p{L}\p{N}]/u;

/** Parses bold, italic, strikethrough, code and links in one line. Everything else stays text. */
export function parseInline(text: string, isOpen = false, depth = 0, isLabel = false): Inline[] {
	const line: Line = { text, isOpen, depth, isLabel, unclosed: new Set() };
	const parts: Inline[] = [];
	let at = 0;
	while (at < text.length) {
		const { part, next } = readStepAt(line, at);
		const last = parts.length - 1;
		const previous = parts[last];
		if (typeof part === 'string' && typeof previous === 'string') parts[last] = previous + part;
		else if (part) parts.push(part);
		at = next;
	}
	return parts;
}

function readStepAt(line: Line, at: number): Step {
	const { text } = line;
	const char = text.charAt(at);
	const following = text.charAt(at + 1);
	if (char === '\\' && ESCAPED.test(following)) return { part: following, next: at + 2 };
	if (char === '`') return readCodeAt(line, at);
	// Images become links.
	const isImage = char === '!' && following === '[';
	const link = line.isLabel ? undefined : readLinkAt(text, isImage ? at + 1 : at);
	if (link) {
		const { href, label, isNamed, end } = link;
		const children = isNamed ? parseInline(label, false, line.depth + 1, true) : [label];
		const isPlain = href === undefined;
		return { part: isPlain ? label : { type: 'link', href, children }, next: end };
	}
	if (line.isOpen && char === '[') {
		const label = findUnfinishedLink(text.slice(at));
		if (label !== undefined) return { part: label, next: text.length };
	}
	if (char === '~' && following === char) return readMarkedTextAt(line, at, '~~');
	if (char === '*' || char === '_')
		return readMarkedTextAt(line, at, following === char ? char + char : char);
	return { part: char, next: at + 1 };
}

function readCodeAt({ text, isOpen, unclosed }: Line, at: number): Step {
	const [mark = ''] = /^`+/.exec(text.slice(at, at + 100)) ?? [];
	const from = at + mark.length;
	if (isOpen && from === text.length) return { part: '', next: from };
	const end = unclosed.has(mark) ? -1 : text.indexOf(mark, from);
	if (end < 0) unclosed.add(mark);
	if (end < 0 && !isOpen) return { part: mark, next: from };
	const code = text.slice(from, end < 0 ? undefined : end);
	const next = end < 0 ? text.length : end + mark.length;
	return { part: { type: 'code', children: [code.trim() || code] }, next };
}

function readMarkedTextAt(line: Line, at: number, mark: string): Step {
	const { text, isOpen, depth, isLabel, unclosed } = line;
	const from = at + mark.length;
	// Hides a marker at the end of a streaming text until its meaning is known.
	if (isOpen && from === text.length) return { part: '', next: from };
	const type = mark === '~~' ? 'strike' : mark.length === 2 ? 'bold' : 'italic';
	if (depth >= MAX_DEPTH || !canOpen(text, mark, at)) return { part: mark, next: from };
	const end = unclosed.has(mark) ? -1 : findClosingMark(text, mark, from);
	if (end > 0) {
		const children = parseInline(text.slice(from, end), false, depth + 1, isLabel);
		return { part: { type, children }, next: end + mark.length };
	}
	unclosed.add(mark);
	if (!isOpen) return { part: mark, next: from };
	const rest = text.slice(from).replace(/[*_~]+$/, '');
	return { part: { type, children: parseInline(rest, true, depth + 1) }, next: text.length };
}

// The markers in snake_case and 2*3 are text.
function canOpen(text: string, mark: string, at: number): boolean {
	const after = text.charAt(at + mark.length);
	const isInWord = WORD.test(text.charAt(at - 1));
	return /\S/.test(after) && (!isInWord || (mark === '**' && WORD.test(after)));
}

function findClosingMark(text: string, mark: string, from: number): number {
	let end = from;
	/** The first marker after a space, as in "**Price: **$5", which AIs often write. Used if no other marker closes the text. */
	let spaced = -1;
	while ((end = text.indexOf(mark, end + 1)) > 0) {
		const isRun = mark.length === 1 && [text.charAt(end - 1), text.charAt(end + 1)].includes(mark);
		const isInWord = mark.startsWith('_') && WORD.test(text.charAt(end + mark.length));
		if (isRun || isInWord) continue;
		if (/\s/.test(text.charAt(end - 1))) {
			if (spaced < 0 && mark === '**') spaced = end;
			continue;
		}
		// "***both***": the inner markers are italic.
		const isTriple = [text.charAt(from), text.charAt(end + 2)].every(
			(char) => mark === char + char,
		);
		return isTriple ? end + 1 : end;
	}
	return spaced;
}
