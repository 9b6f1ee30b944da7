import { codeSpanAt, fenceAt, isFenceEnd, mayEndFence } from './code';

/** Receives a model's text without its thoughts. */
export interface Sink {
	say(text: string): void;
	/** Everything said so far was a thought: only its closing tag has told. */
	retract(): void;
}

const LT = '(?:<|&lt;)';
const GT = '(?:>|&gt;)';
const PREFIX = '(?:\\w{1,10}:)?';
const ATTRIBUTES = '(?:[ \\t][^<>\\n]{0,200})?';
const THOUGHT =
	'think|thinking|thoughts?|reasoning|reasoning_content|reason|reflection|scratch_?pad|analysis|rationale|monologue|' +
	'(?:inner|internal)_(?:monologue|thoughts?)|chain_of_thought|cot|thought_process|ant_?thinking';
const TOOL =
	'tool_calls?|tool_use|tool_response|tool_results?|tool_code|function_calls?|function_results?|function|invoke|minimax:tool_call';
const WRAPPER = 'answer|final|final_answer|final_response|response|output|reply|solution';
const FENCED_THOUGHT =
	/^(?:think|thinking|thoughts?|reasoning|tool_code|tool_calls?|tool_outputs?)$/i;

/** How a hidden passage ends; `null`: with the text. */
interface Passage {
	end: RegExp | null;
	/** A thought that another family's closing tag may end too, when its own never comes. */
	isThought: boolean;
}

const named = (name: string) => new RegExp(`${LT}/${PREFIX}${name}\\s*${GT}`, 'gi');
const passage = (end: RegExp | null, isThought = true): Passage => ({ end, isThought });

/** What opens a hidden passage, sticky, with what ends it. */
const OPENERS: [RegExp, (match: RegExpExecArray) => Passage][] = [
	[
		new RegExp(`${LT}${PREFIX}(${THOUGHT})${ATTRIBUTES}${GT}`, 'iy'),
		([, name = '']) => passage(named(name)),
	],
	[
		new RegExp(`${LT}(${TOOL})(?:=[^<>\\n]{1,80})?${ATTRIBUTES}${GT}`, 'iy'),
		([, name = '']) => passage(named(name), false),
	],
	[/<details\s[^<>\n]{0,80}type="reasoning"[^<>\n]{0,80}>/iy, () => passage(/<\/details\s*>/gi)],
	[/\[(?:THINK(?:ING)?|think(?:ing)?|REASONING)\]/y, () => passage(/\[\/\w{5,9}\]/g)],
	[/\[TOOL_CALLS\]/y, () => passage(null, false)],
	[/◁think▷/y, () => passage(/◁\/think▷/g)],
	// OpenAI's harmony: only the channel `final` is for people.
	[
		/<\|channel\|>\s*(?!final)\w[^<]{0,200}(?:<\|constrain\|>[^<]{0,60})?(?:<\|message\|>|$)/iy,
		() => passage(/<\|(?:end|call|return)\|>|(?=<\|(?:start|channel)\|>)/g),
	],
	[/<\|channel>\w*/y, () => passage(/<channel\|>/g)],
	[/<unused94>/y, () => passage(/<unused95>/g)],
	[
		/<\|(?:START_THINKING|begin_of_thought|think|thinking)\|>/y,
		() => passage(/<\|(?:END_THINKING|end_of_thought|\/think|\/thinking)\|>/g),
	],
	[/<\|START_ACTION\|>/y, () => passage(/<\|END_ACTION\|>/g, false)],
	[/<\|python_tag\|>/y, () => passage(/<\|(?:eom_id|eot_id)\|>/g, false)],
	[
		/<[|｜]tool[▁_]calls?(?:[▁_]section)?[▁_]begin[|｜]>/y,
		() => passage(/<[|｜]tool[▁_]calls?(?:[▁_]section)?[▁_]end[|｜]>/g, false),
	],
];

/** What ends a thought whose beginning the model's template wrote. */
const STRAY_END = new RegExp(
	`${LT}/${PREFIX}(?:${THOUGHT})\\s*${GT}|\\[/(?:THINK(?:ING)?|think(?:ing)?)\\]|◁/think▷|<channel\\|>|<unused95>|` +
		'<\\|(?:END_THINKING|end_of_thought|/think|/thinking)\\|>',
	'iy',
);
const ANY_END = new RegExp(STRAY_END.source, 'gi');

/** Marks of templates that say nothing themselves, with the role that follows some. */
const MARKS = new RegExp(
	`${LT}/?(?:${WRAPPER})\\s*${GT}|${LT}${PREFIX}(?:${THOUGHT})\\s*/${GT}|` +
		'<\\|(?:start|im_start|start_header_id)\\|>\\s{0,2}(?:assistant|model|user|system|tool)?|' +
		'<\\|channel\\|>\\s*final[^<]{0,60}(?:<\\|message\\|>)?|<[|｜][^<>|｜\\n]{1,60}[|｜]>|' +
		'<(?:start|end)_of_turn>(?:model\\n?)?|<(?:bos|eos|pad)>|\\[/?(?:INST|ANSWER)\\]|\\[(?:BEGIN|END) FINAL RESPONSE\\]',
	'iy',
);

