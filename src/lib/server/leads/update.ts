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
import { columnsOf, knownOf, presentLead, type LeadRow } from './internal.ts';
import { merge } from './merge.ts';
import { acceptFields, isForgiven } from './normalize.ts';
import { findCountry } from './country.ts';
import { makePromise } from './make-promise.ts';
import { scoreLead } from './score.ts';

/**
 * Merges fields into a chat session's lead, which the first known field makes; later values win, an agent's always.
 * Records `lead.updated` when something changed. Bad values are left out and named in `rejected`. Returns null when an AI
 * or the detection told nothing and there is no lead. Throws `NotFound`; `Invalid` for a bad value that an agent typed,
 * and where nothing from a program is valid; `Forbidden` for `identify` without a consent that the site demands.
 */
export async function updateLead(
	ctx: Ctx,
	target: { session_id: string } | { chat_session_id: number },
	input: { fields: LeadFields; source: LeadSource; message_id?: number | null },
): Promise<LeadUpdate | null> {
	const id = 'session_id' in target ? target.session_id : String(target.chat_session_id);
	requireVisitorOrTeam(ctx, id, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		// Before its lead, as everywhere: what follows may change the chat session, too.
		const session = await resolveSession(tx, id, 'no key update');
		// What the page knows of its visitor is as personal as what they write.
		if (input.source === 'identify') await requireConsent(tx, session);
		const country = 'phone' in input.fields ? await findCountry(tx, session.id) : undefined;
		const { accepted: fields, rejected } = acceptFields(input.fields, input.source, country);
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
			// Of an imported conversation programs know something long after it was said.
			source === 'agent' ? now : (session.last_message_at ?? now),
		);
		if (!row) return nothingKnown(input.source);
		const isLate = session.completion_status === 'complete' && row.promise_due_at === null;
		if (isLate) await makePromise(tx, session.id);
		const merged = merge(knownOf(row), fields, { source, message_id, at: now.toISOString() });
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
		// The visitor's page and the lists are told that there is a lead to call.
		if (hasContact(updated) && !hasContact(row)) await recordSession(tx, session.id);
		return present(updated);
	});
}

/** The lead's row, locked so that merges follow one another; made first if it may be. */
async function lockRow(
	ctx: Ctx,
	sessionId: number,
	mayMake: boolean,
	knownSince: Date,
): Promise<LeadRow | undefined> {
	if (mayMake) {
		await ctx.db
			.insert(leads)
			.values({ chat_session_id: sessionId, created_at: knownSince, updated_at: knownSince })
			.onConflictDoNothing();
	}
	const [row] = await ctx.db
		.select()
		.from(leads)
		.where(eq(leads.chat_session_id, sessionId))
		.for('update');
	return row;
}

function nothingKnown(source: LeadSource): null {
	if (isForgiven(source)) return null;
	throw new AppError('invalid', 'there is no lead yet, and none of the fields has a value');
}

const hasContact = ({ email, phone }: LeadRow) => (email ?? phone) !== null;

async function recordSession(tx: Ctx, id: number): Promise<void> {
	const session = await findSession(tx, id);
	if (session) await record(tx, 'session.updated', { session });
}
