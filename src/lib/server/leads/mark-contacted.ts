import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { leadContactInput, type Lead, type LeadContactInput } from '#lib/contract/lead.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireTeam } from '../core/permissions.ts';
import { asSystem, type Ctx } from '../core/context.ts';
import { leads } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { parse } from '../core/parse.ts';
import { resolveSession } from '../conversations/sessions/unchecked.ts';
import { getLead } from './get.ts';
import { presentLead } from './internal.ts';

/**
 * Marks a chat session's lead as contacted, for example by phone or email, or removes the mark. The first contact stands.
 * Throws `not_found` while there is no lead.
 */
export async function markLeadContacted(
	ctx: Ctx,
	id: string,
	input: LeadContactInput,
): Promise<Lead> {
	requireTeam(ctx, 'leads:write');
	const { contacted } = parse(leadContactInput, input);
	return inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, id, 'no key update');
		const isChange = contacted ? isNull(leads.first_contact_at) : isNotNull(leads.first_contact_at);
		const [row] = await tx.db
			.update(leads)
			.set({
				first_contact_at: contacted ? ctx.app.clock() : null,
				first_contact_by: contacted ? nameOf(ctx) : null,
			})
			.where(and(eq(leads.chat_session_id, session.id), isChange))
			.returning();
		if (!row) return getLead(asSystem(tx), session.public_id);
		const entry = { action: 'lead.contacted' as const, chat_session_id: session.id };
		await audit(tx, { ...entry, detail: { contacted } });
		const lead = presentLead(row, session.public_id);
		await record(tx, 'lead.updated', { session_id: session.public_id, lead });
		return lead;
	});
}

const nameOf = ({ actor }: Ctx) =>
	actor.type === 'user' || actor.type === 'api_key' ? actor.name : null;
