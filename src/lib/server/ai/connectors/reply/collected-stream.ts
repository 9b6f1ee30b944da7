import { tryParseJson } from '#lib/server/core/parse.ts';
import { DeltaJoiner } from './delta-joiner.ts';
import { parseJsonValues } from './json.ts';
import { getEventNames, parseDelta } from './parts.ts';
import { isObject } from './side-fields.ts';

const EVENT_START = /^(?:(?:event|id|retry|):[^\n]*\n+)*data: ?(?:data: ?)?\{/;

/**
 * Returns the events of a stream that a node has collected into one text, as n8n's HTTP Request node does: server-sent events,
 * JSON lines, or JSON values without a separator. Returns `undefined` for other texts.
 */
export function readCollectedStream(text: string): Record<string, unknown>[] | undefined {
	const whole = text.trim().replace(/\r\n?/g, '\n');
	if (whole.startsWith('{')) return parseJsonValues(whole);
	if (!EVENT_START.test(whole)) return undefined;
	const events = whole.split('\n').flatMap((line) => {
		const [, data] = /^(?:data: ?)+(\{.*)$/.exec(line) ?? [];
		const event = tryParseJson(data ?? '');
		return isObject(event) ? [event] : [];
	});
	return events.length > 0 ? events : undefined;
}

/** Matches the names of events that contain part of a text. */
const DELTA_NAME = /delta$|^(?:token|item|text_chunk)$/i;

/** Returns whether a list consists of a stream's events that a node has collected. */
export const isStream = (entries: unknown[]): entries is Record<string, unknown>[] =>
	entries.length > 1 && entries.every(isObject) && entries.some(isChunk);

function isChunk(entry: Record<string, unknown>): boolean {
	if (Array.isArray(entry.choices)) return hasDelta(entry);
	const isNamed = getEventNames(entry, '').some((name) => DELTA_NAME.test(name));
	return Array.isArray(entry.candidates) || isNamed;
}

/** Returns whether an object is a chunk of a chat completion. */
export function hasDelta({ choices }: Record<string, unknown>): boolean {
	const [choice] = Array.isArray(choices) ? (choices as unknown[]) : [];
	return isObject(choice) && isObject(choice.delta);
}

/** Joins the text of a stream's events; empty if they have none. Errors among them are ignored. */
export function joinDeltas(events: Record<string, unknown>[]): string {
	const joiner = new DeltaJoiner();
	let text = '';
	for (const event of events) {
		const delta = parseDelta(event);
		if (delta?.kind !== 'text') continue;
		const added = joiner.add(delta.text);
		text = added.isRestart ? added.text : text + added.text;
	}
	return text;
}
