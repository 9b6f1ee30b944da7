import type { Page } from '#lib/contract/common.ts';
import { leadListQuery, type LeadItem, type LeadListQuery } from '#lib/contract/lead-list.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { parse } from '../core/parse.ts';
import { findDeliveryStates, presentLeadItem } from './items.ts';
import { cursorOf } from './order.ts';
import { countChats } from './person.ts';
import { selectLeads } from './query.ts';

/** Leads that match the filter, newest or best first, as keyset pages; grouped: one a person. */
export async function listLeads(ctx: Ctx, input: LeadListQuery): Promise<Page<LeadItem>> {
	requireTeam(ctx, 'leads:read');
	const { limit, cursor, sort, grouped, ...filter } = parse(leadListQuery, input);
	const now = ctx.app.clock();
	const page = { limit: limit + 1, cursor, sort, grouped };
	const read = await selectLeads(ctx.db, { ...filter, now }, page);
	const rows = read.slice(0, limit);
	const last = read.length > limit ? rows.at(-1) : undefined;
	const [chats, deliveries] = await Promise.all([
		countChats(
			ctx,
			rows.map(({ lead }) => lead.id),
		),
		findDeliveryStates(
			ctx,
			rows.map(({ session }) => session.id),
		),
	]);
	return {
		items: rows.map((row) =>
			presentLeadItem(row, {
				chat_count: chats.get(row.lead.id) ?? 1,
				delivery: deliveries.get(row.session.id) ?? null,
			}),
		),
		next_cursor: last ? cursorOf(sort, last.lead) : null,
	};
}
