import { hasVisibleText } from '#lib/contract/text.ts';
import { INGEST_MAX_LENGTH } from '#lib/contract/workflows.ts';
import { ConnectorError } from '../connector.ts';
import type { Reply } from './answer.ts';
import { checkReply, isEchoField, isWebhookItem, rejectEcho } from './check-reply.ts';
import { isStream, joinDeltas, readCollectedStream } from './collected-stream.ts';
import { findJsonIn, parseJson } from './json.ts';
import { hasNoText, isFromOtherSender, isParts, isReceipt, isThought, joinParts } from './parts.ts';
import {
	ALTERNATIVES_KEYS,
	getListKind,
	type ListKind,
	NESTED_KEYS,
	findOnlyValue,
	OWN_KEYS,
	listProseKeys,
	REPLY_KEYS,
} from './reply-keys.ts';
import { isStatusField, rejectFailure, rejectReportedFailure } from './reported-failure.ts';
import { isObject, mergeFields, readSideFields, SIDE_KEYS } from './side-fields.ts';
import { stripThoughts } from './thought-filter.ts';
import { toMarkdown } from './to-markdown.ts';
import { isProviderFormat, notePlaceholder, noteUnknownKeys } from './unknown-keys.ts';

/** Deeper values are ignored. */
const MAX_DEPTH = 10;
const MAX_ENTRIES = 100;
/** The maximum length of text that is converted: several times the stored length, because HTML is longer than its text. */
const MAX_READ_LENGTH = 4 * INGEST_MAX_LENGTH;

/**
 * Returns the reply in a complete answer: JSON, JSON in a string or in a fence, or plain text. Rejects echoes of the
 * visitor's message. Throws ConnectorError.
 */
export function parseReply(answer: string, visitorMessage = ''): Reply | undefined {
	const text = answer.trim();
	const json = parseJson(text);
	if (json === undefined && text !== '')
		return new ReplyFinder(visitorMessage).findInText(text, 'text', 0);
	const reply = new ReplyFinder(visitorMessage).find(json, 'json', 1);
	if (reply) return reply;
	if ([json].flat().some((item) => isObject(item) && isReceipt(item))) throw createReceiptError();
	throw isEmptyReply(json, 0)
		? new ConnectorError('empty', 'The webhook returned no text.')
		: new ConnectorError(
				'bad_shape',
				'The answer is JSON without a reply: return it as "reply", or as "output" like the AI Agent does.',
			);
}

const createReceiptError = () =>
	new ConnectorError(
		'bad_shape',
		"The answer is about a message that the last node sent elsewhere, such as an email: put the node with the AI's reply last, or answer with a Respond to Webhook node.",
	);

/** Returns the reply in JSON embedded in a text, or the text around JSON that has side fields; `undefined` if there is neither. */
export const parseEmbedded = (text: string, visitorMessage: string): Reply | undefined =>
	new ReplyFinder(visitorMessage).findEmbedded(text, 'text', 0);

/** Returns the reply in a value of an answer; `undefined` if it has none. Throws ConnectorError for text that isn't a reply. */
export const findReply = (value: unknown, shape: string, visitorMessage = ''): Reply | undefined =>
	new ReplyFinder(visitorMessage).find(value, shape, 0);

/**
 * Returns the visible text of an AI message stored by another system: the text without reasoning, or the reply in JSON; empty
 * if there is none. Returns JSON without a reply, and a workflow's error messages, unchanged.
 */
export function parseImportedText(stored: string): string {
	const json = parseJson(stored.trim());
	if (typeof json !== 'object' || json === null) return stripThoughts(stored).trim();
	try {
		return parseReply(stored)?.text ?? '';
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		return error.outcome === 'empty' ? '' : stored;
	}
}

