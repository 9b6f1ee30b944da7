import type { LeadInput, LeadSource } from '#lib/contract/lead.ts';
import type { leads } from '#lib/server/core/db/schema/index.ts';
import { detectContacts } from '#lib/server/leads/detect.ts';
import {
	toLeadColumns,
	mergeFields,
	scoreLead,
	type LeadValues,
} from '#lib/server/leads/lead-values.ts';
import { normalizeFields } from '#lib/server/leads/normalize.ts';
import { DAY } from './calendar.ts';
import { completionAt, type Chat, type SeedMessage } from './chat.ts';

export type LeadRow = typeof leads.$inferSelect;

/** Lead fields from one source at one time. */
interface LeadUpdate {
	fields: LeadInput;
	source: LeadSource;
	message_id: number | null;
	at: Date;
}

/** Returns the lead as the verbs would have merged it up to a time; `undefined` if nothing is known. */
export function leadOf(chat: Chat, until: Date, id: number): LeadRow | undefined {
	let known: LeadValues = { values: new Map(), provenance: new Map() };
	let first: Date | undefined;
	let last = chat.created_at;
	let version = 0;
	for (const { fields, source, message_id, at } of leadUpdates(chat)) {
		if (at > until) break;
		const origin = { source, message_id, at: at.toISOString() };
		const merged = mergeFields(known, normalizeFields(fields, source).accepted, origin);
		if (!merged) continue;
		known = merged;
		version += 1;
		first ??= at;
		last = at;
	}
	if (!first) return undefined;
	const { completed } = chat;
	const completion = completionAt(chat, until);
	return {
		id,
		chat_session_id: chat.id,
		...toLeadColumns(known),
		score: scoreLead(known.values, chat.site.model.questions),
		// A completion without a lead counts as version 1.
		version: completed && first > completed.at ? version + 1 : version,
		promise_due_at: completion ? new Date(completion.at.getTime() + DAY) : null,
		first_contact_at: null,
		first_contact_by: null,
		overdue_at: null,
		created_at: first,
		updated_at: last,
	};
}

function* leadUpdates({ messages, taken_over }: Chat): Generator<LeadUpdate> {
	let open: SeedMessage['facts'] = [];
	for (const message of messages) {
		if (message.by === 'visitor') {
			open = [...open, ...message.facts];
			const fields = detectContacts(message.text);
			const { id, at } = message;
			if (Object.keys(fields).length > 0) {
				yield { fields, source: 'detected', message_id: id, at };
			}
			continue;
		}
		if (open.length === 0 || message.is_fallback) continue;
		const fields = Object.fromEntries(open);
		open = [];
		const isFromAgent = message.by === 'agent' || (taken_over && message.at > taken_over.at);
		yield isFromAgent
			? { fields, source: 'agent', message_id: null, at: message.at }
			: {
					fields,
					source: 'ai',
					message_id: message.turn?.answers?.id ?? message.id,
					at: message.at,
				};
	}
}
