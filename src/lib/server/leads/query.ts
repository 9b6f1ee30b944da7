import { and, asc, desc, eq, gte, lt, ne, sql, type SQL } from 'drizzle-orm';
import { alias, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import type { leadFilter, LeadSort } from '#lib/contract/lead-list.ts';
import { decodeCursor, encodeCursor } from '../core/db/keyset.ts';
import type { Db } from '../core/db/client.ts';
import {
	chat_sessions,
	leadDocumentOf,
	lead_outcomes,
	leads,
	sites,
	users,
} from '../core/db/schema/index.ts';
import { wordsQuery } from '../core/db/search.ts';
import { hasDeliveryState } from '../core/db/attention.ts';
import { personOf } from './person.ts';

type Filter = z.output<typeof leadFilter> & { now: Date };

/** The columns that the filter's conditions use. */
interface Tables {
	lead: Record<keyof typeof leads.$inferSelect, AnyPgColumn>;
	session: Record<'id' | 'channel' | 'completion_status' | 'created_at', AnyPgColumn>;
	site: Record<'id' | 'key', AnyPgColumn>;
}
const TABLES = { lead: leads, session: chat_sessions, site: sites };

/** Aliases of the same tables, to compare a lead with the other leads of its person. */
const OTHER_TABLES = {
	lead: alias(leads, 'other'),
	session: alias(chat_sessions, 'other_session'),
	site: alias(sites, 'other_site'),
};

export interface LeadPage {
	limit: number;
	cursor?: string | null;
	sort?: LeadSort;
	/** Whether each person appears once, with the first matching lead in the order. */
	grouped?: boolean;
}

/** Selects a page of the leads that match, each with its chat session and site. */
export function selectLeads(db: Db, filter: Filter, page: LeadPage) {
	const { limit, cursor, sort = 'newest', grouped = false } = page;
	return db
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
		.where(
			and(
				...conditions(filter, TABLES),
				sort === 'due' ? needsReply(leads) : undefined,
				grouped ? isFirstOfPerson(db, filter, sort) : undefined,
				cursor ? afterPosition(sort, cursor) : undefined,
			),
		)
		.orderBy(...order(sort))
		.limit(limit);
}
export type LeadListRow = Awaited<ReturnType<typeof selectLeads>>[number];

/** Returns the query of how many leads match, which stops counting at `max`. */
export function countMatching(
	db: Db,
	filter: Filter,
	{ max, sort = 'newest', grouped = false }: { max: number } & Pick<LeadPage, 'sort' | 'grouped'>,
): SQL<number> {
	const matching = db
		.select({ one: sql`1` })
		.from(leads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, leads.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.where(
			and(...conditions(filter, TABLES), grouped ? isFirstOfPerson(db, filter, sort) : undefined),
		)
		// The order makes Postgres use the list's index, and stop early.
		.orderBy(...order(sort))
		.limit(max);
	return sql`(select count(*)::int from ${matching} counted)`;
}

const order = (sort: LeadSort) =>
	sort === 'due'
		? [asc(leads.promise_due_at), asc(leads.id)]
		: [desc(orderOf(sort, leads)), desc(leads.id)];

/**
 * Holds when no other matching lead with the same email or phone number precedes this one in the order. Uses the indexes
 * leads_email and leads_phone.
 */
function isFirstOfPerson(db: Db, filter: Filter, sort: LeadSort): SQL {
	const { lead, session, site } = OTHER_TABLES;
	const precedes = sql.raw(sort === 'due' ? '<' : '>');
	const before = sql`(${orderOf(sort, lead)}, ${lead.id}) ${precedes} (${orderOf(sort, leads)}, ${leads.id})`;
	const noneBefore = (isSame: SQL) => {
		const others = db
			.select({ one: sql`1` })
			.from(lead)
			.innerJoin(session, eq(session.id, lead.chat_session_id))
			.innerJoin(site, eq(site.id, session.site_id))
			.where(and(isSame, before, ...conditions(filter, OTHER_TABLES)));
		return sql`not exists ${others}`;
	};
	return sql`${noneBefore(sql`lower(${lead.email}) = lower(${leads.email})`)}
		and ${noneBefore(sql`${lead.phone} = ${leads.phone}`)}`;
}

function conditions(filter: Filter, { lead, session, site }: Tables): (SQL | undefined)[] {
	const when = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	const overdue = isOverdue(lead, filter.now);
	return [
		ne(session.channel, 'test'),
		when(filter.site, (key) => eq(site.key, key)),
		when(filter.q, (q) => sql`${leadDocumentOf(lead)} @@ ${wordsQuery(q)}`),
		when(filter.completion_status, (status) => eq(session.completion_status, status)),
		when(filter.delivery, (state) => hasDeliveryState(lead, state)),
		when(filter.outcome, (stage) => hasOutcome(session.id, stage)),
		when(filter.follow_up, (value) =>
			value === 'needs_reply' ? needsReply(lead) : isContacted(lead),
		),
		when(filter.has_contact, (value) =>
			value ? sql`not ${hasNoContact(lead)}` : hasNoContact(lead),
		),
		when(filter.overdue, (value) => (value ? overdue : sql`not ${overdue}`)),
		when(filter.person_of, (sessionId) => sql`${lead.id} in ${personOf(sessionId)}`),
		// A lead is never older than its chat, so that the scan of the list can end here.
		when(filter.started_from, (value) =>
			and(gte(session.created_at, new Date(value)), gte(lead.created_at, new Date(value))),
		),
		when(filter.from, (value) => gte(lead.created_at, new Date(value))),
		when(filter.to, (value) => lt(lead.created_at, new Date(value))),
	];
}

/** Uses the indexes lead_outcomes_stage and lead_outcomes_current. */
const hasOutcome = (session: AnyPgColumn, stage: NonNullable<Filter['outcome']>): SQL =>
	stage === 'none'
		? sql`not exists (select from lead_outcomes o where o.chat_session_id = ${session} and o.is_current)`
		: sql`exists (select from lead_outcomes o where o.chat_session_id = ${session} and o.is_current
			and o.stage = ${stage})`;

type FollowUpColumns = Record<'promise_due_at' | 'first_contact_at', AnyPgColumn>;

/** Holds while a reply is due. Uses the index leads_promise. */
const needsReply = (lead: FollowUpColumns): SQL =>
	sql`(${lead.promise_due_at} is not null and ${lead.first_contact_at} is null)`;

/** Uses the index leads_contacted. */
const isContacted = (lead: FollowUpColumns): SQL => sql`${lead.first_contact_at} is not null`;

/** Uses the index leads_without_contact. */
const hasNoContact = (lead: Record<'email' | 'phone', AnyPgColumn>): SQL =>
	sql`(${lead.email} is null and ${lead.phone} is null)`;

/** Holds once the follow-up deadline has passed without a contact. */
const isOverdue = (lead: FollowUpColumns, now: Date): SQL =>
	sql`(${needsReply(lead)} and ${lead.promise_due_at} <= ${now.toISOString()}::timestamptz)`;

const ORDER = { newest: 'created_at', score: 'score', due: 'promise_due_at' } as const;

/** Returns the column that orders the list before the id. Uses the index leads_list, leads_score_list or leads_promise. */
const orderOf = (sort: LeadSort, lead: Record<(typeof ORDER)[LeadSort], AnyPgColumn>) =>
	lead[ORDER[sort]];

/** Returns the cursor of a row. Cursors hold a time; a list sorted by score stores the score there, as milliseconds. */
export function cursorOf(sort: LeadSort, lead: typeof leads.$inferSelect): string {
	const at = sort === 'score' ? new Date(lead.score) : lead[ORDER[sort]];
	return encodeCursor({ at: at ?? lead.created_at, id: lead.id });
}

/** Selects the leads after a cursor; throws `invalid` for a malformed one. */
function afterPosition(sort: LeadSort, cursor: string): SQL {
	const { at, id } = decodeCursor(cursor);
	const last =
		sort === 'score' ? sql`${at.getTime()}::bigint` : sql`${at.toISOString()}::timestamptz`;
	const follows = sql.raw(sort === 'due' ? '>' : '<');
	return sql`(${orderOf(sort, leads)}, ${leads.id}) ${follows} (${last}, ${id}::bigint)`;
}
