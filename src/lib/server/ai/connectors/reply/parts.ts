import { isObject } from './side-fields.ts';

/** Types of content parts that hold thoughts, in the words of each provider's API. */
const THOUGHT =
	/^(?:redacted[._-])?(?:think|thought|reason|analysis|summary[._-]text)|[._-](?:thinking|thought|reasoning)(?:[._-]|$)/i;
/** Types of parts that hold no words for people: calls of tools and their results, files, sources. */
const OTHER =
	/tool|function|mcp|_call|search_result|image|audio|video|file|document|citation|source|step[._-]start|approval/i;
const OTHERS_ROLES = new Set([
	'user',
	'human',
	'system',
	'developer',
	'tool',
	'function',
	'generic',
]);
const TEXT_KEYS = ['text', 'content', 'output_text', 'value', 'refusal'];

/** Whether an object holds a model's thoughts. */
export const isThought = (object: Record<string, unknown>): boolean =>
	object.thought === true ||
	object.is_thought === true ||
	(typeof object.type === 'string' && THOUGHT.test(object.type));

/** Whether an object is a call of a tool, a file, or another part without words. */
export const isWordless = (object: Record<string, unknown>): boolean =>
	(typeof object.type === 'string' && OTHER.test(object.type)) ||
	[
		'functionCall',
		'functionResponse',
		'toolUse',
		'toolResult',
		'executableCode',
		'inlineData',
	].some((key) => isObject(object[key]));

/** Whether an object is a message that somebody other than the AI wrote, in the format of a provider or of LangChain. */
export function isOthersMessage(object: Record<string, unknown>): boolean {
	const { role, type, id } = object;
	if (typeof role === 'string') return OTHERS_ROLES.has(role.toLowerCase());
	if (type === 'constructor' && Array.isArray(id)) return !/^AI/.test(String(id.at(-1)));
	return typeof type === 'string' && OTHERS_ROLES.has(type) && 'content' in object;
}

/** Whether a list consists of the parts of one text, and not of several answers. */
export const isParts = (list: unknown[]): boolean =>
	list.some(isObject) && list.every((part) => typeof part === 'string' || isPart(part));

function isPart(part: unknown): boolean {
	if (!isObject(part)) return false;
	if (isThought(part) || isWordless(part) || part.thoughtSignature !== undefined) return true;
	if (isObject(part.reasoningContent)) return true;
	const isTyped = typeof part.type === 'string' && !('role' in part) && !isMessageType(part.type);
	const keys = Object.keys(part).filter((key) => key !== 'type' && key !== 'index');
	return TEXT_KEYS.some((key) => key in part) && (isTyped || keys.every((key) => key === 'text'));
}

const isMessageType = (type: string) => /^(?:message|ai|assistant|constructor)$/i.test(type);

/** How Gemini begins a thought that it does not mark as one. */
const UNMARKED_THOUGHT = /^\s*THOUGHT:\s/;

/** The text of one part; empty for a thought and for everything without words. */
export function textOfPart(part: unknown): string {
	if (typeof part === 'string') return part;
	if (!isObject(part) || isThought(part) || isWordless(part) || isOthersMessage(part)) return '';
	for (const key of TEXT_KEYS) {
		const value = part[key];
		if (typeof value === 'string') return value;
		if (isObject(value) && typeof value.value === 'string') return value.value;
		if (Array.isArray(value)) return joinParts(value);
	}
	return '';
}

/** The words of all parts: what a call of a tool stands between is apart, what touches is one text. */
export function joinParts(parts: unknown[]): string {
	let text = '';
	let isBlank = true;
	/** Only the part before is looked at: with the whole text, many parts would cost their square. */
	let last = '';
	let isApart = false;
	for (const part of parts) {
		const given = textOfPart(part);
		const words = isObject(part) && UNMARKED_THOUGHT.test(given) ? '' : given;
		if (isObject(part) && isWordless(part)) isApart = true;
		if (words === '') continue;
		text = isBlank ? words : text + gapBetween(last, words, isApart) + words;
		isBlank &&= words.trim() === '';
		last = words;
		isApart = false;
	}
	return text;
}

function gapBetween(before: string, after: string, isApart: boolean): string {
	if (isApart) return '\n\n';
	// Sentences that a model gave as parts of their own.
	return /[.!?…]$/.test(before) && /^\p{Lu}/u.test(after) ? ' ' : '';
}
