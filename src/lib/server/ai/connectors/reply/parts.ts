import { isObject } from './side-fields.ts';

/** Types of content parts that contain reasoning, as named by the providers' APIs. */
const THOUGHT_TYPE =
	/^(?:redacted[._-])?(?:think|thought|reason|analysis|summary[._-]text)|[._-](?:thinking|thought|reasoning)(?:[._-]|$)/i;
/** Types of parts without text for the visitor: tool calls and results, files, sources. */
const NO_TEXT_TYPE =
	/tool|function|mcp|_call|search_result|image|audio|video|file|document|citation|source|step[._-]start|approval|^debug$|^verbose$|follow_?up/i;
const OTHER_ROLES = new Set([
	'user',
	'human',
	'system',
	'developer',
	'tool',
	'function',
	'generic',
]);
const TEXT_KEYS = ['text', 'content', 'output_text', 'value', 'refusal'];

/** Returns whether an object contains a model's reasoning. */
export const isThought = (object: Record<string, unknown>): boolean =>
	object.thought === true ||
	object.is_thought === true ||
	(typeof object.type === 'string' && THOUGHT_TYPE.test(object.type));

/** Returns whether an object is a tool call, a file, or another part without text for the visitor. */
export const hasNoText = (object: Record<string, unknown>): boolean =>
	(typeof object.type === 'string' && NO_TEXT_TYPE.test(object.type)) ||
	[
		'functionCall',
		'functionResponse',
		'toolUse',
		'toolResult',
		'executableCode',
		'inlineData',
	].some((key) => isObject(object[key]));

/** Returns whether an object is a message by someone other than the AI, in the format of a provider, LangChain or a bot platform. */
export function isFromOtherSender(object: Record<string, unknown>): boolean {
	const { type, id, from, sender, direction } = object;
	const role = object.role ?? (isObject(from) ? from.role : (sender ?? object._role));
	if (object.source === 'user') return true;
	if (typeof role === 'string') return OTHER_ROLES.has(role.toLowerCase());
	if (direction === 'incoming') return true;
	if (type === 'constructor' && Array.isArray(id)) return !/^AI/.test(String(id.at(-1)));
	return typeof type === 'string' && OTHER_ROLES.has(type) && 'content' in object;
}

/** Returns whether an object is a service's response to a message that was sent elsewhere, such as an email or an alert. */
export function isReceipt(object: Record<string, unknown>): boolean {
	const has = (...keys: string[]) => keys.every((key) => Object.hasOwn(object, key));
	const { result, message, accepted, author, space } = object;
	const isTelegram = isObject(result) && isObject(result.chat) && 'message_id' in result;
	const isSlack = isObject(message) && has('channel') && (has('ts') || has('message_timestamp'));
	const isDiscord = isObject(author) && has('channel_id');
	const isMattermost = has('channel_id', 'user_id', 'create_at');
	const isGoogleChat = isObject(space) && has('sender');
	const isTeams = has('messageType', 'body', '@odata.context');
	const isTwilio = has('account_sid', 'sid');
	const isEmail = Array.isArray(accepted) && has('rejected', 'messageId');
	return [
		...[isTelegram, isSlack, isDiscord, isMattermost],
		...[isGoogleChat, isTeams, isTwilio, isEmail],
	].includes(true);
}

/** Returns whether a list consists of the parts of one text rather than of several answers. */
export const isParts = (list: unknown[]): boolean =>
	list.some(isObject) && list.every((part) => typeof part === 'string' || isPart(part));

function isPart(part: unknown): boolean {
	if (!isObject(part)) return false;
	if (isThought(part) || hasNoText(part) || part.thoughtSignature !== undefined) return true;
	if (isObject(part.reasoningContent)) return true;
	const type = part.type ?? part.kind;
	const isTyped = typeof type === 'string' && !('role' in part) && !isMessageType(type);
	const isOnlyText = Object.keys(part).every(
		(key) => /^(?:type|index|text)$/.test(key) || typeof part[key] === 'boolean',
	);
	return TEXT_KEYS.some((key) => key in part) && (isTyped || isOnlyText);
}

const isMessageType = (type: string) => /^(?:message|ai|assistant|constructor)$/i.test(type);

