import { and, asc, desc, eq, gte, lt, ne, sql, type SQL, type WithSubquery } from 'drizzle-orm';
import { alias, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import type { leadFilter, LeadSort } from '#lib/contract/lead-list.ts';
import { decodeCursor, encodeCursor } from '../core/db/keyset.ts';
import type { Db } from '../core/db/client.ts';
import {
	chat_sessions,
	createLeadDocument,
	lead_outcomes,
	leads,
	sites,
	users,
} from '../core/db/schema/index.ts';
import { createSearchQuery } from '../core/db/search.ts';
import { hasDeliveryState, hasNoContact, isUnreachable } from '../core/db/attention.ts';
import { selectLeadsOfVisitor } from './person.ts';

export type LeadConditions = z.output<typeof leadFilter> & {
	now: Date;
	/** The leads with the words of `q`, unless many have them; see addIdsWithWords. */
	ids_with_words?: number[];
};

/** The columns used in the filter's conditions. */
interface Tables {
	lead: Record<keyof typeof leads.$inferSelect, AnyPgColumn>;
	session: Record<
		'id' | 'channel' | 'completion_status' | 'created_at' | 'reply_until',
		AnyPgColumn
	>;
	site: Record<'id' | 'key', AnyPgColumn>;
}
const TABLES = { lead: leads, session: chat_sessions, site: sites };

/** Aliases of the same tables, for comparing a lead with the other leads of its person. */
const OTHER_TABLES = {
	lead: alias(leads, 'other'),
	session: alias(chat_sessions, 'other_session'),
	site: alias(sites, 'other_site'),
};

/** The orders that follow one column; for `urgency`, see selectUrgentLeads. */
type ColumnSort = Exclude<LeadSort, 'urgency'>;

/**
 * The number of leads at which words count as common, so that checking leads in list order fills a page sooner. Higher for
 * counts, which would check every lead of a view without such leads. Tests change it.
 */
export const COMMON_WORDS = { page: 5_000, counts: 50_000 };

/**
 * Returns the filter with the ids of the leads that have its words, unless the words are common. Without the ids, Postgres
 * would always check the leads in the list's order, because it doesn't know that parsing a lead takes 30 µs.
 */
export async function addIdsWithWords(
	db: Db,
	filter: LeadConditions,
	use: keyof typeof COMMON_WORDS,
): Promise<LeadConditions> {
	if (filter.q === undefined) return filter;
	// As a subquery, the words are unknown to the planner, which would otherwise read the table for common ones.
	const query = sql`(select ${createSearchQuery(filter.q)})`;
	const rows = await db
		.select({ id: leads.id })
		.from(leads)
		.where(sql`${createLeadDocument(leads)} @@ ${query}`)
		.limit(COMMON_WORDS[use]);
	if (rows.length === COMMON_WORDS[use]) return filter;
	return { ...filter, ids_with_words: rows.map(({ id }) => id) };
}

export interface LeadPage {
	limit: number;
	cursor?: string | null;
	sort?: ColumnSort;
	/** Whether each person appears once, with the first matching lead in the order. */
	grouped?: boolean;
}

/** Selects a page of the leads that match, sorted by a column. */
export function selectLeads(db: Db, filter: LeadConditions, page: LeadPage) {
	const { limit, cursor, sort = 'newest', grouped = false } = page;
	return selectLeadRows(db, filter, {
		conditions: [
			sort === 'due' ? needsReply(leads) : undefined,
			grouped ? isFirstOfPerson(db, filter, sort) : undefined,
			cursor ? afterPosition(sort, cursor) : undefined,
		],
		order: getOrder(sort),
		limit,
	});
}

interface LeadSelection {
	conditions: (SQL | undefined)[];
	order: SQL[];
	limit: number;
	/** Common table expressions that the conditions and the order refer to. */
	tables?: WithSubquery[];
}

/** Selects the leads that match, each with its chat session and site. */
export function selectLeadRows(
	db: Db,
	filter: LeadConditions,
	{ conditions, order, limit, tables = [] }: LeadSelection,
) {
	return db
		.with(...tables)
		.select({
			lead: leads,
			session: chat_sessions,
			outcome: lead_outcomes,
			site_key: sites.key,
			site_name: sites.name,
			assignee_name: users.name,
		})
		.from(leads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, leads.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.leftJoin(
			lead_outcomes,
			and(eq(lead_outcomes.chat_session_id, chat_sessions.id), eq(lead_outcomes.is_current, true)),
		)
		.leftJoin(users, eq(users.id, chat_sessions.assignee_id))
		.where(and(...listConditions(filter, TABLES), ...conditions))
		.orderBy(...order)
		.limit(limit);
}
export type LeadListRow = Awaited<ReturnType<typeof selectLeadRows>>[number];

/** Returns a query for the ids of the leads that match. */
export const selectLeadIds = (
	db: Db,
	filter: LeadConditions,
	{ conditions, order, limit }: LeadSelection,
) =>
	db
		.select({ id: leads.id })
		.from(leads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, leads.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.where(and(...listConditions(filter, TABLES), ...conditions))
		.orderBy(...order)
		.limit(limit);

/** Returns a query that counts matching leads, up to `max`. */
export function selectMatchCount(
	db: Db,
	filter: LeadConditions,
	{ max, sort = 'newest', grouped = false }: { max: number } & Pick<LeadPage, 'sort' | 'grouped'>,
): SQL<number> {
	const matching = selectLeadIds(db, filter, {
		conditions: [grouped ? isFirstOfPerson(db, filter, sort) : undefined],
		// The order makes Postgres use the list's index, so that it can stop early.
		order: getOrder(sort),
		limit: max,
	});
	return sql`(select count(*)::int from ${matching} counted)`;
}

const getOrder = (sort: ColumnSort) =>
	sort === 'due'
		? [asc(leads.promise_due_at), asc(leads.id)]
		: [desc(getSortColumn(sort, leads)), desc(leads.id)];

/**
 * Returns the condition that no other matching lead with the same email or phone number precedes this one in the order. Uses
 * the indexes leads_email and leads_phone.
 */
function isFirstOfPerson(db: Db, filter: LeadConditions, sort: ColumnSort): SQL {
	const { lead, session, site } = OTHER_TABLES;
	const precedes = sql.raw(sort === 'due' ? '<' : '>');
	const before = sql`(${getSortColumn(sort, lead)}, ${lead.id}) ${precedes} (${getSortColumn(sort, leads)}, ${leads.id})`;
	const hasNoneBefore = (isSame: SQL) => {
		const others = db
			.select({ one: sql`1` })
			.from(lead)
			.innerJoin(session, eq(session.id, lead.chat_session_id))
			.innerJoin(site, eq(site.id, session.site_id))
			.where(and(isSame, before, ...listConditions(filter, OTHER_TABLES)));
		return sql`not exists ${others}`;
	};
	return sql`${hasNoneBefore(sql`lower(${lead.email}) = lower(${leads.email})`)}
		and ${hasNoneBefore(sql`${lead.phone} = ${leads.phone}`)}`;
}

function listConditions(
	filter: LeadConditions,
	{ lead, session, site }: Tables,
): (SQL | undefined)[] {
	const addIf = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	const overdue = isOverdue(lead, filter.now);
	return [
		ne(session.channel, 'test'),
		addIf(filter.site, (key) => eq(site.key, key)),
		filter.ids_with_words
			? sql`${lead.id} = any(${sql.param(filter.ids_with_words)}::bigint[])`
			: addIf(filter.q, (q) => sql`${createLeadDocument(lead)} @@ ${createSearchQuery(q)}`),
		addIf(filter.completion_status, (status) => eq(session.completion_status, status)),
		addIf(filter.delivery, (state) => hasDeliveryState(lead, state)),
		addIf(filter.outcome, (stage) => hasOutcome(session.id, stage)),
		addIf(filter.follow_up, (value) =>
			value === 'needs_reply' ? needsReply(lead) : isContacted(lead),
		),
		addIf(filter.has_contact, (value) =>
			value ? sql`not ${hasNoContact(lead)}` : hasNoContact(lead),
		),
		addIf(filter.reachable, (value) =>
			value
				? sql`not ${isUnreachable(lead, session, filter.now)}`
				: isUnreachable(lead, session, filter.now),
		),
		addIf(filter.overdue, (value) => (value ? overdue : sql`not ${overdue}`)),
		addIf(filter.person_of, (sessionId) => sql`${lead.id} in ${selectLeadsOfVisitor(sessionId)}`),
		// A lead is never older than its chat, so the scan of the list can end here.
		addIf(filter.started_from, (value) =>
			and(gte(session.created_at, new Date(value)), gte(lead.created_at, new Date(value))),
		),
		addIf(filter.from, (value) => gte(lead.created_at, new Date(value))),
		addIf(filter.to, (value) => lt(lead.created_at, new Date(value))),
	];
}

/** Returns the condition for an outcome. Uses the indexes lead_outcomes_stage and lead_outcomes_current. */
const hasOutcome = (session: AnyPgColumn, stage: NonNullable<LeadConditions['outcome']>): SQL =>
	stage === 'none'
		? sql`not exists (select from lead_outcomes o where o.chat_session_id = ${session} and o.is_current)`
		: sql`exists (select from lead_outcomes o where o.chat_session_id = ${session} and o.is_current
			and o.stage = ${stage})`;

type FollowUpColumns = Record<'promise_due_at' | 'first_contact_at', AnyPgColumn>;

/** Returns the condition that a reply is due. Uses the index leads_promise. */
export const needsReply = (lead: FollowUpColumns): SQL =>
	sql`(${lead.promise_due_at} is not null and ${lead.first_contact_at} is null)`;

/** Returns the condition that the team has contacted the lead. Uses the index leads_contacted. */
const isContacted = (lead: FollowUpColumns): SQL => sql`${lead.first_contact_at} is not null`;

/** Returns the condition that the follow-up deadline has passed without a contact. */
const isOverdue = (lead: FollowUpColumns, now: Date): SQL =>
	sql`(${needsReply(lead)} and ${lead.promise_due_at} <= ${now.toISOString()}::timestamptz)`;

const SORT_COLUMNS = { newest: 'created_at', score: 'score', due: 'promise_due_at' } as const;

/** Returns the column that orders the list before the id. Uses the index leads_list, leads_score_list or leads_promise. */
const getSortColumn = (
	sort: ColumnSort,
	lead: Record<(typeof SORT_COLUMNS)[ColumnSort], AnyPgColumn>,
) => lead[SORT_COLUMNS[sort]];

/** Returns the cursor of a row. Cursors contain a time, which for a list sorted by score is the score as milliseconds. */
export function toCursor(sort: ColumnSort, lead: typeof leads.$inferSelect): string {
	const at = sort === 'score' ? new Date(lead.score) : lead[SORT_COLUMNS[sort]];
	return encodeCursor({ at: at ?? lead.created_at, id: lead.id });
}

/** Returns the condition for leads after a cursor. Throws `invalid` for a malformed one. */
function afterPosition(sort: ColumnSort, cursor: string): SQL {
	const { at, id } = decodeCursor(cursor);
	const last =
		sort === 'score' ? sql`${at.getTime()}::bigint` : sql`${at.toISOString()}::timestamptz`;
	const follows = sql.raw(sort === 'due' ? '>' : '<');
	return sql`(${getSortColumn(sort, leads)}, ${leads.id}) ${follows} (${last}, ${id}::bigint)`;
}
