import { eq, sql } from 'drizzle-orm';
import type { Lead, LeadFields, LeadSource, LeadUpdate } from '#lib/contract/lead.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireVisitorOrTeam } from '../core/permissions.ts';
import { asSystem, type Ctx } from '../core/context.ts';
import { leads } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { AppError } from '../core/errors.ts';
import { requireConsent } from '../conversations/sessions/index.ts';
import {
	completeSession,
	findSession,
	resolveSession,
	type SessionRow,
} from '../conversations/sessions/unchecked.ts';
import { getSite } from '../sites/unchecked.ts';
import {
	toLeadColumns,
	type Contact,
	extractContacts,
	type LeadValues,
	mergeFields,
	scoreLead,
	toLeadValues,
} from './lead-values.ts';
import { findCountry } from './country.ts';
import { setFollowUpDeadline } from './follow-up.ts';
import { getLead, type LeadRow, presentLead } from './get.ts';
import { isLenient, normalizeFields } from './normalize.ts';

/** A change of a lead, and its source. */
interface LeadChange {
	fields: LeadFields;
	/** Defaults to `agent` for a user and `api` for an API key. */
	source?: LeadSource;
	message_id?: number | null;
	/** Further email addresses and phone numbers that the visitor wrote. */
	contacts?: Contact[];
	/** The visitor's messages, to tell an AI's placeholders from real values. */
	visitor_words?: string;
}

/**
 * Merges fields into a chat session's lead and returns it; the first value creates the lead. Later values win, except that
 * only agents change what an agent set. Records `lead.updated` if something changed. Invalid values are skipped and
 * listed in `rejected`. Returns null if the AI or the detection found nothing and there is no lead. Throws `not_found`;
 * `invalid` if an agent's value is invalid or a program sent no valid one; `forbidden` for `identify` without a consent
 * that the site requires.
 */
export async function updateLead(
	ctx: Ctx,
	target: { session_id: string } | { chat_session_id: number },
	{ source = getDefaultSource(ctx), ...input }: LeadChange,
): Promise<LeadUpdate | null> {
	const id = 'session_id' in target ? target.session_id : String(target.chat_session_id);
	requireVisitorOrTeam(ctx, id, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		// Locked before its lead, as everywhere else, because the update may also change the chat session.
		const session = await resolveSession(tx, id, 'no key update');
		// The page's data about its visitor is as personal as the visitor's messages.
		if (source === 'identify') await requireConsent(tx, session);
		const country = 'phone' in input.fields ? await findCountry(tx, session.id) : undefined;
		const { accepted, rejected } = normalizeFields(input.fields, source, {
			country,
			visitorWords: input.visitor_words,
		});
		const contacts = [...extractContacts(input.fields, country), ...(input.contacts ?? [])];
		const lead = await mergeIntoLead(tx, session, accepted, { ...input, source, contacts });
		if (!lead) return handleNoLead(source);
		return { ...lead, ...(rejected.length > 0 && { rejected }) };
	});
}

const getDefaultSource = ({ actor }: Ctx): LeadSource => (actor.type === 'user' ? 'agent' : 'api');

/** Merges normalized fields into the lead and returns it; null if there is none and no field has a value. */
async function mergeIntoLead(
	tx: Ctx,
	session: SessionRow,
	fields: ReadonlyMap<string, string | null>,
	{
		source,
		message_id = null,
		contacts,
	}: Pick<LeadChange, 'message_id' | 'contacts'> & { source: LeadSource },
): Promise<Lead | null> {
	const now = tx.app.clock();
	const row = await lockLead(tx, session, {
		canCreate: [...fields.values()].some((value) => value !== null),
		// In an imported conversation, the lead is dated by its messages, not by the import.
		at: source === 'agent' ? now : (session.last_message_at ?? now),
	});
	if (!row) return null;
	const lacksDeadline = session.completion_status === 'complete' && row.promise_due_at === null;
	if (lacksDeadline) await setFollowUpDeadline(tx, session.id);
	const origin = { source, message_id, at: now.toISOString() };
	const merged = mergeFields(toLeadValues(row), fields, origin, contacts);
	if (!merged) return presentLead(row, session.public_id);
	const updated = await storeValues(tx, row, merged, { site_id: session.site_id, at: now });
	if (source === 'agent') {
		const detail = { fields: [...fields.keys()] };
		await audit(tx, { action: 'lead.updated', chat_session_id: session.id, detail });
	}
	const { public_id: session_id } = session;
	const lead = presentLead(updated, session_id);
	await record(tx, 'lead.updated', { session_id, lead, changed: merged.changed });
	if (session.completion_claimed_at && (await completeIfClaimed(tx, session))) {
		return getLead(asSystem(tx), session_id);
	}
	// The first contact detail changes the visitor's page and the session lists.
	if (hasContact(updated) && !hasContact(row)) await recordSession(tx, session.id);
	return lead;
}

/** Stores a lead's values and increments its version. Every change of a value goes through here. */
async function storeValues(
	tx: Ctx,
	{ id }: LeadRow,
	merged: LeadValues,
	{ site_id, at }: { site_id: number; at: Date },
): Promise<LeadRow> {
	const { questions } = await getSite(tx, { id: site_id });
	const [updated] = await tx.db
		.update(leads)
		.set({
			...toLeadColumns(merged),
			score: scoreLead(merged.values, questions),
			version: sql`${leads.version} + 1`,
			updated_at: at,
		})
		.where(eq(leads.id, id))
		.returning();
	if (!updated) throw new Error('a locked lead was not updated');
	return updated;
}

/** Completes a chat whose completion was claimed, if the lead now has the values that the site requires. */
const completeIfClaimed = (tx: Ctx, { id }: SessionRow) =>
	completeSession(tx, { chat_session_id: id, source: 'live' });

/** Locks and returns the lead's row, which serializes merges. Creates it first if `canCreate`. */
async function lockLead(
	ctx: Ctx,
	session: SessionRow,
	{ canCreate, at }: { canCreate: boolean; at: Date },
): Promise<LeadRow | undefined> {
	const { id: chat_session_id, completed_at, completions_undone } = session;
	// The first value increments it to 1, or to 2 after a completion without a lead, which counts as version 1.
	const version = completed_at !== null || completions_undone > 0 ? 1 : 0;
	if (canCreate) {
		await ctx.db
			.insert(leads)
			.values({ chat_session_id, version, created_at: at, updated_at: at })
			.onConflictDoNothing();
	}
	const [row] = await ctx.db
		.select()
		.from(leads)
		.where(eq(leads.chat_session_id, chat_session_id))
		.for('update');
	return row;
}

function handleNoLead(source: LeadSource): null {
	if (isLenient(source)) return null;
	throw new AppError('invalid', 'there is no lead yet, and none of the fields has a value');
}

const hasContact = ({ email, phone }: LeadRow) => (email ?? phone) !== null;

async function recordSession(tx: Ctx, id: number): Promise<void> {
	const session = await findSession(tx, id);
	if (session) await record(tx, 'session.updated', { session });
}
