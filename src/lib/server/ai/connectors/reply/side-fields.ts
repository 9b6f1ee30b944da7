import { tryParseJson } from '#lib/server/core/parse.ts';
import { leadInput, MAX_LEAD_FIELDS, type LeadInput } from '#lib/contract/lead.ts';
import { bookingUrl, MAX_QUICK_REPLIES, quickReply } from '#lib/contract/message.ts';
import { cleanText } from '#lib/contract/text.ts';
import { MAX_TURN_NOTES, MAX_VERSION_LENGTH, type TurnNote } from '#lib/contract/connector.ts';

/** The fields that an answer may contain besides its text. */
export interface SideFields {
	lead?: LeadInput;
	completed?: boolean;
	quick_replies?: string[];
	/** The key of the question that the reply asks. */
	asked?: string;
	/** A request for a person; the reason is empty if none was given. */
	handoff?: { reason: string };
	/** The version that the workflow or prompt reports for itself. */
	version?: string;
	/** n8n's ID of the workflow version, if the workflow passes it on. */
	workflow_version?: string;
	/** A question from the visitor that the AI could not answer. */
	unanswered?: string;
	/** The URL of a page for booking an appointment. */
	booking_url?: string;
	execution_id?: string;
	/** Keys and values that could not be used. */
	notes?: TurnNote[];
}

/** The keys that `readSideFields` reads, in all their spellings. */
export const SIDE_KEYS = [
	...['lead', 'completed', 'session_status', 'completion_status', 'quick_replies', 'quickReplies'],
	...['asked', 'handoff', 'version', 'unanswered', 'booking_url', 'bookingUrl'],
	...['workflow_version', 'workflowVersion', 'versionId', 'activeVersionId', 'workflow'],
	...['execution_id', 'executionId'],
];

const MAX_UNANSWERED_LENGTH = 500;
const MAX_REASON_LENGTH = 500;
const MAX_NOTE_VALUE_LENGTH = 120;
const COMPLETED_STATUSES = new Set(['complete', 'completed', 'done', 'finished', 'closed']);
/** Matches values that models write into a field that doesn't apply. */
const EMPTY_VALUE = /^(?:|null|none|false|no|undefined|n\/?a|-)$/i;

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the side fields of an object in an answer. Adds notes on values that can't be used; skips empty ones silently. */
export function readSideFields(object: Record<string, unknown>): SideFields {
	const notes: TurnNote[] = [];
	const reject: Reject = (path, value, message) =>
		notes.push(createRejectedNote(path, value, message));
	const lead = readLead(object.lead, reject);
	const quick_replies = readQuickReplies(object.quick_replies ?? object.quickReplies, reject);
	return omitUndefined({
		lead: Object.keys(lead).length > 0 ? lead : undefined,
		completed: readCompleted(object, reject),
		quick_replies: quick_replies.length > 0 ? quick_replies : undefined,
		asked: readText('asked', object.asked, 64, reject),
		handoff: readHandoff(object.handoff, reject),
		version: readText('version', object.version, MAX_VERSION_LENGTH, reject),
		workflow_version: readWorkflowVersion(object),
		unanswered: readUnanswered(object.unanswered, reject),
		booking_url: readBookingUrl(object.booking_url ?? object.bookingUrl, reject),
		execution_id: readExecutionId(object.execution_id ?? object.executionId),
		notes: notes.length > 0 ? notes : undefined,
	});
}

/** Merges later fields into earlier ones; later values win. */
export function mergeFields(target: SideFields, found: SideFields): void {
	const lead = { ...target.lead, ...found.lead };
	const notes = mergeNotes(target.notes, found.notes);
	Object.assign(target, found);
	if (Object.keys(lead).length > 0) target.lead = lead;
	if (notes.length > 0) target.notes = notes;
}

/** Joins lists of notes without duplicates, up to the maximum stored per turn. */
export function mergeNotes(...lists: (TurnNote[] | undefined)[]): TurnNote[] {
	const byKey = new Map<string, TurnNote>();
	for (const note of lists.flatMap((list) => list ?? [])) {
		const key = `${note.kind} ${note.path}`;
		if (!byKey.has(key)) byKey.set(key, note);
	}
	return [...byKey.values()].slice(0, MAX_TURN_NOTES);
}

