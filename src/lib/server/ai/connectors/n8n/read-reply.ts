import { ConnectorError } from '../connector';
import type { Reply } from './answer';
import { isObject, mergeFields, readSideFields } from './side-fields';
import { checkSpeakable } from './unspeakable';

const REPLY_KEYS = ['output', 'reply', 'text', 'response', 'answer', 'message', 'content'];
const NESTED_KEYS = [...REPLY_KEYS, 'data', 'body', 'json', 'result', 'choices'];
/** Deeper than any answer nests; what is below is not looked at. */
const MAX_DEPTH = 10;
const MAX_ENTRIES = 100;

/** The reply in an answer's whole text: JSON, JSON in a string or in a fence, or simply text. Throws ConnectorError. */
export function readWhole(whole: string): Reply {
	const text = whole.trim();
	const json = jsonIn(text);
	if (json === undefined && text !== '') return plainReply(text, 'text');
	const reply = findReply(json, 'json', 1);
	if (reply) return reply;
	throw saysNothing(json, 0)
		? new ConnectorError('empty', 'The webhook answered without any text.')
		: new ConnectorError(
				'bad_shape',
				'The answer is JSON in which no reply was found: give it as "reply", or as "output" like the AI Agent does.',
			);
}

/** The reply in a value of an answer, or undefined when it has none. Throws ConnectorError for what is no reply. */
export function findReply(value: unknown, shape: string, depth = 0): Reply | undefined {
	if (depth > MAX_DEPTH) return undefined;
	if (typeof value === 'string') return inText(value, shape, depth);
	if (Array.isArray(value)) return inArray(value, `${shape}[]`, depth + 1);
	return isObject(value) ? inObject(value, shape, depth + 1) : undefined;
}

function inText(raw: string, shape: string, depth: number): Reply | undefined {
	const text = raw.trim();
	if (text === '') return undefined;
	const json = jsonIn(text);
	return json === undefined ? plainReply(text, shape) : findReply(json, `${shape}.json`, depth + 1);
}

function plainReply(text: string, shape: string): Reply {
	checkSpeakable(text);
	return { text, shape, fields: {} };
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
	if (typeof json === 'string') return json.trim() === '';
	if (depth > MAX_DEPTH) return false;
	if (Array.isArray(json)) return json.every((entry) => saysNothing(entry, depth + 1));
	if (!isObject(json)) return false;
	const places = REPLY_KEYS.filter((key) => Object.hasOwn(json, key));
	if (places.length === 0) return Object.keys(json).length === 0;
	return places.every((key) => saysNothing(json[key], depth + 1));
}

/** The first entry's reply, or all of them when each has one. */
function inArray(entries: unknown[], shape: string, depth: number): Reply | undefined {
	const looked = entries.slice(0, MAX_ENTRIES);
	const found = looked.flatMap((entry) => findReply(entry, shape, depth) ?? []);
	const [first] = found;
	if (!first || found.length < looked.length) return first;
	const fields = {};
	for (const reply of found) mergeFields(fields, reply.fields);
	return { text: found.map(({ text }) => text).join('\n\n'), shape: first.shape, fields };
}

function inObject(
	object: Record<string, unknown>,
	shape: string,
	depth: number,
): Reply | undefined {
	refuseFailure(object);
	const found =
		inFields(object, REPLY_KEYS, 'string', shape, depth) ??
		inFields(object, NESTED_KEYS, 'nested', shape, depth);
	if (!found) return undefined;
	mergeFields(found.fields, readSideFields(object));
	return found;
}

function inFields(
	object: Record<string, unknown>,
	keys: string[],
	kind: 'string' | 'nested',
	shape: string,
	depth: number,
): Reply | undefined {
	for (const key of keys) {
		const value = Object.hasOwn(object, key) ? object[key] : undefined;
		const isPlain =
			typeof value === 'string' && (REPLY_KEYS.includes(key) || jsonIn(value.trim()) === undefined);
		if (kind === 'string' ? typeof value !== 'string' : isPlain) continue;
		const reply = findReply(value, `${shape}.${key}`, depth);
		if (reply) return reply;
	}
	return undefined;
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