/** Matches the start of Gemini's reasoning when it isn't marked as such. */
const UNMARKED_THOUGHT = /^\s*THOUGHT:\s/;

/** Parts nested deeper are ignored. */
const MAX_PART_DEPTH = 10;

/** Returns the text of one part; empty for reasoning and parts without text. */
function getPartText(part: unknown, depth: number): string {
	if (typeof part === 'string') return part;
	if (
		depth > MAX_PART_DEPTH ||
		!isObject(part) ||
		isThought(part) ||
		hasNoText(part) ||
		isFromOtherSender(part)
	)
		return '';
	for (const key of TEXT_KEYS) {
		const value = part[key];
		if (typeof value === 'string') return value;
		if (isObject(value) && typeof value.value === 'string') return value.value;
		if (Array.isArray(value)) return joinPartsAt(depth + 1, value);
	}
	return '';
}

/** Joins the text of all parts. A tool call between two parts starts a new paragraph. */
export const joinParts = (parts: unknown[]): string => joinPartsAt(0, parts);

function joinPartsAt(depth: number, parts: unknown[]): string {
	let text = '';
	let isBlank = true;
	/** The previous part; comparing with the whole text would take quadratic time. */
	let previous = '';
	let startsParagraph = false;
	for (const part of parts) {
		const partText = getPartText(part, depth);
		const added = isObject(part) && UNMARKED_THOUGHT.test(partText) ? '' : partText;
		if (isObject(part) && hasNoText(part)) startsParagraph = true;
		if (added === '') continue;
		text = isBlank ? added : text + getGap(previous, added, startsParagraph) + added;
		isBlank &&= added.trim() === '';
		previous = added;
		startsParagraph = false;
	}
	return text;
}

function getGap(before: string, after: string, startsParagraph: boolean): string {
	if (startsParagraph) return '\n\n';
	// A model may return each sentence as a part.
	return /[.!?…]$/.test(before) && /^\p{Lu}/u.test(after) ? ' ' : '';
}

/** The part of the reply that an event of a stream adds. */
export type Delta =
	| { kind: 'text'; text: string }
	/** Reasoning, a tool call, or progress of the run. */
	| { kind: 'silent'; startsParagraph: boolean }
	| { kind: 'error'; error: unknown };

/** Names of events without text for the visitor: reasoning, tool calls, progress, data for the user interface. */
const SILENT_NAME =
	/think|thought|reason|tool|function|arguments|signature|input_json|source|citation|annotation|metadata|usage|heartbeat|ping|\blog\b|workflow_started|node_|agentflow|executed|snapshot|^data-|^debug$|^verbose$|follow_?up|^on_(?!chat_model_stream|llm_stream)|^thread\.(?!message\.(?:delta|completed))|^response\.(?:created|in_progress|queued|output_item|content_part|.*\.done$|.*_call)|[._-](?:start|begin)$/i;
const ERROR_NAME =
	/^(?:error|failed|(?:run|response|workflow|thread\.run|conversation\.chat)[._-]?(?:failed|error))$/i;
/** Names of events that repeat the whole text after its deltas. */
const FINAL_NAME = /complete|finish|^(?:end|done|final|result)$|[._-](?:end|done|stop)$/i;
const DELTA_KEYS = ['delta', 'textDelta', 'token', 'text', 'content', 'chunk', 'textResponse'];
/** Keys under which events wrap a delta; whole answers use others. */
const WRAPPER_KEYS = ['message', 'chunk', 'kwargs', 'contentBlockDelta', 'data', 'payload'];

/** Returns an event's names: those in its fields, and its name in the stream. */
export const getEventNames = (
	{ type, event, event_type }: Record<string, unknown>,
	name: string,
): string[] =>
	[type, event, event_type, name].filter(
		(found): found is string => typeof found === 'string' && found !== '',
	);

/** Returns whether an event repeats the text of the deltas before it. */
export const isFinal = (object: Record<string, unknown>, event: string): boolean =>
	isObject(object.response) || getEventNames(object, event).some((name) => FINAL_NAME.test(name));

/** Returns whether an event replaces the text so far, as Dify's moderation does. */
export const isReplacement = (object: Record<string, unknown>): boolean =>
	object.event === 'message_replace';

