import { leadInput, type LeadInput } from '#lib/contract/lead.ts';
import { MAX_QUICK_REPLIES, quickReply } from '#lib/contract/message.ts';
import { cleanText } from '#lib/contract/text.ts';

/** What an answer may contain besides its text. */
export interface SideFields {
	lead?: LeadInput;
	completed?: boolean;
	quick_replies?: string[];
	execution_id?: string;
}

const MAX_LEAD_FIELDS = 60;
const DONE = new Set(['complete', 'completed', 'done', 'finished', 'closed']);

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the side fields of an object in an answer; skips values of the wrong type. */
export function readSideFields(object: Record<string, unknown>): SideFields {
	const fields: SideFields = {};
	const lead = readLead(object.lead);
	if (lead) fields.lead = lead;
	const completed = readCompleted(object);
	if (completed !== undefined) fields.completed = completed;
	const replies = readQuickReplies(object.quick_replies ?? object.quickReplies);
	if (replies.length > 0) fields.quick_replies = replies;
	const execution = object.execution_id ?? object.executionId;
	if (typeof execution === 'string' || typeof execution === 'number') {
		fields.execution_id = cleanText(String(execution)).slice(0, 100).toWellFormed();
	}
	return fields;
}

/** Merges fields found later into earlier ones; later values win. */
export function mergeFields(into: SideFields, found: SideFields): void {
	const lead = { ...into.lead, ...found.lead };
	Object.assign(into, found);
	if (Object.keys(lead).length > 0) into.lead = lead;
}

/** Skips null and empty values: an AI sends them for fields it doesn't know yet. */
function readLead(found: unknown): LeadInput | undefined {
	const lead: LeadInput = {};
	const object = asObject(found);
	for (const key of Object.keys(object).slice(0, MAX_LEAD_FIELDS)) {
		const entry = object[key];
		const value = typeof entry === 'string' ? entry.trim() : entry;
		if (value === null || value === '') continue;
		const field = leadInput.safeParse({ [key]: value });
		if (field.success) Object.assign(lead, field.data);
	}
	return Object.keys(lead).length > 0 ? lead : undefined;
}

/** Returns an object, also if it is given as a JSON string. */
function asObject(value: unknown): Record<string, unknown> {
	if (typeof value !== 'string') return isObject(value) ? value : {};
	try {
		const parsed: unknown = JSON.parse(value);
		return isObject(parsed) ? parsed : {};
	} catch {
		return {};
	}
}

function readCompleted(object: Record<string, unknown>): boolean | undefined {
	const { completed } = object;
	if (typeof completed === 'boolean') return completed;
	if (completed === 'true' || completed === 'false') return completed === 'true';
	const status = object.session_status ?? object.completion_status;
	return typeof status === 'string' ? DONE.has(status.toLowerCase()) : undefined;
}

/** Accepts texts, and objects with a `title`, `text` or `label`. */
function readQuickReplies(value: unknown): string[] {
	if (!Array.isArray(value)) return [];
	const replies = new Set<string>();
	for (const entry of value.slice(0, 100)) {
		const text: unknown = isObject(entry) ? (entry.title ?? entry.text ?? entry.label) : entry;
		const reply = quickReply.safeParse(typeof text === 'string' ? cleanText(text).trim() : text);
		if (reply.success) replies.add(reply.data);
	}
	return [...replies].slice(0, MAX_QUICK_REPLIES);
}
