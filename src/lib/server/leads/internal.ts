import { CORE_LEAD_FIELDS, type Lead } from '#lib/contract/lead.ts';
import type { leads } from '../core/db/schema/index.ts';
import type { Known } from './merge.ts';
import { displayPhone } from './phone.ts';

export type LeadRow = typeof leads.$inferSelect;

export const presentLead = (row: LeadRow, sessionId: string): Lead => ({
	id: row.id,
	session_id: sessionId,
	name: row.name,
	email: row.email,
	phone: row.phone,
	phone_display: row.phone && displayPhone(row.phone),
	company: row.company,
	answers: row.answers,
	provenance: row.provenance,
	score: row.score,
	promise_due_at: row.promise_due_at?.toISOString() ?? null,
	first_contact_at: row.first_contact_at?.toISOString() ?? null,
	first_contact_by: row.first_contact_by,
	created_at: row.created_at.toISOString(),
	updated_at: row.updated_at.toISOString(),
});

/** A row's values in one map, core fields and answers alike. */
export function knownOf(row: LeadRow): Known {
	const values = new Map(Object.entries(row.answers));
	for (const field of CORE_LEAD_FIELDS) {
		const value = row[field];
		if (value !== null) values.set(field, value);
	}
	return { values, provenance: new Map(Object.entries(row.provenance)) };
}

/** The columns that hold what is known. */
export function columnsOf({ values, provenance }: Known) {
	const isCore = (key: string) => CORE_LEAD_FIELDS.some((field) => field === key);
	return {
		name: values.get('name') ?? null,
		email: values.get('email') ?? null,
		phone: values.get('phone') ?? null,
		company: values.get('company') ?? null,
		answers: Object.fromEntries([...values].filter(([key]) => !isCore(key))),
		provenance: Object.fromEntries(provenance),
	};
}
