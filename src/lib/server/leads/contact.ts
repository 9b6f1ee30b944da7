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
 * Says that a person was in touch with a lead, by phone or e-mail for instance, or takes that back. The first one who
 * says so is kept. Throws NotFound while there is no lead.
 */
export async function contactLead(ctx: Ctx, id: string, input: LeadContactInput): Promise<Lead> {
	requireTeam(ctx, 'leads:write');
	const { contacted } = parse(leadContactInput, input);
	return inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, id, 'no key update');
		const isOther = contacted ? isNull(leads.first_contact_at) : isNotNull(leads.first_contact_at);
		const [row] = await tx.db
			.update(leads)
			.set({
				first_contact_at: contacted ? ctx.app.clock() : null,
				first_contact_by: contacted ? nameOf(ctx) : null,
			})
			.where(and(eq(leads.chat_session_id, session.id), isOther))
			.returning();
		if (!row) return getLead(asSystem(tx), session.public_id);
		const act = { action: 'lead.contacted' as const, chat_session_id: session.id };
		await audit(tx, { ...act, detail: { contacted } });
		const lead = presentLead(row, session.public_id);
		await record(tx, 'lead.updated', { session_id: session.public_id, lead });
		return lead;
	});
}

const nameOf = ({ actor }: Ctx) =>
	actor.type === 'user' || actor.type === 'api_key' ? actor.name : null;
