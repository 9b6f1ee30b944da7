import { MAX_TURN_NOTES } from '#lib/contract/connector.ts';
import { REQUEST_FIELDS } from './check-reply.ts';
import { PLACEHOLDER, PLACEHOLDER_TAG } from './html-tags.ts';
import {
	SIDE_KEYS,
	type SideFields,
	createRejectedNote,
	createUnknownKeyNote,
} from './side-fields.ts';

/** Keys of answers in a provider's own format, whose unknown keys aren't noted. */
const PROVIDER_KEYS = [
	...[
		'choices',
		'candidates',
		'generations',
		'object',
		'model',
		'usage',
		'usageMetadata',
		'kwargs',
	],
	...['role', 'stop_reason', 'finish_reason', 'done', 'queryResult', 'merged_response'],
];
/** Keys that n8n's nodes and common providers send besides the text. */
const OTHER_KEYS = [
	...['id', 'type', 'index', 'created_at', 'timestamp', 'status', 'success', 'error'],
	...['headers', 'params', 'query', 'webhookUrl', 'executionMode', 'pairedItem', 'action_input'],
	...['intermediateSteps', 'tokenUsage', 'annotations', 'output_parsed'],
];
const KNOWN_KEYS = new Set([...SIDE_KEYS, ...REQUEST_FIELDS, ...OTHER_KEYS]);

export const isProviderFormat = (object: Record<string, unknown>): boolean =>
	PROVIDER_KEYS.some((key) => Object.hasOwn(object, key));

/** Returns notes on the unknown keys of a workflow's own object, such as misspelled ones. */
export function noteUnknownKeys(
	object: Record<string, unknown>,
	replyKeys: readonly string[],
): SideFields {
	const unknown = Object.keys(object).filter(
		(key) => !KNOWN_KEYS.has(key) && !replyKeys.includes(key),
	);
	if (unknown.length === 0) return {};
	return {
		notes: unknown.slice(0, MAX_TURN_NOTES).map((key) => createUnknownKeyNote(key, object[key])),
	};
}

const ANY_PLACEHOLDER = new RegExp(`${PLACEHOLDER.source}|${PLACEHOLDER_TAG.source}`, 'i');

/** Returns a note on a reply's first placeholder if it was removed from the visible text. */
export function notePlaceholder(text: string, visible: string): SideFields {
	const [found] = ANY_PLACEHOLDER.exec(text) ?? [];
	if (found === undefined || visible.includes(found)) return {};
	return { notes: [createRejectedNote('reply', found, 'was sent instead of its value')] };
}
