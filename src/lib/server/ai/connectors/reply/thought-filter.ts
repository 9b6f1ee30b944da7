import { matchCodeSpan, matchFence, isFenceEnd, canEndFence } from './code.ts';
import { ANSWER_LABEL, CALL_LABEL, canBeLabel, LABELED_THOUGHTS } from './thought-labels.ts';
import {
	ANY_END,
	CANDIDATE,
	END_OF_TEXT,
	FENCED_THOUGHT,
	findUnquoted,
	isMentioned,
	TEMPLATE_TOKENS,
	matchAt,
	MAX_MARKER_LENGTH,
	canBeIncomplete,
	OPENERS,
	createPassage,
	STRAY_END,
	listUnquoted,
	type Passage,
} from './thought-patterns.ts';
import {
	BARE_CALL_SOURCE,
	createBareCallPassage,
	findBareStart,
	matchBareCall,
	TOOL_CALL_OPENERS,
} from './tool-calls.ts';

/** Receives a model's text without its reasoning. */
interface Sink {
	write(text: string): void;
	/** Discards everything written so far: a closing tag has revealed that it was reasoning. */
	retract(): void;
}

/** The number of characters after a tag that are needed to tell whether the text only mentions the tag. */
const MENTION_LENGTH = 16;
const SPECIAL = new RegExp(`[<&[◁\`\\n]|${BARE_CALL_SOURCE}`, 'g');
const SPACE = /\s+/y;
const ALL_OPENERS = [...TOOL_CALL_OPENERS, ...OPENERS];

/**
 * Removes a model's reasoning, tool calls and template tokens from its text as it arrives. Keeps tags in code and tags that
 * the text only mentions ("the <think> tag"). The result doesn't depend on how the text is chunked.
 */
export class ThoughtFilter {
	readonly #sink: Sink;
	#rest = '';
	/** Output of the current chunk, written at once for speed. */
	#out = '';
	/** The end of the current line, to recognize mentions and fences. */
	#line = '';
	#isStart = true;
	/** Whether visible text was written. */
	#hasText = false;
	#fence: string | undefined;
	#hidden: Passage | undefined;
	/** The text after another model family's closing tag within reasoning. */
	#textAfterOtherTag: string | undefined;
	/** The hidden text so far, if it may contain a reply. */
	#heldText = '';

	constructor(sink: Sink) {
		this.#sink = sink;
	}

	push(chunk: string): void {
		this.#rest += chunk;
		this.#run(false);
	}

	end(): void {
		this.#run(true);
		if (!this.#hidden?.isThought) return;
		const after = this.#textAfterOtherTag ?? this.#hidden.findReply?.(this.#heldText);
		if (after === undefined) return;
		this.#hidden = undefined;
		this.#textAfterOtherTag = undefined;
		this.#rest = after;
		this.#run(true);
	}

	#run(isEnd: boolean): void {
		while (this.#rest !== '') {
			const isWaiting = this.#hidden
				? !this.#skip(this.#hidden, isEnd)
				: this.#fence !== undefined
					? !this.#copyFence(this.#fence, isEnd)
					: !this.#read(isEnd);
			if (isWaiting) break;
		}
		if (this.#out === '') return;
		const out = this.#out;
		this.#out = '';
		this.#sink.write(out);
	}

	/** Drops hidden text; returns false if more text is needed. */
	#skip(hidden: Passage, isEnd: boolean): boolean {
		const rest = this.#rest;
		if (hidden.brackets) {
			const length = hidden.brackets.push(rest);
			this.#drop(length < 0 ? rest.length : length);
			if (length >= 0) this.#hidden = undefined;
			return length >= 0;
		}
		const end = hidden.end && findUnquoted(hidden.end, rest, isEnd);
		if (end) {
			this.#drop(end.index + end[0].length);
			this.#hidden = undefined;
			this.#textAfterOtherTag = undefined;
			return true;
		}
		// A marker may be split between two chunks.
		const dropped = isEnd ? rest : rest.slice(0, -MAX_MARKER_LENGTH);
		const other = hidden.isThought ? [...listUnquoted(ANY_END, dropped, true)].at(-1) : undefined;
		if (other) this.#textAfterOtherTag = dropped.slice(other.index + other[0].length);
		else if (this.#textAfterOtherTag !== undefined) this.#textAfterOtherTag += dropped;
		if (hidden.findReply) this.#heldText += dropped;
		this.#drop(dropped.length);
		return isEnd;
	}

	#copyFence(fence: string, isEnd: boolean): boolean {
		const end = this.#rest.indexOf('\n');
		const line = end < 0 ? this.#rest : this.#rest.slice(0, end + 1);
		if (this.#line === '') {
			if (end < 0 && !isEnd && canEndFence(line)) return false;
			if (isFenceEnd(line, fence)) this.#fence = undefined;
		}
		this.#write(line);
		return true;
	}

