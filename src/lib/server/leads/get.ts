import { sql } from 'drizzle-orm';
import type { Lead } from '#lib/contract/lead.ts';
import type { SessionHandle, SessionRef } from '../conversations/sessions/index.ts';
import { resolveHandle } from '../conversations/sessions/unchecked.ts';
import type { Ctx } from '../core/context.ts';
import { type Read, readRows, runRead } from '../core/db/reads.ts';
import { leads } from '../core/db/schema/index.ts';
import { notFound } from '../core/errors.ts';
import { requireTeam } from '../core/permissions.ts';
import { formatPhone } from './phone.ts';

/** Returns a chat session's lead. Throws `not_found` if it has none. */
export async function getLead(ctx: Ctx, sessionId: string): Promise<Lead> {
	const lead = await findLead(ctx, sessionId);
	if (!lead) throw notFound(`a lead of chat session ${sessionId.slice(0, 60)}`);
	return lead;
}

/** Returns a chat session's lead, or null if it has none. Throws `not_found` if the chat session doesn't exist. */
export async function findLead(ctx: Ctx, session: SessionRef): Promise<Lead | null> {
	requireTeam(ctx, 'leads:read');
	return runRead(ctx.db, readLead(await resolveHandle(ctx, session)));
}

/** Returns the query for a chat session's lead, to run together with other reads. Doesn't check permissions. */
export const readLead = ({ id, session_id }: SessionHandle): Read<Lead | null> =>
	readRows(leads, sql`select * from leads where chat_session_id = ${id}`, ([row]) =>
		row ? presentLead(row, session_id) : null,
	);

export type LeadRow = typeof leads.$inferSelect;

/** Returns the lead in the contract's shape. */
export const presentLead = (row: LeadRow, sessionId: string): Lead => ({
	id: row.id,
	session_id: sessionId,
	name: row.name,
	email: row.email,
	phone: row.phone,
	phone_display: row.phone && formatPhone(row.phone),
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
