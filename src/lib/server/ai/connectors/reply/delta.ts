import { isOthersMessage, isThought, isWordless, joinParts } from './parts.ts';
import { isObject } from './side-fields.ts';

/** What an event of a stream adds to the answer. */
export type Delta =
	| { kind: 'text'; text: string }
	/** A thought, a call of a tool, or news about the run: says nothing. */
	| { kind: 'silent'; isApart: boolean }
	| { kind: 'error'; error: unknown };

const SILENT_TYPE =
	/think|thought|reason|tool|function|arguments|signature|input_json|source|citation|annotation|metadata|usage|heartbeat|ping|\blog\b|workflow_started|node_|^on_(?!chat_model_stream|llm_stream)|^thread\.(?!message\.(?:delta|completed))|^response\.(?:created|in_progress|queued|output_item|content_part|.*\.done$|.*_call)|[._-](?:start|begin)$/i;
const ERROR_TYPE = /^(?:error|failed|response\.failed|workflow_failed|thread\.run\.failed)$/i;
const DELTA_KEYS = ['delta', 'textDelta', 'token', 'text', 'content'];
/** Where events wrap the piece; whole answers stand elsewhere. */
const INSIDE = ['message', 'chunk', 'kwargs', 'contentBlockDelta', 'data'];

/** Reads one event of a model's stream, whichever provider's; undefined for what is no event but may be a whole reply. */
export function deltaOf(object: Record<string, unknown>, event = ''): Delta | undefined {
	const type = [object.type, object.event, object.event_type, event].find(
		(name) => typeof name === 'string' && name !== '',
	);
	const name = typeof type === 'string' ? type : '';
	if (ERROR_TYPE.test(name))
		return { kind: 'error', error: object.error ?? object.errorText ?? object };
	if (SILENT_TYPE.test(name) || isThought(object) || isOthersMessage(object)) {
		return { kind: 'silent', isApart: /tool|function|_call/i.test(name + typeOfBlock(object)) };
	}
	if (isWordless(object)) return { kind: 'silent', isApart: true };
	if (Array.isArray(object.choices)) return ofChoice(object.choices[0]);
	if (Array.isArray(object.candidates)) return ofCandidate(object.candidates[0]);
	const piece = pieceOf(object, isPiece(object, name));
	return piece === undefined ? undefined : { kind: 'text', text: piece };
}

const typeOfBlock = ({ content_block }: Record<string, unknown>): string =>
	isObject(content_block) && typeof content_block.type === 'string' ? content_block.type : '';

/** Whether an event that wraps its text in something gives a piece, and not the whole. */
function isPiece(object: Record<string, unknown>, name: string): boolean {
	return (
		/delta|token|stream|chunk|message$|text/i.test(name) ||
		typeof object.done === 'boolean' ||
		'contentBlockDelta' in object
	);
}

function ofChoice(choice: unknown): Delta | undefined {
	if (!isObject(choice) || isObject(choice.message))
		return isObject(choice) ? undefined : SAYS_NOTHING;
	return { kind: 'text', text: pieceOf(choice, true) ?? '' };
}

function ofCandidate(candidate: unknown): Delta {
	const content = isObject(candidate) ? candidate.content : undefined;
	const parts = isObject(content) && Array.isArray(content.parts) ? content.parts : [];
	return { kind: 'text', text: joinParts(parts) };
}

const SAYS_NOTHING: Delta = { kind: 'silent', isApart: false };

function pieceOf(
	object: Record<string, unknown>,
	isInside: boolean,
	depth = 0,
): string | undefined {
	if (depth > 6) return undefined;
	if (isThought(object) || isWordless(object)) return '';
	for (const key of DELTA_KEYS) {
		const value = object[key];
		if (typeof value === 'string') return value;
		if (Array.isArray(value) && (isInside || key === 'delta')) return joinParts(value);
		if (isObject(value) && (key === 'delta' || isInside))
			return pieceOf(value, true, depth + 1) ?? '';
	}
	if (!isInside) return undefined;
	for (const key of ['answer', 'response', 'refusal', 'data']) {
		const value = object[key];
		if (typeof value === 'string') return value;
	}
	for (const key of INSIDE) {
		const value = object[key];
		if (isObject(value)) return pieceOf(value, true, depth + 1) ?? '';
	}
	return undefined;
}
