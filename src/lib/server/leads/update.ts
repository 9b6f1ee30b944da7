import { eq } from 'drizzle-orm';
import type { LeadFields, LeadSource, LeadUpdate } from '#lib/contract/lead.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireVisitorOrTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { leads } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { AppError } from '../core/errors.ts';
import { requireConsent } from '../conversations/sessions/index.ts';
import { findSession, resolveSession } from '../conversations/sessions/unchecked.ts';
import { getSite } from '../sites/unchecked.ts';
import { findCountry } from './country.ts';
import { setFollowUpDeadline } from './follow-up.ts';
import { presentLead, type LeadRow } from './internal.ts';
import { columnsOf, mergeFields, scoreLead, valuesOf } from './lead-values.ts';
import { isLenient, normalizeFields } from './normalize.ts';

/**
 * Merges fields into a chat session's lead and returns it; the first value creates the lead. Later values win, except that
 * only agents change what an agent set. Records `lead.updated` when something changed. Invalid values are skipped and
 * listed in `rejected`. Returns null when the AI or the detection found nothing and there is no lead. Throws `not_found`;
 * `invalid` when an agent's value is invalid or a program sent no valid one; `forbidden` for `identify` without a consent
 * that the site requires.
 */
export async function updateLead(
	ctx: Ctx,
	target: { session_id: string } | { chat_session_id: number },
	input: { fields: LeadFields; source: LeadSource; message_id?: number | null },
): Promise<LeadUpdate | null> {
	const id = 'session_id' in target ? target.session_id : String(target.chat_session_id);
	requireVisitorOrTeam(ctx, id, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		// Locked before its lead, as everywhere: the update may change the chat session as well.
		const session = await resolveSession(tx, id, 'no key update');
		// What the page sends about its visitor is as personal as what they write.
		if (input.source === 'identify') await requireConsent(tx, session);
		const country = 'phone' in input.fields ? await findCountry(tx, session.id) : undefined;
		const { accepted: fields, rejected } = normalizeFields(input.fields, input.source, country);
		const present = (lead: LeadRow): LeadUpdate => ({
			...presentLead(lead, session.public_id),
			...(rejected.length > 0 && { rejected }),
		});
		const now = ctx.app.clock();
		const { source, message_id = null } = input;
		const row = await lockRow(
			tx,
			session.id,
			[...fields.values()].some((value) => value !== null),
			// In an imported conversation, the lead is as old as its messages, not as the import.
			source === 'agent' ? now : (session.last_message_at ?? now),
		);
		if (!row) return noLead(input.source);
		const lacksDeadline = session.completion_status === 'complete' && row.promise_due_at === null;
		if (lacksDeadline) await setFollowUpDeadline(tx, session.id);
		const merged = mergeFields(valuesOf(row), fields, {
			source,
			message_id,
			at: now.toISOString(),
		});
		if (!merged) return present(row);
		const { questions } = await getSite(tx, { id: session.site_id });
		const [updated] = await tx.db
			.update(leads)
			.set({ ...columnsOf(merged), score: scoreLead(merged.values, questions), updated_at: now })
			.where(eq(leads.id, row.id))
			.returning();
		if (!updated) throw new Error('a locked lead was not updated');
		if (source === 'agent') {
			const detail = { fields: [...fields.keys()] };
			await audit(tx, { action: 'lead.updated', chat_session_id: session.id, detail });
		}
		const lead = presentLead(updated, session.public_id);
		await record(tx, 'lead.updated', { session_id: session.public_id, lead });
		// The first contact detail changes what the visitor's page and the session lists show.
		if (hasContact(updated) && !hasContact(row)) await recordSession(tx, session.id);
		return present(updated);
	});
}

/** Locks and returns the lead's row, so that merges run one at a time; creates it first if `canCreate`. */
async function lockRow(
	ctx: Ctx,
	sessionId: number,
	canCreate: boolean,
	createdAt: Date,
): Promise<LeadRow | undefined> {
	if (canCreate) {
		await ctx.db
			.insert(leads)
			.values({ chat_session_id: sessionId, created_at: createdAt, updated_at: createdAt })
			.onConflictDoNothing();
	}
	const [row] = await ctx.db
		.select()
		.from(leads)
		.where(eq(leads.chat_session_id, sessionId))
		.for('update');
	return row;
}

function noLead(source: LeadSource): null {
	if (isLenient(source)) return null;
	throw new AppError('invalid', 'there is no lead yet, and none of the fields has a value');
}

const hasContact = ({ email, phone }: LeadRow) => (email ?? phone) !== null;

async function recordSession(tx: Ctx, id: number): Promise<void> {
	const session = await findSession(tx, id);
	if (session) await record(tx, 'session.updated', { session });
}
