import { findReplyAfterReasoning } from './reasoning.ts';
import type { Passage } from './thought-patterns.ts';

/** Matches a tool call as n8n's memory and LangChain write it, which models then imitate. */
export const CALL_LABEL =
	/Calling [^\n{]{1,80} with input: (?=\{)|Invoking: `[^`\n]{1,80}` with `(?=\{)/y;

/** Matches the first line of Ollama's command line. Workflows also write it to report progress, before a reply without reasoning. */
const PROGRESS_LABEL = /Thinking\.\.\.\n/y;

const THOUGHT_WORDS = [
	...['Reasoning', 'Thinking', 'Thoughts', 'REASONING', 'THINKING'],
	...['Internal reasoning', 'Internal thoughts', 'Internal thought'],
];
/** Marks that may precede a label: a quotation mark of Markdown, an emoji and emphasis. */
const DECORATION = String.raw`(?:> ?)?(?:[\p{Extended_Pictographic}\ufe0f]{1,3} ?)?[*_]{0,2}`;
const DECORATION_START = new RegExp(`^${DECORATION}`, 'u');

/**
 * Reasoning at the beginning of a text, marked by labels instead of tags: patterns for its start and end, and a function
 * that returns the reply in it if its end never comes.
 */
export const LABELED_THOUGHTS: [RegExp, RegExp | null, Passage['findReply']?][] = [
	// The harmony format after a server has stripped its tokens.
	[
		/(?:assistant ?)?analysis(?=["'*A-Z\d]|<\|message\|>)|commentary to=/y,
		/assistant\s?final|<\|end\|>|(?=<\|(?:start|channel)\|>)/g,
	],
	// A ReAct agent's loop in plain text. Its final answer may be JSON.
	[
		/(?:\*\*)?(?:Thought|THOUGHT):(?:\*\*)?\s/y,
		/(?<=\n)[ \t]*(?:\*\*)?(?:Final (?:Answer|Response)|AI):(?:\*\*|(?=[^*]))|(?=(?:```(?:json)?\s{0,4})?\{\s{0,4}"action"\s{0,4}:\s{0,4}"Final Answer")/g,
		findReplyAfterReasoning,
	],
	// Qwen without its opening tag, IBM Granite, ServiceNow Apriel, and Poe.
	[/(?:Here['’]s a thinking process|Thinking Process):\s/y, /<\/think>/g],
	[/Here is my thought process:\s/y, /Here is my response:/g],
	[/Here are my reasoning steps:\s/y, /\[BEGIN FINAL RESPONSE\]/g],
	[/\((?:Thinking|Thoughts?|Reasoning): /y, /\)/g],
	[
		new RegExp(
			String.raw`${DECORATION}(?:${THOUGHT_WORDS.join('|')})(?::(?:\*\*)?\s|\*\*:?\n)`,
			'yu',
		),
		/(?<=\n)[ \t]*(?:\*\*)?(?:Answer|Response|Reply|Final (?:Answer|Response)):(?:\*\*|(?=[^*]))/g,
		findReplyAfterReasoning,
	],
	[
		/#{1,4} (?:Reasoning|Thinking|Thoughts?)(?: [Pp]rocess)?:?[ \t]{0,4}\n/y,
		/(?<=\n)#{1,4} (?:Answer|Response|Reply|Final (?:Answer|Response)):?[ \t]*\n/g,
		findReplyAfterReasoning,
	],
	[PROGRESS_LABEL, /\.\.\.done thinking(?:\.|(?=[^.]))/g, (hidden) => hidden],
	[CALL_LABEL, /\n/g],
	[/[*_]{1,2}Thinking(?:\.\.\.|…)[*_]{1,2}\s/y, /\n\s*(?=[^>\s])/g],
];
/** Matches labels that may precede the answer at the beginning of a text. */
export const ANSWER_LABEL =
	/(?:\*\*)?Final (?:Answer|Response):(?:\*\*)?|(?:AI|Assistant|(?:Chat)?[Bb]ot):\s|\*\*(?:AI|Assistant|(?:Chat)?[Bb]ot)(?::\*\*|\*\*:)|assistant ?final(?=["'*A-Z\d])|(?:assistant|model|>>>all)\n|Thought for [^\n]{1,30}\n/y;
/** Complete labels, to recognize a label whose end hasn't arrived. */
const LABELS = [
	'analysis<|message|>',
	'assistantanalysis<|message|>',
	'assistant analysis<|message|>',
	'commentary to=',
	'Thought: ',
	'THOUGHT: ',
	'**Thought:** ',
	'Final Answer: ',
	'Final Response: ',
	'**Final Answer:** ',
	...["Here's a thinking process: ", 'Here’s a thinking process: ', 'Thinking Process: '],
	...['Here is my thought process: ', 'Here are my reasoning steps: ', '*Thinking...* '],
	...['**Thinking...** ', '_Thinking..._ ', '*Thinking…* ', '**Thinking…** '],
	...['AI: ', 'Assistant: ', 'assistantfinal ', 'assistant final ', 'assistant\n', 'model\n'],
	...['Bot: ', 'Chatbot: ', '**AI:** ', '**AI**: ', '**Assistant:** ', '**Assistant**: '],
	...['**Bot:** ', '**Bot**: ', '**Chatbot:** ', '**Chatbot**: ', 'Calling ', 'Invoking: `'],
	...['>>>all\n', 'Thought for ', 'Thinking...\n'],
	...['(Thinking: ', '(Thought: ', '(Thoughts: ', '(Reasoning: '],
];
const DECORATED_LABELS = THOUGHT_WORDS.flatMap((word) => [
	`${word}:** `,
	`${word}: `,
	`${word}**:\n`,
]);
/** Matches a label with variable text whose end hasn't arrived. */
const OPEN_LABEL =
	/^(?:Thought for [^\n]{0,30}|Calling [^\n{]{0,93}|Invoking: `[^\n{]{0,90}|#{1,4}(?: (?:[A-Z][a-z]{0,8}(?: [Pp]?[a-z]{0,6})?:?[ \t]{0,4})?)?)$/;

/** Longer than the longest label with its decoration. */
const MAX_LABEL_LENGTH = 50;

/** Returns whether a text may be the beginning of a label whose rest hasn't arrived. */
export function canBeLabel(text: string): boolean {
	if (LABELS.some((label) => label.startsWith(text)) || OPEN_LABEL.test(text)) return true;
	if (text.length > MAX_LABEL_LENGTH) return false;
	// A chunk may end within an emoji.
	const bare = text.replace(/[\ud800-\udbff]$/, '').replace(DECORATION_START, '');
	return DECORATED_LABELS.some((label) => label.startsWith(bare));
}
