import { BracketScanner } from './json.ts';
import { findReplyAfterReasoning } from './reasoning.ts';

const LT = '(?:<|&lt;)';
const GT = '(?:>|&gt;)';
const PREFIX = '(?:\\w{1,10}:)?';
const ATTRIBUTES = '(?:[ \\t][^<>\\n]{0,200})?\\s{0,4}';
const THOUGHT =
	'(?:\\w{1,20}_)?(?:think|thinking|thoughts?|reasoning|reflection)(?:_\\w{1,20})?|antthinking|reason|scratch_?pad|analysis|' +
	'rationale|commentary|(?:inner_|internal_)?monologue|cot|planning|search_quality_score';
const TOOL =
	'(?:\\w{1,20}_)?tool_?calls?|system[_-]reminder|grok:render|xai:function_call|tool_use|tool_response|tool_results?|tool_code|function_calls?|function_results?|functions?|invoke|minimax:tool_call';
const WRAPPER =
	'answer|final|final_answer|final_response|response|output|reply|solution|assistant(?:_(?!name)\\w{1,20})?|user_message';
/** The tokens that precede a role in chat templates, as alternatives of a pattern. */
const ROLE_START = 'im_start|start_header_id|header_start|start_of_role|begin';
export const FENCED_THOUGHT =
	/^(?:think|thinking|thoughts?|reasoning|tool_code|tool_calls?|tool_outputs?)$/i;

/** A passage that visitors don't see. */
export interface Passage {
	/** The pattern that matches its end; `null` if it extends to the end of the text. */
	end: RegExp | null;
	/** Whether it is reasoning. If its own closing tag never comes, another model family's tag may end it. */
	isThought: boolean;
	/** Finds the end of a passage in brackets instead of `end`. */
	brackets?: BracketScanner;
	/** Whether it is a turn by someone else. After a reply, the model has made up everything from here on. */
	isTurn?: boolean;
	/** Returns the reply in it if its end never comes. */
	findReply?: (hidden: string) => string;
}

const toClosingTag = (name: string) => new RegExp(`${LT}/${PREFIX}${name}\\s*${GT}`, 'gi');
export const createPassage = (end: RegExp | null, isThought = true): Passage => ({
	end,
	isThought,
});

const THOUGHT_BRACKET_END = /\[(?:\/|End )\w{5,9}\]/g;

