import type { Lead } from '#lib/contract/lead.ts';
import type { leads } from '../core/db/schema/index.ts';
import { displayPhone } from './phone.ts';

export type LeadRow = typeof leads.$inferSelect;

/** Returns the lead as the API, events and screens show it. */
export const presentLead = (row: LeadRow, sessionId: string): Lead => ({
	id: row.id,
	session_id: sessionId,
	name: row.name,
	email: row.email,
	phone: row.phone,
	phone_display: row.phone && displayPhone(row.phone),
	company: row.company,
	answers: row.answers,
	additional_contacts: row.additional_contacts,
	provenance: row.provenance,
	score: row.score,
	version: row.version,
	promise_due_at: row.promise_due_at?.toISOString() ?? null,
	first_contact_at: row.first_contact_at?.toISOString() ?? null,
	first_contact_by: row.first_contact_by,
	created_at: row.created_at.toISOString(),
	updated_at: row.updated_at.toISOString(),
});
