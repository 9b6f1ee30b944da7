import { BracketScanner } from './json.ts';
import { createPassage, type Passage } from './thought-patterns.ts';

const createBracketPassage = (depth: number): Passage => ({
	...createPassage(null, false),
	brackets: new BracketScanner(depth),
});

/** Sticky patterns that open a tool call, each with the passage that it opens. */
export const TOOL_CALL_OPENERS: [RegExp, () => Passage][] = [
	[/\[TOOL_CALLS\]/y, () => createPassage(null, false)],
	[/\[TOOL_(?:CALL|RESULTS?)\]/y, () => createPassage(/\[\/TOOL_(?:CALL|RESULTS?)\]/g, false)],
	[/<\|tool_(?:call|response)>/y, () => createPassage(/<tool_(?:call|response)\|>/g, false)],
	[
		/<｜{1,2}DSML｜{1,2}\w{1,30}>/y,
		() => createPassage(/<\/｜{1,2}DSML｜{1,2}(?:function_calls|tool_calls)>/g, false),
	],
	// n8n's AI Agent adds these to its memory, and models then imitate them.
	[
		/\[(?:Used tools?|tool[ _](?:calls?|use|results?|output|response)|calling tools?|function[ _]calls?):/iy,
		() => createBracketPassage(1),
	],
	// Llama 3.2 and 4.
	[/\[[a-z]\w{0,60}_\w{1,60}\((?=\w{0,60}[=)])/y, () => createBracketPassage(1)],
	[/<\|START_ACTION\|>/y, () => createPassage(/<\|END_ACTION\|>/g, false)],
	[/<\|action_start\|>/y, () => createPassage(/<\|action_end\|>/g, false)],
	[/<\|tools_prefix\|>/y, () => createPassage(/<\|tools_suffix\|>/g, false)],
	[/<\|tool_calls?\|>/y, () => createPassage(/<\|\/tool_calls?\|>/g, false)],
	[/<\|python_start\|>/y, () => createPassage(/<\|python_end\|>/g, false)],
	[/<\|python_tag\|>/y, () => createPassage(/<\|(?:eom_id|eot_id)\|>/g, false)],
	[
		/<[|｜]tool[▁_]calls?(?:[▁_]section)?[▁_]begin[|｜]>/y,
		() => createPassage(/<[|｜]tool[▁_]calls?(?:[▁_]section)?[▁_]end[|｜]>/g, false),
	],
	// OpenAI's harmony format without the token before the call's JSON.
	[
		/<\|channel\|>\s{0,2}commentary to=[\w.-]{1,60}[^<{]{0,20}(?=\{)/y,
		() => createBracketPassage(0),
	],
];

/** The beginnings of calls in the harmony format and of Kimi after a server has stripped their tokens. */
const BARE_STARTS = [
	...['', 'commentary ', 'assistantcommentary ', 'assistant commentary '].map(
		(role) => `${role}to=functions.`,
	),
	'functions.',
];
/** Matches a bare call up to its JSON. */
const BARE_CALL =
	/(?:(?:assistant ?)?commentary )?to=functions\.[\w.-]{1,60} ?(?:<\|constrain\|>)?(?:code|json)?\s?(?:<\|message\|>)?(?=\{)|functions\.[\w.-]{1,60}:\d{1,4}\s?(?:<\|tool_call_argument_begin\|>)?(?=\{)/y;
/** Matches the rest of a bare call whose JSON hasn't arrived. */
const OPEN_BARE_CALL =
	/^(?:[a-z ]{0,21}to=functions\.[\w.-]{0,60}[^\n{]{0,40}\n?|functions\.[\w.-]{0,60}(?::\d{0,4}[^\n\d{]{0,32}\n?)?)$/;
const escapeDot = (text: string) => text.replaceAll('.', String.raw`\.`);
/** Matches what may be the beginning of a bare call at the end of a chunk. */
const BARE_START_AT_END = new RegExp(
	String.raw`\b(?:${BARE_STARTS.flatMap((start) =>
		Array.from(start, (_, index) => escapeDot(start.slice(0, index + 1))),
	).join('|')})$`,
);
/** The source of a pattern that finds where a bare call may begin. */
export const BARE_CALL_SOURCE = String.raw`\b(?:${BARE_STARTS.map(escapeDot).join('|')})`;

/** Returns the length of the bare call, without its JSON, at the start of a text. Returns `undefined` if more text is needed, 0 if there is none. */
export function matchBareCall(text: string, isEnd: boolean): number | undefined {
	BARE_CALL.lastIndex = 0;
	const match = BARE_CALL.exec(text);
	if (match) return match[0].length;
	const mayGrow = BARE_STARTS.some((start) => start.startsWith(text)) || OPEN_BARE_CALL.test(text);
	return mayGrow && !isEnd ? undefined : 0;
}

/** Returns the index at the end of a chunk from which a bare call may begin; the chunk's length if there is none. */
export const findBareStart = (chunk: string): number => {
	const tail = chunk.slice(-40);
	const at = tail.search(BARE_START_AT_END);
	return at < 0 ? chunk.length : chunk.length - tail.length + at;
};

export const createBareCallPassage = (): Passage => createBracketPassage(0);