/** Returns a note on a value that can't be used. */
export const createRejectedNote = (path: string, value: unknown, message: string): TurnNote => ({
	kind: 'rejected',
	path: cleanText(path).slice(0, 100).toWellFormed(),
	value: toExcerpt(value),
	message,
});

/** Returns a note on a key that Frontdesk doesn't support. */
export const createUnknownKeyNote = (key: string, value: unknown): TurnNote => ({
	...createRejectedNote(key, value, 'is not a supported key'),
	kind: 'unknown',
});

type Reject = (path: string, value: unknown, message: string) => void;

function toExcerpt(value: unknown): string {
	const text = typeof value === 'string' ? value : toJson(value);
	return cleanText(text).slice(0, MAX_NOTE_VALUE_LENGTH).toWellFormed();
}

/** Returns an empty text for values nested so deep that `JSON.stringify` exceeds the stack. `JSON.parse` has no such limit. */
function toJson(value: unknown): string {
	try {
		return JSON.stringify(value) ?? '';
	} catch {
		return '';
	}
}

const omitUndefined = (fields: { [key in keyof SideFields]: SideFields[key] | undefined }) =>
	Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== undefined),
	) as SideFields;

/** Keys under which models group fields of a lead, as Frontdesk's API groups `answers`. */
const LEAD_GROUPS = new Set(['answers', 'contact', 'contact_details', 'contactDetails', 'fields']);

/** Reads the lead. Skips null and empty values, which AIs send for fields they don't know yet. */
function readLead(found: unknown, reject: Reject): LeadInput {
	if (isEmptyValue(found)) return {};
	const unwrapped = unwrapValue(found);
	const object = isObject(unwrapped) ? unwrapped : undefined;
	if (!object) reject('lead', found, 'is not an object of field names and values');
	const lead: LeadInput = {};
	const entries = Object.entries(object ?? {}).flatMap(([key, entry]) =>
		LEAD_GROUPS.has(key) && isObject(entry) ? Object.entries(entry) : [[key, entry] as const],
	);
	for (const [key, entry] of entries.slice(0, MAX_LEAD_FIELDS)) {
		const value = toValue(entry);
		if (value === null || value === '') continue;
		const field = leadInput.safeParse({ [key]: value });
		if (field.success) Object.assign(lead, field.data);
		else reject(`lead.${key}`, entry, 'is not a text, number or boolean of up to 2,000 characters');
	}
	if (entries.length > MAX_LEAD_FIELDS) {
		reject('lead', entries.length, `has more than ${MAX_LEAD_FIELDS} fields; the rest is ignored`);
	}
	return lead;
}

/** Joins a list of plain values, such as several answers to one question, into one text. */
function toValue(entry: unknown): unknown {
	const isPlain = (value: unknown) => typeof value === 'string' || typeof value === 'number';
	const value = Array.isArray(entry) && entry.every(isPlain) ? entry.join(', ') : entry;
	return typeof value === 'string' ? value.trim() : (value ?? null);
}

/** Unwraps a value that n8n's nodes have wrapped: parses JSON in a text, and takes the only object out of a list. */
function unwrapValue(value: unknown): unknown {
	const parsed = typeof value === 'string' ? (tryParseJson(value.trim()) ?? value) : value;
	return Array.isArray(parsed) && parsed.length === 1 && isObject(parsed[0]) ? parsed[0] : parsed;
}

const isEmptyValue = (value: unknown): boolean =>
	value === undefined ||
	value === null ||
	value === false ||
	(typeof value === 'string' && EMPTY_VALUE.test(value.trim()));

/** Converts a boolean, or a text such as Python's "True"; returns `undefined` for anything else. */
function toBoolean(value: unknown): boolean | undefined {
	if (typeof value === 'boolean') return value;
	const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
	return word === 'true' || word === 'false' ? word === 'true' : undefined;
}

