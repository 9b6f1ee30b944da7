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
import { getCompletionAt, type Chat, type SeedMessage } from './chat.ts';

export type LeadRow = typeof leads.$inferSelect;

/** Lead fields from one source at one time. */
interface LeadUpdate {
	fields: LeadInput;
	source: LeadSource;
	message_id: number | null;
	at: Date;
}

/** Returns the lead as the server would have stored it at `until`; `undefined` if it has no values yet. */
export function buildLead(chat: Chat, until: Date, id: number): LeadRow | undefined {
	let leadValues: LeadValues = { values: new Map(), provenance: new Map() };
	let createdAt: Date | undefined;
	let updatedAt = chat.created_at;
	let version = 0;
	for (const { fields, source, message_id, at } of listLeadUpdates(chat)) {
		if (at > until) break;
		const origin = { source, message_id, at: at.toISOString() };
		const merged = mergeFields(leadValues, normalizeFields(fields, source).accepted, origin);
		if (!merged) continue;
		leadValues = merged;
		version += 1;
		createdAt ??= at;
		updatedAt = at;
	}
	if (!createdAt) return undefined;
	const { completion } = chat;
	const currentCompletion = getCompletionAt(chat, until);
	return {
		id,
		chat_session_id: chat.id,
		...toLeadColumns(leadValues),
		score: scoreLead(leadValues.values, chat.site.template.questions),
		// A completion without a lead counts as version 1.
		version: completion && createdAt > completion.at ? version + 1 : version,
		promise_due_at: currentCompletion ? new Date(currentCompletion.at.getTime() + DAY) : null,
		first_contact_at: null,
		first_contact_by: null,
		overdue_at: null,
		created_at: createdAt,
		updated_at: updatedAt,
	};
}

function* listLeadUpdates({ messages, takeover }: Chat): Generator<LeadUpdate> {
	let pendingFacts: SeedMessage['facts'] = [];
	for (const message of messages) {
		if (message.by === 'visitor') {
			pendingFacts = [...pendingFacts, ...message.facts];
			const fields = detectContacts(message.text);
			const { id, at } = message;
			if (Object.keys(fields).length > 0) {
				yield { fields, source: 'detected', message_id: id, at };
			}
			continue;
		}
		if (pendingFacts.length === 0 || message.is_fallback) continue;
		const fields = Object.fromEntries(pendingFacts);
		pendingFacts = [];
		const isFromAgent = message.by === 'agent' || (takeover && message.at > takeover.at);
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
