import { INGEST_MAX_LENGTH } from '#lib/contract/ingest.ts';
import { ConnectorError } from '../connector.ts';
import type { Reply } from './answer.ts';
import { isEchoField, isWebhookItem, refuseEcho } from './echo.ts';
import { isOthersMessage, isParts, isThought, isWordless, joinParts } from './parts.ts';
import { reduce } from './reduce.ts';
import { isObject, mergeFields, readSideFields } from './side-fields.ts';
import { withoutThoughts } from './thoughts.ts';
import { checkSpeakable } from './unspeakable.ts';

const REPLY_KEYS = [
	...['output', 'reply', 'text', 'response', 'answer', 'message', 'content'],
	...[
		'output_text',
		'outputText',
		'fulfillmentText',
		'completion',
		'generated_text',
		'final_answer',
		'merged_response',
		'refusal',
	],
];
const NESTED_KEYS = [
	...REPLY_KEYS,
	...['data', 'body', 'json', 'result', 'choices', 'candidates', 'parts', 'kwargs'],
	...['generations', 'outputs', 'messages', 'replies', 'responses', 'activities', 'queryResult'],
];
/** Lists of alternatives, of which a provider means the first. */
const FIRST_OF = new Set(['choices', 'candidates', 'generations']);
/** Where a list is the parts of one text rather than several answers. */
const PARTS_KEYS = new Set(['output', 'content', 'parts']);
/** Deeper than any answer nests; what is below is not looked at. */
const MAX_DEPTH = 10;
const MAX_ENTRIES = 100;
/** Several times what is stored, for HTML is longer than what it says. */
const MAX_READ = 4 * INGEST_MAX_LENGTH;

/**
 * The reply in an answer's whole text: JSON, JSON in a string or in a fence, or simply text; `heard` is what the visitor
 * wrote. Throws ConnectorError.
 */
export function readWhole(whole: string, heard = ''): Reply | undefined {
	const text = whole.trim();
	const json = jsonIn(text);
	if (json === undefined && text !== '') return new Finder(heard).inText(text, 'text', 0);
	const reply = new Finder(heard).find(json, 'json', 1);
	if (reply) return reply;
	throw saysNothing(json, 0)
		? new ConnectorError('empty', 'The webhook answered without any text.')
		: new ConnectorError(
				'bad_shape',
				'The answer is JSON in which no reply was found: give it as "reply", or as "output" like the AI Agent does.',
			);
}

/** The reply in a value of an answer, or undefined when it has none. Throws ConnectorError for what is no reply. */
export const findReply = (value: unknown, shape: string, heard = ''): Reply | undefined =>
	new Finder(heard).find(value, shape, 0);

/**
 * An AI's words as another system has stored them, without thoughts, and the reply alone where they are JSON; empty when
 * nothing was said. Other JSON, and what a machine says about itself, stays as it was said.
 */
export function importedText(words: string): string {
	const json = jsonIn(words.trim());
	if (typeof json !== 'object' || json === null) return withoutThoughts(words).trim();
	try {
		return readWhole(words)?.text ?? '';
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		return error.outcome === 'empty' ? '' : words;
	}
}

class Finder {
	readonly #heard: string;

	constructor(heard: string) {
		this.#heard = heard;
	}

	find(value: unknown, shape: string, depth: number, isPartList = false): Reply | undefined {
		if (depth > MAX_DEPTH) return undefined;
		if (typeof value === 'string') return this.inText(value, shape, depth);
		if (Array.isArray(value)) return this.#inArray(value, `${shape}[]`, depth + 1, isPartList);
		return isObject(value) ? this.#inObject(value, shape, depth + 1) : undefined;
	}

	inText(raw: string, shape: string, depth: number): Reply | undefined {
		const json = jsonIn(raw.trim());
		if (json !== undefined) return this.find(json, `${shape}.json`, depth + 1);
		const text = withoutThoughts(raw).trim();
		if (text === '') return undefined;
		// Thoughts may stand before the JSON of a workflow's own form.
		if (text !== raw.trim() && jsonIn(text) !== undefined)
			return this.inText(text, shape, depth + 1);
		checkSpeakable(text);
		const visible = reduce(text.slice(0, MAX_READ)).trim();
		if (visible === '') return undefined;
		checkSpeakable(visible);
		refuseEcho(visible, this.#heard);
		return { text: visible, shape, fields: {} };
	}

	/** The words of all parts; else the first entry's reply, or all of them when each has one. */
	#inArray(entries: unknown[], shape: string, depth: number, isPartList: boolean) {
		const isTyped = entries.some((entry) => isObject(entry) && typeof entry.type === 'string');
		if ((isPartList || isTyped) && isParts(entries)) {
			return this.find(joinParts(entries), shape, depth);
		}
		const chunks = entries.flatMap((entry) => (isObject(entry) ? partsOfChunk(entry) : []));
		if (entries.length > 1 && chunks.length > 0) return this.find(joinParts(chunks), shape, depth);
		const looked = entries
			.slice(0, MAX_ENTRIES)
			.filter((entry) => !isObject(entry) || !isAside(entry));
		const found = looked.flatMap((entry) => this.find(entry, shape, depth) ?? []);
		const [first] = found;
		if (!first || found.length < looked.length) return first;
		const fields = {};
		for (const reply of found) mergeFields(fields, reply.fields);
		return { text: found.map(({ text }) => text).join('\n\n'), shape: first.shape, fields };
	}

