import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import { deliveryStatus } from '#lib/contract/delivery.ts';
import {
	leadCounts,
	leadCountsQuery,
	leadDeliveryState,
	leadListQuery,
	MAX_LEAD_COUNT,
	type LeadCounts,
	type LeadCountsQuery,
	type LeadItem,
	type LeadListQuery,
	type LeadSort,
} from '#lib/contract/lead-list.ts';
import { getAgentName } from '../conversations/sessions/unchecked.ts';
import type { Ctx } from '../core/context.ts';
import type { Db } from '../core/db/client.ts';
import { DELIVERED_STATES, selectWorstDelivery } from '../core/db/attention.ts';
import { readFromReplica } from '../core/db/reads.ts';
import { AppError } from '../core/errors.ts';
import { leads } from '../core/db/schema/index.ts';
import { parse } from '../core/parse.ts';
import { getSourceName } from '../statistics/unchecked.ts';
import { requireTeam } from '../core/permissions.ts';
import { presentLead } from './get.ts';
import { pickOutcome } from './outcome.ts';
import { countChats } from './person.ts';
import {
	addIdsWithWords,
	selectMatchCount,
	toCursor,
	type LeadConditions,
	type LeadListRow,
	type LeadPage,
	selectLeads,
} from './query.ts';
import { selectUrgentLeads, toUrgencyCursor } from './urgency.ts';

/**
 * Returns a page of the leads that match the filter, in the given order; with `grouped`, one lead per person. Throws `invalid`.
 */
export async function listLeads(ctx: Ctx, input: LeadListQuery): Promise<Page<LeadItem>> {
	requireTeam(ctx, 'leads:read');
	const query = parse(leadListQuery, input);
	if (query.grouped && query.sort === 'urgency') throw createGroupedError();
	return readFromReplica(ctx, (replica) => readPage(replica, query));
}

const createGroupedError = () =>
	new AppError('invalid', 'leads sorted by urgency cannot be grouped', {
		errors: [{ path: 'grouped', message: 'not for `sort=urgency`' }],
	});

async function readPage(
	ctx: Ctx,
	{ limit, cursor, sort, grouped, ...filter }: z.output<typeof leadListQuery>,
): Promise<Page<LeadItem>> {
	const conditions = await addIdsWithWords(ctx.db, { ...filter, now: ctx.app.clock() }, 'page');
	const { matches, getCursor } = await selectPage(ctx, conditions, {
		limit: limit + 1,
		cursor,
		sort,
		grouped,
	});
	const rows = matches.slice(0, limit);
	const last = matches.length > limit ? rows.at(-1) : undefined;
	const ids = rows.map(({ lead }) => lead.id);
	const chatCounts = await countChats(ctx, ids);
	const deliveryStates = await findDeliveryStates(ctx, ids);
	return {
		items: rows.map((row) =>
			presentLeadItem(row, {
				chat_count: chatCounts.get(row.lead.id) ?? 1,
				delivery: deliveryStates.get(row.lead.id) ?? null,
			}),
		),
		next_cursor: last ? getCursor(last) : null,
	};
}

async function selectPage(
	ctx: Ctx,
	filter: LeadConditions,
	{ sort, ...page }: Omit<LeadPage, 'sort'> & { sort: LeadSort },
): Promise<{ matches: LeadListRow[]; getCursor: (row: LeadListRow) => string }> {
	if (sort === 'urgency') {
		const { rows, now } = await selectUrgentLeads(ctx.db, filter, page);
		return { matches: rows, getCursor: (row) => toUrgencyCursor(now, row) };
	}
	const matches = await selectLeads(ctx.db, filter, { ...page, sort });
	return { matches, getCursor: ({ lead }) => toCursor(sort, lead) };
}

/** Returns the number of leads in each view of the leads page, at most 1,000 each. */
export async function countLeads(ctx: Ctx, input: LeadCountsQuery): Promise<LeadCounts> {
	requireTeam(ctx, 'leads:read');
	const conditions = { ...parse(leadCountsQuery, input), now: ctx.app.clock() };
	return readFromReplica(ctx, async ({ db }) =>
		countMatches(db, await addIdsWithWords(db, conditions, 'counts')),
	);
}

async function countMatches(db: Db, filter: LeadConditions): Promise<LeadCounts> {
	const reachable = { ...filter, reachable: true };
	const max = MAX_LEAD_COUNT;
	// With a filter on chats or deliveries, the list has one row per chat rather than per person.
	const allCount =
		filter.delivery || filter.started_from
			? selectMatchCount(db, filter, { max })
			: selectMatchCount(db, reachable, { max, grouped: true });
	const dueOptions = { max, sort: 'due' } as const;
	const counts = sql`select
		${selectMatchCount(db, { ...reachable, follow_up: 'needs_reply' }, dueOptions)} as needs_reply,
		${selectMatchCount(db, { ...reachable, overdue: true }, dueOptions)} as overdue,
		${selectMatchCount(db, { ...filter, follow_up: 'contacted' }, { max })} as contacted,
		${allCount} as all,
		${selectMatchCount(db, { ...filter, reachable: false }, { max })} as without_contact`;
	const { rows } = await db.execute(counts);
	return leadCounts.parse(rows[0]);
}

function presentLeadItem(
	{ lead, session, outcome, site_key, site_name, assignee_name }: LeadListRow,
	extra: Pick<LeadItem, 'chat_count' | 'delivery'>,
): LeadItem {
	const { utm_source = null, utm_campaign = null, referrer = null } = session.context;
	return {
		...presentLead(lead, session.public_id),
		site: site_key,
		site_name,
		channel: session.channel,
		completion_status: session.completion_status,
		completion_claimed: session.completion_claimed_at !== null,
		completed_at: session.completed_at?.toISOString() ?? null,
		completions_undone: session.completions_undone,
		agent: getAgentName({ session, assignee_name }),
		handoff_deadline_at: session.handoff_deadline_at?.toISOString() ?? null,
		is_rescued: session.is_rescued,
		...(session.reply_until && { reply_until: session.reply_until.toISOString() }),
		source: { name: getSourceName(session.context), utm_source, utm_campaign, referrer },
		outcome: outcome && pickOutcome(outcome),
		...extra,
	};
}

const stateRowsSchema = z.array(
	z.object({
		id: z.coerce.number(),
		status: deliveryStatus,
		attempt_count: z.number(),
		next_attempt_at: z.coerce.date().nullable(),
		state: leadDeliveryState,
	}),
);

/** Returns the delivery states of leads by lead id. A lead that was never sent has none. */
async function findDeliveryStates(
	ctx: Ctx,
	leadIds: number[],
): Promise<Map<number, LeadItem['delivery']>> {
	if (leadIds.length === 0) return new Map();
	const { rows } = await ctx.db.execute(sql`
		select ${leads.id} as id, worst.* from ${leads} cross join lateral ${selectWorstDelivery(leads)} worst
		where ${leads.id} = any(${sql.param(leadIds)}::bigint[])`);
	return new Map(
		stateRowsSchema.parse(rows).map(({ id, next_attempt_at, ...delivery }) => [
			id,
			{
				...delivery,
				...(DELIVERED_STATES.includes(delivery.state) && { status: 'delivered' }),
				next_attempt_at: next_attempt_at?.toISOString() ?? null,
			},
		]),
	);
}
