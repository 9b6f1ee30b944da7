import { codeSpanAt, fenceAt, isFenceEnd, mayEndFence } from './code.ts';
import {
	ANY_END,
	CANDIDATE,
	FENCED_THOUGHT,
	FINAL_ANSWER,
	firstUnquoted,
	isMentioned,
	LEADS,
	LEAD_WORDS,
	MARKS,
	matchAt,
	MAX_MARK,
	mayBeCut,
	OPENERS,
	passage,
	STRAY_END,
	unquoted,
	type Passage,
} from './thought-marks.ts';

/** Receives a model's text without its thoughts. */
export interface Sink {
	say(text: string): void;
	/** Everything said so far was a thought: only its closing tag has told. */
	retract(): void;
}

/** Enough after a tag to see whether the text speaks about it. */
const MENTION_LENGTH = 16;
const SPECIAL = /[<&[◁`\n]/g;
const SPACE = /\s+/y;

/**
 * Takes a model's thoughts, calls of tools, and the marks of its template out of its text as it comes; what the text
 * quotes as code, or mentions ("the <think> tag"), stays. The result is the same however the text is cut.
 */
export class ThoughtFilter {
	readonly #sink: Sink;
	#rest = '';
	/** Said together once everything that has come was read: a call for each mark costs more than reading it. */
	#said = '';
	/** The line so far, by which a mention and a fence are known. */
	#line = '';
	#isStart = true;
	#fence: string | undefined;
	#hidden: Passage | undefined;
	/** What follows another family's closing tag inside of a thought. */
	#afterOther: string | undefined;

	constructor(sink: Sink) {
		this.#sink = sink;
	}

	push(piece: string): void {
		this.#rest += piece;
		this.#run(false);
	}

	end(): void {
		this.#run(true);
		if (this.#hidden?.isThought && this.#afterOther !== undefined) {
			const after = this.#afterOther;
			this.#hidden = undefined;
			this.#afterOther = undefined;
			this.#rest = after;
			this.#run(true);
		}
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
		if (this.#said === '') return;
		const said = this.#said;
		this.#said = '';
		this.#sink.say(said);
	}

	/** Drops hidden text; false when more of it must come. */
	#skip(hidden: Passage, isEnd: boolean): boolean {
		const rest = this.#rest;
		const end = hidden.end && firstUnquoted(hidden.end, rest, isEnd);
		if (end) {
			this.#drop(end.index + end[0].length);
			this.#hidden = undefined;
			this.#afterOther = undefined;
			return true;
		}
		// A mark may be cut in two at the end of what has come.
		const dropped = isEnd ? rest : rest.slice(0, -MAX_MARK);
		const other = hidden.isThought ? [...unquoted(ANY_END, dropped, true)].at(-1) : undefined;
		if (other) this.#afterOther = dropped.slice(other.index + other[0].length);
		else if (this.#afterOther !== undefined) this.#afterOther += dropped;
		this.#drop(dropped.length);
		return isEnd;
	}

	#copyFence(fence: string, isEnd: boolean): boolean {
		const end = this.#rest.indexOf('\n');
		const line = end < 0 ? this.#rest : this.#rest.slice(0, end + 1);
		if (this.#line === '') {
			if (end < 0 && !isEnd && mayEndFence(line)) return false;
			if (isFenceEnd(line, fence)) this.#fence = undefined;
		}
		this.#say(line);
		return true;
	}

	/** Reads the next part of the text; false when more of it must come. */
	#read(isEnd: boolean): boolean {
		if (this.#isStart) {
			const lead = this.#lead(isEnd);
			if (lead !== undefined) return lead;
		}
		const first = this.#rest.charAt(0);
		if (first === '`') return this.#code(isEnd);
		if (/[<&[◁]/.test(first)) return this.#mark(isEnd);
		this.#sayText();
		return true;
	}

	/** Says the first character, which is no mark, with the plain text that follows it. */
	#sayText(): void {
		SPECIAL.lastIndex = 1;
		this.#say(this.#rest.slice(0, SPECIAL.exec(this.#rest)?.index ?? this.#rest.length));
	}

	/** The beginning of the text; undefined when it is a beginning like any other. */
	#lead(isEnd: boolean): boolean | undefined {
		const space = matchAt(SPACE, this.#rest);
		if (space) {
			this.#say(space[0]);
			return true;
		}
		if (!isEnd && LEAD_WORDS.some((word) => word.startsWith(this.#rest))) return false;
		for (const [lead, end] of LEADS) {
			const match = matchAt(lead, this.#rest);
			if (!match) continue;
			this.#hide(match[0].length, passage(end));
			return true;
		}
		const answer = matchAt(FINAL_ANSWER, this.#rest);
		if (answer) this.#drop(answer[0].length);
		this.#isStart = false;
		return answer ? true : undefined;
	}

	#code(isEnd: boolean): boolean {
		const fence = this.#line.trim() === '' ? fenceAt(this.#rest, isEnd) : null;
		if (fence === undefined) return false;
		if (fence) {
			if (FENCED_THOUGHT.test(fence.info)) {
				this.#hide(
					fence.length,
					passage(new RegExp(`\\n[ \\t]{0,3}${fence.mark}(?=[ \\t]*\\n)`, 'g')),
				);
			} else {
				this.#fence = fence.mark;
				this.#say(this.#rest.slice(0, fence.length));
			}
			return true;
		}
		const span = codeSpanAt(this.#rest, isEnd);
		if (span === undefined) return false;
		this.#say(this.#rest.slice(0, span));
		return true;
	}

	#mark(isEnd: boolean): boolean {
		if (!isEnd && mayBeCut(this.#rest)) return false;
		if (!matchAt(CANDIDATE, this.#rest)) {
			this.#sayText();
			return true;
		}
		for (const [opener, passageOf] of OPENERS) {
			const match = matchAt(opener, this.#rest);
			if (!match || match[0].endsWith('/>')) continue;
			const isMention = this.#isMention(match[0].length, isEnd);
			if (isMention === undefined) return false;
			if (isMention) break;
			this.#hide(match[0].length, passageOf(match));
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
				this.#said = '';
				this.#sink.retract();
				return true;
			}
			this.#say(stray[0]);
			return true;
		}
		const mark = matchAt(MARKS, this.#rest);
		if (mark) this.#drop(mark[0].length);
		else this.#sayText();
		return true;
	}

	/** Whether the text speaks about a tag, as in "the <think> tag"; undefined when more of it must come. */
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

	#say(text: string): void {
		this.#rest = this.#rest.slice(text.length);
		const end = text.lastIndexOf('\n');
		this.#line = (end < 0 ? this.#line + text : text.slice(end + 1)).slice(-80);
		this.#said += text;
	}
}

/** A whole text without thoughts. */
export function withoutThoughts(text: string): string {
	let said: string[] = [];
	const filter = new ThoughtFilter({
		say: (piece) => said.push(piece),
		retract: () => {
			said = [];
		},
	});
	filter.push(text);
	filter.end();
	return said.join('');
}