	#inObject(object: Record<string, unknown>, shape: string, depth: number): Reply | undefined {
		if (isAside(object)) return undefined;
		refuseFailure(object);
		const found =
			this.#finalAnswer(object, shape, depth) ??
			this.#inFields(object, REPLY_KEYS, 'string', shape, depth) ??
			this.#inFields(object, NESTED_KEYS, 'nested', shape, depth);
		if (!found) return undefined;
		mergeFields(found.fields, readSideFields(object));
		return found;
	}

	/** What an agent of LangChain's writes when it has come to an end. */
	#finalAnswer({ action, action_input }: Record<string, unknown>, shape: string, depth: number) {
		if (typeof action !== 'string' || !/^final.?answer$/i.test(action)) return undefined;
		return this.find(action_input, `${shape}.action_input`, depth);
	}

	#inFields(
		object: Record<string, unknown>,
		keys: string[],
		kind: 'string' | 'nested',
		shape: string,
		depth: number,
	): Reply | undefined {
		const isItem = isWebhookItem(object);
		for (const key of keys) {
			const value = Object.hasOwn(object, key) ? object[key] : undefined;
			const isPlain =
				typeof value === 'string' &&
				(REPLY_KEYS.includes(key) || jsonIn(value.trim()) === undefined);
			if (kind === 'string' ? typeof value !== 'string' : isPlain) continue;
			if (isItem && key === 'body') continue;
			if (isEchoField(object, value, this.#heard)) continue;
			const reply = this.find(pick(key, value), `${shape}.${key}`, depth, PARTS_KEYS.has(key));
			if (reply) return reply;
		}
		return undefined;
	}
}

/** What is no answer of the AI to the visitor, whatever text it has. */
const isAside = (object: Record<string, unknown>): boolean =>
	isThought(object) || isWordless(object) || isOthersMessage(object);

/** The parts in one entry of Gemini's stream that was collected into a list. */
function partsOfChunk({ candidates }: Record<string, unknown>): unknown[] {
	const [candidate] = Array.isArray(candidates) ? (candidates as unknown[]) : [];
	const content = isObject(candidate) ? candidate.content : undefined;
	return isObject(content) && Array.isArray(content.parts) ? content.parts : [];
}

function pick(key: string, value: unknown): unknown {
	if (!Array.isArray(value)) return value;
	const entries: unknown[] = value;
	if (FIRST_OF.has(key)) return entries[0];
	// A conversation: only its last word may be the answer.
	const isConversation =
		key === 'messages' && entries.some((entry) => isObject(entry) && isAside(entry));
	return isConversation ? entries.at(-1) : entries;
}

/** The JSON that a text consists of, alone or in a fence; undefined when it is simply text. */
function jsonIn(text: string): unknown {
	const isFenced = text.startsWith('```');
	if (!isFenced && !/^["[{]|^null$/.test(text)) return undefined;
	try {
		return JSON.parse(isFenced ? contentOfFence(text) : text);
	} catch {
		return undefined;
	}
}

function contentOfFence(text: string): string {
	const start = text.indexOf('\n') + 1;
	const end = text.indexOf('```', start);
	return start === 0
		? text.slice(3).replace(/^json|```$/g, '')
		: text.slice(start, end < 0 ? undefined : end);
}

/** Whether the place for a reply is there and empty. */
function saysNothing(json: unknown, depth: number): boolean {
	if (json === undefined || json === null) return true;
	if (typeof json === 'string') return withoutThoughts(json).trim() === '';
	if (depth > MAX_DEPTH) return false;
	if (Array.isArray(json)) return json.every((entry) => saysNothing(entry, depth + 1));
	if (!isObject(json)) return false;
	if (isAside(json)) return true;
	const places = REPLY_KEYS.filter((key) => Object.hasOwn(json, key));
	if (places.length === 0) return Object.keys(json).length === 0;
	return places.every((key) => saysNothing(json[key], depth + 1));
}

/** Objects that stand for a failure, whatever text they have. */
function refuseFailure(object: Record<string, unknown>): void {
	if (object.executionStarted === true) {
		throw new ConnectorError(
			'no_reply_mode',
			'The trigger answers by Chat nodes, which only n8n\'s own chat understands: set its response mode to "When Last Node Finishes", "Using Respond to Webhook Node" or "Streaming".',
		);
	}
	const { error, message } = object;
	const hasReply = REPLY_KEYS.some((key) => key !== 'message' && object[key]);
	if (!error || hasReply) return;
	const said = [error, isObject(error) ? error.message : undefined, message].find(
		(text) => typeof text === 'string',
	);
	throw new ConnectorError(
		'workflow_error',
		`The workflow reported an error${said ? `: ${String(said).slice(0, 300)}` : ''}`,
	);
}
