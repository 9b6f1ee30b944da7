import type { Page } from '$lib/contract/common';
import { leadListQuery, type Lead, type LeadListQuery } from '$lib/contract/lead';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { toPage } from '../cursor';
import { parse } from '../parse';
import { presentLead } from './internal';
import { selectLeads } from './query';

/** Leads that match the filter, newest first, as keyset pages. */
export async function listLeads(ctx: Ctx, input: LeadListQuery): Promise<Page<Lead>> {
	requireTeam(ctx, 'leads:read');
	const { limit, cursor, ...filter } = parse(leadListQuery, input);
	const rows = await selectLeads(ctx.db, filter, { limit: limit + 1, cursor });
	const leads = rows.map((row) => presentLead(row.lead, row.session_id));
	return toPage(leads, limit, (lead) => lead.created_at);
}
