import { and, desc, eq, gte, lt, ne, sql, type SQL } from 'drizzle-orm';
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
	session: Record<'id' | 'channel' | 'completion_status', AnyPgColumn>;
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
				grouped ? isFirstOfPerson(db, filter, sort) : undefined,
				cursor ? afterPosition(sort, cursor) : undefined,
			),
		)
		.orderBy(desc(orderOf(sort, leads)), desc(leads.id))
		.limit(limit);
}
export type LeadListRow = Awaited<ReturnType<typeof selectLeads>>[number];

/**
 * Holds when no other matching lead with the same email or phone number precedes this one in the order. Uses the indexes
 * leads_email and leads_phone.
 */
function isFirstOfPerson(db: Db, filter: Filter, sort: LeadSort): SQL {
	const { lead, session, site } = OTHER_TABLES;
	const before = sql`(${orderOf(sort, lead)}, ${lead.id}) > (${orderOf(sort, leads)}, ${leads.id})`;
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
		when(filter.overdue, (value) => (value ? overdue : sql`not ${overdue}`)),
		when(filter.person_of, (sessionId) => sql`${lead.id} in ${personOf(sessionId)}`),
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

/** Holds once the follow-up deadline has passed without a contact. */
export const isOverdue = (
	lead: Record<'promise_due_at' | 'first_contact_at', AnyPgColumn>,
	now: Date,
): SQL =>
	sql`(${lead.promise_due_at} is not null and ${lead.first_contact_at} is null
		and ${lead.promise_due_at} <= ${now.toISOString()}::timestamptz)`;

/** Returns the column that orders the list before the id. Uses the index leads_list or leads_score_list. */
const orderOf = (sort: LeadSort, lead: Record<'created_at' | 'score', AnyPgColumn>) =>
	sort === 'score' ? lead.score : lead.created_at;

/** Returns the cursor of a row. Cursors hold a time; a list sorted by score stores the score there, as milliseconds. */
export const cursorOf = (sort: LeadSort, { id, score, created_at }: typeof leads.$inferSelect) =>
	encodeCursor({ at: sort === 'score' ? new Date(score) : created_at, id });

/** Selects the leads after a cursor; throws `invalid` for a malformed one. */
function afterPosition(sort: LeadSort, cursor: string): SQL {
	const { at, id } = decodeCursor(cursor);
	const last =
		sort === 'score' ? sql`${at.getTime()}::bigint` : sql`${at.toISOString()}::timestamptz`;
	return sql`(${orderOf(sort, leads)}, ${leads.id}) < (${last}, ${id}::bigint)`;
}