/** Sticky patterns that open a hidden passage, each with the passage that it opens. */
export const OPENERS: [RegExp, (match: RegExpExecArray) => Passage][] = [
	[
		new RegExp(`${LT}${PREFIX}(${THOUGHT})${ATTRIBUTES}${GT}`, 'iy'),
		([, name = '']) => ({
			...createPassage(toClosingTag(name)),
			// "Tell us <your_thoughts>" is a placeholder.
			...(/^your_/i.test(name) && { findReply: (hidden: string) => hidden }),
		}),
	],
	[
		new RegExp(`${LT}${PREFIX}(${TOOL})(?:[= \\t][^<>\\n]{0,280})?${GT}`, 'iy'),
		([, name = '']) => createPassage(toClosingTag(name), false),
	],
	[
		/<details\s[^<>\n]{0,80}type="reasoning"[^<>\n]{0,80}>/iy,
		() => createPassage(/<\/details\s*>/gi),
	],
	[/\[(?:THINK(?:ING)?|REASONING)\]/y, () => createPassage(THOUGHT_BRACKET_END)],
	[
		/\[[Tt]hink(?:ing)?(?:\.\.\.|…)?\]/y,
		() => ({ ...createPassage(THOUGHT_BRACKET_END), findReply: findReplyAfterReasoning }),
	],
	[/◁think▷/y, () => createPassage(/◁\/think▷/g)],
	// OpenAI's harmony format: only the `final` channel is for the user.
	[
		/<\|channel\|>\s*(?!final)\w[^<]{0,200}(?:<\|constrain\|>[^<]{0,60})?(?:<\|message\|>|$)/iy,
		() => createPassage(/<\|(?:end|call|return)\|>|(?=<\|(?:start|channel)\|>)/g),
	],
	[/<\|channel>\w*/y, () => createPassage(/<channel\|>/g)],
	[/<(?:unused|ctrl)94>/y, () => createPassage(/<(?:unused|ctrl)95>/g)],
	[
		/\[(?:(?:internal|inner) )?(?:thoughts?|thinking|reasoning|monologue):/iy,
		() => ({ ...createPassage(null), brackets: new BracketScanner(1, 'prose') }),
	],
	[
		/<details[^<>\n]{0,80}>\s{0,4}<summary>[^<\w\n]{0,8}(?:Thinking|Thought|Reasoning)[^<\n]{0,60}<\/summary>/iy,
		() => createPassage(/<\/details\s*>/gi),
	],
	[
		/<\|(?:START_THINKING|begin_of_thought|think|thinking|thought)\|>/y,
		() => createPassage(/<\|(?:END_THINKING|end_of_thought|\/think|\/thinking|\/thought|end)\|>/g),
	],
	[/<\|inner_prefix\|>/y, () => createPassage(/<\|inner_suffix\|>/g)],
	[
		new RegExp(
			String.raw`<\|(?:${ROLE_START})\|>\s{0,2}(?:user|system|tool|ipython)|<start_of_turn>user|<\|(?:user|system|observation)\|>`,
			'y',
		),
		() => ({
			...createPassage(
				new RegExp(
					String.raw`<\|(?:${ROLE_START})\|>\s{0,2}assistant|<start_of_turn>model|<\|assistant\|>`,
					'g',
				),
				false,
			),
			isTurn: true,
		}),
	],
	[/\[INST\]/y, () => ({ ...createPassage(/\[\/INST\]/g, false), isTurn: true })],
];

/** Matches closing tags of reasoning whose opening tag is part of the model's template. */
export const STRAY_END = new RegExp(
	`${LT}/${PREFIX}(?:${THOUGHT})\\s*${GT}|\\[/(?:THINK(?:ING)?|think(?:ing)?)\\]|◁/think▷|<channel\\|>|<(?:unused|ctrl)95>|` +
		'<\\|(?:END_THINKING|end_of_thought|inner_suffix|/think|/thinking|/thought)\\|>',
	'iy',
);
export const ANY_END = new RegExp(STRAY_END.source, 'gi');

/** Matches template tokens without content, including the role that follows some of them. */
export const TEMPLATE_TOKENS = new RegExp(
	`${LT}/?(?:${WRAPPER})\\s*${GT}|${LT}${PREFIX}(?:${THOUGHT})\\s*/${GT}|${LT}/(?:${TOOL})\\s*${GT}|` +
		`<\\|(?:start|${ROLE_START})\\|>\\s{0,2}(?:assistant|model|user|system|tool)?|` +
		'<\\|channel\\|>\\s*final[^<]{0,60}(?:<\\|constrain\\|>[^<]{0,60})?(?:<\\|message\\|>)?|<[|｜][^<>|｜\\n]{1,60}[|｜]>|' +
		'<(?:start|end)_of_turn>(?:model\\n?)?|<(?:bos|eos|pad|sep)>|\\[/?(?:INST|ANSWER)\\]|\\[\\|(?:assistant|endofturn)\\|\\]|\\[(?:BEGIN|END) FINAL RESPONSE\\]',
	'iy',
);

/** Matches a token that ends a model's text; anything after it is another document. */
export const END_OF_TEXT = /<\|(?:endoftext|end_of_text)\|>/iy;

/** Matches the beginnings of all markers above; anything else is text. */
export const CANDIDATE = new RegExp(
	`${LT}/?${PREFIX}(?:${THOUGHT}|${TOOL}|${WRAPPER}|details)|<[|｜][^<>|｜\\n]|<｜｜|<(?:channel|unused9|ctrl9|bos|eos|pad|sep)|` +
		'<(?:start|end)_of_turn|\\[/?(?:THINK|REASONING|TOOL_|INST|ANSWER|BEGIN|END|Used tool|tool |calling tool|function.call|inner |internal |thought|monologue|\\w{1,60}_\\w{1,60}\\(|\\|)|◁/?think',
	'iy',
);

/** The maximum length of a marker; a longer incomplete one counts as text. */
export const MAX_MARKER_LENGTH = 420;

const NOUN =
	/^[ -]?(?:tags?|tokens?|blocks?|elements?|markers?|sections?|delimiters?|balises?|etiquetas?|タグ|标签|標籤)(?!\w)/i;
const PAIR = /^ ?(?:and|or|und|oder|et|ou|y|o|e|\/|…|\.\.\.|-|–) ?<\//i;
const AFTER_OPENER = /<\w{4,20}> ?(?:and|or|und|oder|et|ou|y|o|e|\/|…|\.\.\.|-|–) ?$/i;

/** Returns whether the text around a tag mentions it, as in "the <think> tag", rather than uses it. */
export function isMentioned(before: string, after: string): boolean {
	if (/["'“‘«(]$/.test(before) && /^["'”’»).,;:!?]/.test(after)) return true;
	return NOUN.test(after) || PAIR.test(after) || AFTER_OPENER.test(before);
}

/** Matches the start of a turn whose role may not have arrived completely. */
const OPEN_ROLE = new RegExp(
	String.raw`^<(?:\|(?:start|${ROLE_START})\|>|(?:start|end)_of_turn>)\s{0,2}[a-z]{0,9}$`,
);

/** Returns whether a text may be the beginning of a marker whose rest hasn't arrived. */
export function canBeIncomplete(rest: string): boolean {
	if (rest.length > MAX_MARKER_LENGTH) return false;
	if (rest.startsWith('<|channel|>'))
		return (
			!/^<\|channel\|>[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>/.test(rest) &&
			!/^<\|channel\|>[^<]*<(?!\||$)/.test(rest) &&
			!/^<\|channel\|>\s{0,2}commentary to=[\w.-]{1,60}[^<{]{0,20}\{/.test(rest)
		);
	if (OPEN_ROLE.test(rest)) return true;
	if (
		/^<details[^<>\n]{0,80}>\s{0,4}(?:<[a-z]{0,7}(?:>[^<\n]{0,70}(?:<[/a-z]{0,8})?)?)?$/i.test(rest)
	)
		return true;
	if (/^<\/?[\w:]{1,30}\s{1,4}$/.test(rest)) return true;
	if (rest.startsWith('&'))
		return (
			'&lt;'.startsWith(rest) ||
			(/^&lt;\/?[\w:]{0,30}\s?[^<>\n]{0,200}$/i.test(rest) && !rest.includes('&gt;'))
		);
	if (rest.startsWith('['))
		return /^\[(?:[/|]?[A-Za-z_ ]{0,24}(?:\.{0,3}|…)\|?\]?|\w{0,60}(?:\(\w{0,60})?)$/.test(rest);
	if (rest.startsWith('◁')) return /^◁\/?\w{0,5}$/.test(rest);
	return /^<(?:[/|｜a-z][^<>\n]*)?$/i.test(rest) || /^<\|channel>\w*$/.test(rest);
}

export function matchAt(pattern: RegExp, text: string): RegExpExecArray | null {
	pattern.lastIndex = 0;
	return pattern.exec(text);
}

/** Yields matches that aren't in quotation marks or backticks. A match at the end of incomplete text is not yielded yet. */
export function* listUnquoted(
	pattern: RegExp,
	text: string,
	isEnd: boolean,
): Generator<RegExpExecArray, void, void> {
	for (const match of text.matchAll(pattern)) {
		const end = match.index + match[0].length;
		const before = text.charAt(match.index - 1);
		const isBare = match[0] === '' || !/["'`]/.test(before);
		if (isBare || (text.charAt(end) !== before && (isEnd || end < text.length))) yield match;
	}
}

/** Returns the first match of `listUnquoted`, without scanning the rest of the text. */
export function findUnquoted(pattern: RegExp, text: string, isEnd: boolean) {
	for (const match of listUnquoted(pattern, text, isEnd)) return match;
	return undefined;
}