/** What thoughts begin with, when they stand at the beginning of a text without a mark of their own. */
const LEADS: [RegExp, RegExp | null][] = [
	// Harmony whose marks a server has taken away.
	[
		/\s*analysis(?=["'*A-Z\d]|<\|message\|>)/y,
		/assistant\s?final|<\|end\|>|(?=<\|(?:start|channel)\|>)/g,
	],
	// An agent's loop in words.
	[
		/\s*(?:\*\*)?Thought:(?:\*\*)?\s/y,
		/(?<=\n)[ \t]*(?:\*\*)?Final (?:Answer|Response):(?:\*\*)?/g,
	],
];
const FINAL_ANSWER = /\s*(?:\*\*)?Final (?:Answer|Response):(?:\*\*)?/y;
const LEAD_WORDS = [
	'analysis<|message|>',
	'Thought: ',
	'**Thought:** ',
	'Final Answer: ',
	'Final Response: ',
	'**Final Answer:** ',
];

/** The longest mark that is waited for. */
const MAX_MARK = 420;
/** Enough after a tag to see whether the text speaks about it. */
const MENTION_LENGTH = 16;
const SPECIAL = /[<&[◁`\n]/g;

/**
 * Takes a model's thoughts, calls of tools, and the marks of its template out of its text as it comes; what the text
 * quotes as code, or mentions ("the <think> tag"), stays. The result is the same however the text is cut.
 */
export class ThoughtFilter {
	readonly #sink: Sink;
	#rest = '';
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
			if (isWaiting) return;
		}
	}

	/** Drops hidden text; false when more of it must come. */
	#skip(hidden: Passage, isEnd: boolean): boolean {
		const rest = this.#rest;
		const end = hidden.end && unquoted(hidden.end, rest, isEnd)[0];
		if (end) {
			this.#drop(end.index + end[0].length);
			this.#hidden = undefined;
			this.#afterOther = undefined;
			return true;
		}
		// A mark may be cut in two at the end of what has come.
		const dropped = isEnd ? rest : rest.slice(0, -MAX_MARK);
		const other = hidden.isThought ? unquoted(ANY_END, dropped, true).at(-1) : undefined;
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
		SPECIAL.lastIndex = 0;
		const at = SPECIAL.exec(this.#rest)?.index ?? this.#rest.length;
		if (at > 0) {
			this.#say(this.#rest.slice(0, at));
			return true;
		}
		const first = this.#rest.charAt(0);
		if (first === '\n') this.#say(first);
		else if (first === '`') return this.#code(isEnd);
		else return this.#mark(isEnd);
		return true;
	}

	/** The beginning of the text; undefined when it is a beginning like any other. */
	#lead(isEnd: boolean): boolean | undefined {
		const start = this.#rest.trimStart();
		if (!isEnd && LEAD_WORDS.some((word) => word.startsWith(start))) return false;
		for (const [lead, end] of LEADS) {
			const match = matchAt(lead, this.#rest);
			if (!match) continue;
			this.#hide(match[0].length, passage(end));
			return true;
		}
		const answer = matchAt(FINAL_ANSWER, this.#rest);
		if (answer) this.#drop(answer[0].length);
		if (start !== '') this.#isStart = false;
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
		if (!/^(?:<[/|｜a-z]|&lt;|\[[/a-z]|◁)/i.test(this.#rest)) {
			this.#say(this.#rest.charAt(0));
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
				this.#sink.retract();
				return true;
			}
			this.#say(stray[0]);
			return true;
		}
		const mark = matchAt(MARKS, this.#rest);
		if (mark) this.#drop(mark[0].length);
		else this.#say(this.#rest.charAt(0));
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
		this.#sink.say(text);
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

const NOUN =
	/^[ -]?(?:tags?|tokens?|blocks?|elements?|markers?|sections?|delimiters?|balises?|etiquetas?|タグ|标签|標籤)(?!\w)/i;
const PAIR = /^ ?(?:and|or|und|oder|et|ou|y|o|e|\/|…|\.\.\.|-|–) ?<\//i;
const AFTER_OPENER = /<\w{4,20}> ?(?:and|or|und|oder|et|ou|y|o|e|\/|…|\.\.\.|-|–) ?$/i;

function isMentioned(before: string, after: string): boolean {
	if (/["'“‘«(]$/.test(before) && /^["'”’»).,;:!?]/.test(after)) return true;
	return NOUN.test(after) || PAIR.test(after) || AFTER_OPENER.test(before);
}

/** Whether what begins here may become a mark when more has come. */
function mayBeCut(rest: string): boolean {
	if (rest.length > MAX_MARK) return false;
	if (rest.startsWith('<|channel|>'))
		return (
			!/^<\|channel\|>[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>/.test(rest) &&
			!/^<\|channel\|>[^<]*<(?!\||$)/.test(rest)
		);
	if (
		/^<(?:\|(?:start|im_start|start_header_id)\|>|(?:start|end)_of_turn>)\s{0,2}[a-z]{0,9}$/.test(
			rest,
		)
	)
		return true;
	if (rest.startsWith('&'))
		return (
			'&lt;'.startsWith(rest) ||
			(/^&lt;\/?[\w:]{0,30}\s?[^<>\n]{0,200}$/i.test(rest) && !rest.includes('&gt;'))
		);
	if (rest.startsWith('[')) return /^\[\/?[A-Za-z_ ]{0,24}\]?$/.test(rest);
	if (rest.startsWith('◁')) return /^◁\/?\w{0,5}$/.test(rest);
	return /^<(?:[/|｜a-z][^<>\n]*)?$/i.test(rest) || /^<\|channel>\w*$/.test(rest);
}

function matchAt(pattern: RegExp, text: string): RegExpExecArray | null {
	pattern.lastIndex = 0;
	return pattern.exec(text);
}

/** Every match that does not stand in quotation marks or backticks; none at the end while what follows is unknown. */
function unquoted(pattern: RegExp, text: string, isEnd: boolean): RegExpExecArray[] {
	return [...text.matchAll(pattern)].filter((match) => {
		const end = match.index + match[0].length;
		const before = text.charAt(match.index - 1);
		if (match[0] === '' || !/["'`]/.test(before)) return true;
		return text.charAt(end) !== before && (isEnd || end < text.length);
	});
}
