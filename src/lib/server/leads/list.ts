import type { Page } from '$lib/contract/common';
import { leadListQuery, type Lead, type LeadListQuery } from '$lib/contract/lead';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { encodeCursor } from '../cursor';
import { parse } from '../parse';
import { presentLead } from './internal';
import { selectLeads } from './query';

/** Leads that match the filter, newest first, as keyset pages. */
export async function listLeads(ctx: Ctx, input: LeadListQuery): Promise<Page<Lead>> {
	requireTeam(ctx, 'leads:read');
	const { limit, cursor, ...filter } = parse(leadListQuery, input);
	const rows = await selectLeads(ctx.db, filter, { limit: limit + 1, cursor });
	const page = rows.slice(0, limit);
	const last = rows.length > limit ? page.at(-1)?.lead : undefined;
	return {
		items: page.map((row) => presentLead(row.lead, row.session_id)),
		next_cursor: last ? encodeCursor({ at: last.created_at, id: last.id }) : null,
	};
}