/** Parses one event of any provider's stream; `undefined` if it isn't a delta but may be a whole reply. */
export function parseDelta(object: Record<string, unknown>, event = ''): Delta | undefined {
	const names = getEventNames(object, event);
	if (names.some((name) => ERROR_NAME.test(name)))
		return { kind: 'error', error: object.error ?? object.errorText ?? object };
	const payload = isObject(object.data) ? object.data : object;
	const isSilent = names.some((name) => SILENT_NAME.test(name)) || isThought(object);
	const isFromOther = [object, payload, object.message].some(
		(value) => isObject(value) && isFromOtherSender(value),
	);
	if (isSilent || isFromOther) {
		const name = names.join(' ') + getBlockType(object);
		return { kind: 'silent', startsParagraph: /tool|function|_call/i.test(name) };
	}
	if (hasNoText(object)) return { kind: 'silent', startsParagraph: true };
	if (Array.isArray(object.choices)) return parseChoice(object.choices[0]);
	if (Array.isArray(object.candidates)) return parseCandidate(object.candidates[0]);
	if (object.partial === true) return parseCandidate(object);
	// Alibaba's DashScope format.
	if (isObject(object.output) && Array.isArray(object.output.choices))
		return { kind: 'text', text: getChoiceText(object.output.choices[0]) };
	if (isReplacement(object) || isWholeMessage(object, names)) return undefined;
	const text = getDeltaText(object, isDelta(object, names.join(' ')));
	return text === undefined ? undefined : { kind: 'text', text };
}

/** Returns whether an event contains a whole message: a final event, or a message event of Langflow or Voiceflow. */
const isWholeMessage = (object: Record<string, unknown>, names: string[]): boolean =>
	names.some((name) => FINAL_NAME.test(name) || name === 'add_message') ||
	(isObject(object.payload) && typeof object.payload.message === 'string');

const getBlockType = ({ content_block }: Record<string, unknown>): string =>
	isObject(content_block) && typeof content_block.type === 'string' ? content_block.type : '';

/** Returns whether an event with wrapped text is a delta rather than a whole reply. */
function isDelta(object: Record<string, unknown>, name: string): boolean {
	return (
		/delta|token|stream|chunk|message\b|text|completion/i.test(name) ||
		typeof object.done === 'boolean' ||
		'contentBlockDelta' in object
	);
}

function parseChoice(choice: unknown): Delta | undefined {
	if (!isObject(choice) || isObject(choice.message)) return isObject(choice) ? undefined : NO_TEXT;
	return { kind: 'text', text: getDeltaText(choice, true) ?? '' };
}

const getChoiceText = (choice: unknown): string =>
	isObject(choice) ? getPartText(choice.message, 0) : '';

function parseCandidate(candidate: unknown): Delta {
	const content = isObject(candidate) ? candidate.content : undefined;
	const parts = isObject(content) && Array.isArray(content.parts) ? content.parts : [];
	return { kind: 'text', text: joinParts(parts) };
}

/** Deltas nested deeper are ignored. */
const MAX_DELTA_DEPTH = 6;

const NO_TEXT: Delta = { kind: 'silent', startsParagraph: false };

function getDeltaText(
	object: Record<string, unknown>,
	isWrapped: boolean,
	depth = 0,
): string | undefined {
	if (depth > MAX_DELTA_DEPTH) return undefined;
	if (isThought(object) || hasNoText(object)) return '';
	for (const key of DELTA_KEYS) {
		const value = object[key];
		if (typeof value === 'string') return value;
		if (Array.isArray(value) && (isWrapped || key === 'delta')) return joinParts(value);
		if (isObject(value) && (key === 'delta' || isWrapped))
			return getDeltaText(value, true, depth + 1) ?? '';
	}
	for (const key of ['answer', 'response', 'result']) {
		const value = object[key];
		if (typeof value === 'string') return value;
	}
	if (!isWrapped) return undefined;
	for (const key of ['refusal', 'data']) {
		const value = object[key];
		if (typeof value === 'string') return value;
	}
	for (const key of WRAPPER_KEYS) {
		const value = object[key];
		if (isObject(value)) return getDeltaText(value, true, depth + 1) ?? '';
	}
	return undefined;
}