function readCompleted(object: Record<string, unknown>, reject: Reject): boolean | undefined {
	const { completed } = object;
	const isCompleted = toBoolean(completed);
	if (isCompleted !== undefined) return isCompleted;
	if (!isEmptyValue(completed)) reject('completed', completed, 'is not true or false');
	const status = object.session_status ?? object.completion_status;
	return typeof status === 'string' ? COMPLETED_STATUSES.has(status.toLowerCase()) : undefined;
}

/** Matches a text that is emphasized as a whole, unlike `**Yes** or **No**`. */
const EMPHASIZED = /^(\*{1,3}|_{1,3}|`)((?!\1)\S(?:(?!\1).)*)\1$/;

/** Accepts a list of texts or of objects with a `title`, `text` or `label`, also as a JSON string. */
function readQuickReplies(value: unknown, reject: Reject): string[] {
	if (isEmptyValue(value)) return [];
	const list = typeof value === 'string' ? tryParseJson(value) : value;
	if (!Array.isArray(list)) {
		reject('quick_replies', value, 'is not a list');
		return [];
	}
	const replies = new Set<string>();
	for (const entry of list.slice(0, 100)) {
		const text: unknown = isObject(entry) ? (entry.title ?? entry.text ?? entry.label) : entry;
		const reply = quickReply.safeParse(
			typeof text === 'string' ? cleanText(text).trim().replace(EMPHASIZED, '$2') : text,
		);
		if (reply.success) replies.add(reply.data);
		else if (!isEmptyValue(text))
			reject('quick_replies', entry, 'is not a text of 1 to 80 characters');
	}
	return [...replies].slice(0, MAX_QUICK_REPLIES);
}

function readText(
	path: string,
	value: unknown,
	maxLength: number,
	reject: Reject,
): string | undefined {
	if (isEmptyValue(value)) return undefined;
	const text =
		typeof value === 'string' || typeof value === 'number' ? cleanText(String(value)).trim() : '';
	if (text !== '' && text.length <= maxLength) return text;
	reject(path, value, `is not a text of 1 to ${maxLength} characters`);
	return undefined;
}

/** Accepts the names used in n8n's own data, also nested in `workflow`. */
function readWorkflowVersion(object: Record<string, unknown>): string | undefined {
	const inner = isObject(object.workflow) ? object.workflow : {};
	const found = [
		...[object.workflow_version, object.workflowVersion, object.activeVersionId, object.versionId],
		...[inner.activeVersionId, inner.versionId, inner.version],
	];
	const version = found.find((value) => !isEmptyValue(value));
	return readText('workflow_version', version, MAX_VERSION_LENGTH, () => undefined);
}

/** Accepts `{ reason }`, `true`, or the reason itself. */
function readHandoff(value: unknown, reject: Reject): SideFields['handoff'] {
	if (isEmptyValue(value)) return undefined;
	const handoff = unwrapValue(value);
	if (toBoolean(handoff) === true) return { reason: '' };
	const reason = isObject(handoff) ? handoff.reason : value;
	if (typeof reason === 'string' && !isEmptyValue(reason)) {
		return { reason: cleanText(reason).trim().slice(0, MAX_REASON_LENGTH).toWellFormed() };
	}
	// A model whose schema requires the object leaves the reason empty if no one asked for a person.
	if (!isObject(handoff) || !isEmptyValue(reason)) {
		reject('handoff', value, 'is not true or an object with a reason');
	}
	return undefined;
}

function readUnanswered(value: unknown, reject: Reject): string | undefined {
	if (isEmptyValue(value)) return undefined;
	if (typeof value === 'string' && cleanText(value).trim() !== '') {
		return cleanText(value).trim().slice(0, MAX_UNANSWERED_LENGTH).toWellFormed();
	}
	reject('unanswered', value, 'is not a text');
	return undefined;
}

function readBookingUrl(value: unknown, reject: Reject): string | undefined {
	if (isEmptyValue(value)) return undefined;
	const url = bookingUrl.safeParse(typeof value === 'string' ? value.trim() : value);
	if (url.success) return url.data;
	reject('booking_url', value, 'is not an http or https URL of up to 2,000 characters');
	return undefined;
}

function readExecutionId(value: unknown): string | undefined {
	const isId = typeof value === 'string' || typeof value === 'number';
	return isId ? cleanText(String(value)).slice(0, 100).toWellFormed() : undefined;
}
