/** Typical starts of reasoning without an opening tag. The templates of some models contain that tag, so that they write only the closing one. */
const REASONING_STARTS = [
	...['okay', 'ok', 'alright', 'hmm', 'wait', 'let me', "let's", 'looking at'],
	...['嗯', '好的', '首先', '用户', 'user '],
	...['we need', 'we should', 'we have', 'we must', 'i need', 'i should', 'i must', 'i have to'],
	...['the user', 'the visitor', 'the customer', 'the client', 'the human', 'the person'],
];
const MENTIONS_VISITOR =
	/\b(?:the|this|that) (?:user|visitor|customer|client|human|person)\b|用户|^we (?:need|should|must)\b/i;

/** Returns whether a text that begins like this may be reasoning. */
export function canBeReasoning(start: string): boolean {
	const lower = start.toLowerCase();
	return REASONING_STARTS.some((phrase) => phrase.startsWith(lower) || lower.startsWith(phrase));
}

/** Returns whether a text is about the visitor rather than addressed to them. */
export const mentionsVisitor = (text: string): boolean => MENTIONS_VISITOR.test(text);

/** Matches the start of a plan, or of a step of an agent's loop. */
const PLAN_START =
	/^(?:(?:so|now|then|next|first|also|finally|maybe|perhaps)\b|i(?:['’]ll| will| can| could| think)\b|(?:my|the) (?:reply|response|answer)\b|(?:\*\*)?(?:action|action input|observation|thought|thinking|reasoning|plan|goal)(?:\*\*)?:)/i;
const ADDRESSES_VISITOR = /\byour?\b|[你您]/i;

const isReasoning = (paragraph: string): boolean =>
	mentionsVisitor(paragraph) ||
	((canBeReasoning(paragraph) || PLAN_START.test(paragraph)) && !ADDRESSES_VISITOR.test(paragraph));

/**
 * Returns the reply in reasoning whose end isn't marked: the paragraphs after the first one and after the last one that
 * reads like reasoning. Returns an empty text if there are none.
 */
export function findReplyAfterReasoning(text: string): string {
	const [, ...paragraphs] = text.trim().split(/\n[ \t]*\n\s*/);
	const reply = paragraphs.slice(paragraphs.findLastIndex(isReasoning) + 1).join('\n\n');
	return reply.replace(/^[-*_]{3,}\s+/, '');
}