/** Matches a whole reply in a fence that isn't code. */
const PROSE_FENCE = /^```(?:markdown|md|html?|te?xt|plaintext)[ \t]*\n((?:(?!```)[^])*)```$/i;

class ReplyFinder {
	readonly #visitorMessage: string;
	/** Whether the answer is in a provider's own format, whose unknown keys aren't noted. */
	#isProviderFormat = false;

	constructor(visitorMessage: string) {
		this.#visitorMessage = visitorMessage;
	}

	find(value: unknown, shape: string, depth: number, kind?: ListKind): Reply | undefined {
		if (depth > MAX_DEPTH) return undefined;
		if (typeof value === 'string') return this.findInText(value, shape, depth);
		if (Array.isArray(value)) return this.#findInArray(value, `${shape}[]`, depth + 1, kind);
		return isObject(value) ? this.#findInObject(value, shape, depth + 1) : undefined;
	}

	findInText(raw: string, shape: string, depth: number): Reply | undefined {
		const json = parseJson(raw.trim());
		if (json !== undefined) return this.find(json, `${shape}.json`, depth + 1);
		const events = readCollectedStream(raw);
		if (events) return this.#findInStream(events, `${shape}.stream`, depth + 1);
		const text = stripThoughts(raw).trim();
		if (!hasVisibleText(text)) return undefined;
		// Reasoning may precede JSON in the workflow's own format.
		if (text !== raw.trim() && parseJson(text) !== undefined)
			return this.findInText(text, shape, depth + 1);
		const embedded = this.findEmbedded(text, shape, depth + 1);
		if (embedded) return embedded;
		const [, fenced] = PROSE_FENCE.exec(text) ?? [];
		if (fenced !== undefined) return this.findInText(fenced, shape, depth + 1);
		checkReply(text);
		const visible = toMarkdown(text.slice(0, MAX_READ_LENGTH)).trim();
		if (!hasVisibleText(visible)) return undefined;
		checkReply(visible);
		rejectEcho(visible, this.#visitorMessage);
		return { text: visible, shape, fields: notePlaceholder(text, visible) };
	}

	/** Reads the JSON in a model's text: its reply, or the text around it with its side fields. */
	findEmbedded(text: string, shape: string, depth: number): Reply | undefined {
		const found = depth > MAX_DEPTH ? undefined : findJsonIn(text);
		if (!found) return undefined;
		const { json, around, marker = '' } = found;
		if (OWN_KEYS.some((key) => typeof json[key] === 'string'))
			return this.find(json, `${shape}.json`, depth);
		const final = this.#findFinalAnswer(json, `${shape}.json`, depth);
		if (final) return final;
		if (isToolCall(json)) return this.findInText(around, shape, depth);
		const isLead = isContact(json) || (/lead|contact/i.test(marker) && isFlat(json));
		const fields = readSideFields(isLead && !('lead' in json) ? groupLead(json) : json);
		if (around === '' || Object.keys(fields).length === 0) return undefined;
		const reply = this.findInText(around, shape, depth);
		if (reply) mergeFields(reply.fields, fields);
		return reply;
	}

	/**
	 * Returns the joined text of parts; otherwise the first entry's reply, or all replies if every entry has one. Typed
	 * entries without a reply, such as a pause in a flow, don't count.
	 */
	#findInArray(list: unknown[], shape: string, depth: number, kind: ListKind): Reply | undefined {
		const entries = takeLatestMessages(list);
		const isPartList = kind === 'parts';
		if (isPartList && isTokens(entries)) return this.find(entries.join(''), shape, depth);
		const canBeParts = isPartList || (kind !== 'messages' && entries.some(isTyped));
		if (canBeParts && isParts(entries)) {
			const joined = this.find(joinParts(entries), shape, depth);
			if (joined) return joined;
		}
		if (isStream(entries)) return this.#findInStream(entries, shape, depth);
		const candidates = entries
			.slice(0, MAX_ENTRIES)
			.filter((entry) => !isObject(entry) || !isNotReply(entry));
		const replies = candidates.map((entry) => this.find(entry, shape, depth));
		const found = replies.flatMap((reply) => reply ?? []);
		const [first] = found;
		if (!first || candidates.some((entry, index) => !replies[index] && !isTyped(entry)))
			return first;
		const fields = {};
		for (const reply of found) mergeFields(fields, reply.fields);
		// A workflow that merges its branches returns the same item once per branch.
		const texts = new Set(found.map(({ text }) => text));
		return { text: [...texts].join('\n\n'), shape: first.shape, fields };
	}

	/** Returns the joined text of a stream's events; otherwise the reply of the last event that has one. */
	#findInStream(
		events: Record<string, unknown>[],
		shape: string,
		depth: number,
	): Reply | undefined {
		const joined = this.find(joinDeltas(events), shape, depth);
		if (joined || depth > MAX_DEPTH) return joined;
		for (const event of events.slice(-MAX_ENTRIES).reverse()) {
			const reply = this.find(event, shape, depth);
			if (reply) return reply;
		}
		return undefined;
	}

	#findInObject(object: Record<string, unknown>, shape: string, depth: number): Reply | undefined {
		if (isNotReply(object) || isReceipt(object)) return undefined;
		rejectFailure(
			object,
			REPLY_KEYS.some((key) => key !== 'message' && object[key]),
		);
		this.#isProviderFormat ||= isProviderFormat(object);
		const found =
			this.#findFinalAnswer(object, shape, depth) ??
			this.#findInFields(object, REPLY_KEYS, 'string', shape, depth) ??
			this.#findInFields(object, NESTED_KEYS, 'nested', shape, depth) ??
			this.#findInFields(object, listProseKeys(object), 'string', shape, depth) ??
			this.#findInFields(object, REPLY_KEYS, 'echo', shape, depth) ??
			this.find(findOnlyValue(object, shape), shape, depth);
		if (!found) {
			rejectReportedFailure(object);
			return undefined;
		}
		mergeFields(found.fields, readSideFields(object));
		if (!this.#isProviderFormat) mergeFields(found.fields, noteUnknownKeys(object, NESTED_KEYS));
		return found;
	}

	/** Returns the final answer of a LangChain agent. */
	#findFinalAnswer(
		{ action, action_input }: Record<string, unknown>,
		shape: string,
		depth: number,
	) {
		if (typeof action !== 'string' || !/^final.?answer$/i.test(action)) return undefined;
		return this.find(action_input, `${shape}.action_input`, depth);
	}

	#findInFields(
		object: Record<string, unknown>,
		keys: string[],
		/** `echo`: texts identical to the visitor's message, which are a reply only if there is no other. */
		kind: 'string' | 'nested' | 'echo',
		shape: string,
		depth: number,
	): Reply | undefined {
		const isItem = isWebhookItem(object);
		for (const key of keys) {
			const value = Object.hasOwn(object, key) ? object[key] : undefined;
			if (value === undefined || value === null || (isItem && key === 'body')) continue;
			const isPlain =
				typeof value === 'string' &&
				(REPLY_KEYS.includes(key) || parseJson(value.trim()) === undefined);
			if (kind === 'nested' ? isPlain : typeof value !== 'string') continue;
			if (isStatusField(object, key)) continue;
			const isEcho = typeof value === 'string' && value.trim() === this.#visitorMessage.trim();
			if (kind !== 'nested' && isEcho !== (kind === 'echo')) continue;
			if (isEchoField(object, value, this.#visitorMessage)) continue;
			const reply = this.find(
				takeFirstAlternative(key, value),
				`${shape}.${key}`,
				depth,
				getListKind(key),
			);
			if (reply) return reply;
		}
		return undefined;
	}
}

const isTyped = (entry: unknown): boolean =>
	isObject(entry) &&
	[entry.type, entry.response_type, entry.contentType].some((type) => typeof type === 'string');

/** Returns whether a list of texts consists of a model's tokens rather than of several answers. */
const isTokens = (entries: unknown[]): boolean =>
	entries.every((entry) => typeof entry === 'string') &&
	entries.slice(1).some((entry) => /^\s/.test(entry));

/** Returns whether an object is a tool call that a model wrote into its text. */
const isToolCall = ({ name, tool, action, ...call }: Record<string, unknown>): boolean =>
	[name, tool, action].some((called) => typeof called === 'string') &&
	TOOL_INPUTS.some((key) => isObject(call[key]));
/** Keys of a tool call's input, as models and LangChain's agents write it. */
const TOOL_INPUTS = ['arguments', 'parameters', 'args', 'tool_input', 'action_input'];

/** Returns whether an object that a model wrote into its text contains only the visitor's details. */
const isContact = (json: Record<string, unknown>): boolean =>
	('email' in json || 'phone' in json) && isFlat(json);

/** Groups the visitor's details under `lead`, beside the side fields. */
function groupLead(json: Record<string, unknown>): Record<string, unknown> {
	const isSide = ([key]: [string, unknown]) => SIDE_KEYS.includes(key);
	const entries = Object.entries(json);
	const lead = Object.fromEntries(entries.filter((entry) => !isSide(entry)));
	return { ...Object.fromEntries(entries.filter(isSide)), lead };
}

const isFlat = (json: Record<string, unknown>): boolean =>
	Object.values(json).every((value) => typeof value !== 'object' || value === null);

/** Returns whether an object can't be the AI's reply, whatever text it has. */
const isNotReply = (object: Record<string, unknown>): boolean =>
	isThought(object) || hasNoText(object) || isFromOtherSender(object);

/** Returns the first of several alternatives; other values unchanged. */
function takeFirstAlternative(key: string, value: unknown): unknown {
	const hasAlternatives = Array.isArray(value) && ALTERNATIVES_KEYS.has(key);
	return hasAlternatives ? (value as unknown[])[0] : value;
}

/** Returns the entries after the last message by someone other than the AI. A list without one, or that ends with one, is unchanged. */
function takeLatestMessages(entries: unknown[]): unknown[] {
	const last = entries.findLastIndex((entry) => isObject(entry) && isFromOtherSender(entry));
	return last < 0 || last === entries.length - 1 ? entries : entries.slice(last + 1);
}

/** Returns whether JSON is empty or has only empty fields for the reply. */
function isEmptyReply(json: unknown, depth: number): boolean {
	if (json === undefined || json === null) return true;
	if (typeof json === 'string') return !hasVisibleText(stripThoughts(json));
	if (depth > MAX_DEPTH) return false;
	if (Array.isArray(json)) return json.every((entry) => isEmptyReply(entry, depth + 1));
	if (!isObject(json)) return false;
	if (isNotReply(json)) return true;
	const keys = NESTED_KEYS.filter((key) => Object.hasOwn(json, key));
	if (keys.length === 0) return Object.keys(json).length === 0;
	return keys.every((key) => isEmptyReply(json[key], depth + 1));
}