	/** Reads the next part of the text; returns false if more text is needed. */
	#read(isEnd: boolean): boolean {
		const callLength = /\w$/.test(this.#line) ? 0 : matchBareCall(this.#rest, isEnd);
		if (callLength === undefined) return false;
		if (callLength > 0) {
			this.#hide(callLength, createBareCallPassage());
			// A label may follow.
			this.#isStart = true;
			return true;
		}
		if (this.#isStart) {
			const hasRead = this.#readStart(isEnd);
			if (hasRead !== undefined) return hasRead;
		}
		const first = this.#rest.charAt(0);
		if (first === '`') return this.#readCode(isEnd);
		if (/[<&[◁]/.test(first)) return this.#readMarker(isEnd);
		this.#writeText();
		return true;
	}

	/** Writes the first character, which starts no marker, and the plain text after it. */
	#writeText(): void {
		SPECIAL.lastIndex = 1;
		const end = SPECIAL.exec(this.#rest)?.index ?? Math.max(1, findBareStart(this.#rest));
		this.#write(this.#rest.slice(0, end));
	}

	/** Reads whitespace or a label at the beginning of the text. Returns `undefined` if there is neither, false if more text is needed. */
	#readStart(isEnd: boolean): boolean | undefined {
		const space = matchAt(SPACE, this.#rest);
		if (space) {
			this.#write(space[0]);
			return true;
		}
		if (!isEnd && canBeLabel(this.#rest)) return false;
		for (const [start, end, findReply] of LABELED_THOUGHTS) {
			const match = matchAt(start, this.#rest);
			if (!match) continue;
			this.#hide(match[0].length, { ...createPassage(end), findReply });
			// Another call may follow.
			this.#isStart = start === CALL_LABEL;
			return true;
		}
		const answer = matchAt(ANSWER_LABEL, this.#rest);
		if (answer) this.#drop(answer[0].length);
		this.#isStart = false;
		return answer ? true : undefined;
	}

	#readCode(isEnd: boolean): boolean {
		const fence = this.#line.trim() === '' ? matchFence(this.#rest, isEnd) : null;
		if (fence === undefined) return false;
		if (fence) {
			if (FENCED_THOUGHT.test(fence.info)) {
				this.#hide(
					fence.length,
					createPassage(new RegExp(`\\n[ \\t]{0,3}${fence.mark}(?=[ \\t]*\\n)`, 'g')),
				);
			} else {
				this.#fence = fence.mark;
				this.#write(this.#rest.slice(0, fence.length));
			}
			return true;
		}
		const span = matchCodeSpan(this.#rest, isEnd);
		if (span === undefined) return false;
		this.#write(this.#rest.slice(0, span));
		return true;
	}

	#readMarker(isEnd: boolean): boolean {
		if (!isEnd && canBeIncomplete(this.#rest)) return false;
		if (!matchAt(CANDIDATE, this.#rest)) {
			this.#writeText();
			return true;
		}
		for (const [opener, toPassage] of ALL_OPENERS) {
			const match = matchAt(opener, this.#rest);
			if (!match || match[0].endsWith('/>')) continue;
			const isMention = this.#isMention(match[0].length, isEnd);
			if (isMention === undefined) return false;
			if (isMention) break;
			const hidden = toPassage(match);
			this.#hide(
				match[0].length,
				hidden.isTurn && this.#hasText ? createPassage(null, false) : hidden,
			);
			return true;
		}
		if (this.#hasText && matchAt(END_OF_TEXT, this.#rest)) {
			this.#hide(0, createPassage(null, false));
			return true;
		}
		const stray = matchAt(STRAY_END, this.#rest);
		if (stray) {
			const isMention = this.#isMention(stray[0].length, isEnd);
			if (isMention === undefined) return false;
			if (!isMention) {
				this.#drop(stray[0].length);
				this.#line = '';
				this.#isStart = true;
				this.#hasText = false;
				this.#out = '';
				this.#sink.retract();
				return true;
			}
			this.#write(stray[0]);
			return true;
		}
		const mark = matchAt(TEMPLATE_TOKENS, this.#rest);
		if (mark) this.#drop(mark[0].length);
		else this.#writeText();
		return true;
	}

	/** Returns whether the text only mentions a tag, as in "the <think> tag"; `undefined` if more text is needed. */
	#isMention(length: number, isEnd: boolean): boolean | undefined {
		if (!/["'“‘«(]$|\S ?$/.test(this.#line)) return false;
		const after = this.#rest.slice(length, length + MENTION_LENGTH);
		if (!isEnd && after.length < MENTION_LENGTH && !after.includes('\n')) return undefined;
		return isMentioned(this.#line, after);
	}

	#hide(length: number, hidden: Passage): void {
		this.#drop(length);
		this.#hidden = hidden;
		this.#isStart = false;
	}

	#drop(length: number): void {
		this.#rest = this.#rest.slice(length);
	}

	#write(text: string): void {
		this.#rest = this.#rest.slice(text.length);
		const end = text.lastIndexOf('\n');
		this.#line = (end < 0 ? this.#line + text : text.slice(end + 1)).slice(-80);
		this.#out += text;
		this.#hasText ||= text.trim() !== '';
	}
}

/** Returns a whole text without its reasoning. */
export function stripThoughts(text: string): string {
	let chunks: string[] = [];
	const filter = new ThoughtFilter({
		write: (chunk) => chunks.push(chunk),
		retract: () => {
			chunks = [];
		},
	});
	filter.push(text);
	filter.end();
	return chunks.join('');
}
