import { and, desc, eq, gte, lt, ne, sql, type SQL } from 'drizzle-orm';
import { alias, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import type { leadFilter, LeadSort } from '#lib/contract/lead-list.ts';
import type { Db } from '../core/db/client.ts';
import { chat_sessions, leadDocumentOf, leads, sites } from '../core/db/schema/index.ts';
import { wordsQuery } from '../core/db/search.ts';
import { afterPosition, orderOf } from './order.ts';
import { personOf } from './person.ts';

type Filter = z.output<typeof leadFilter> & { now: Date };

/** The columns that a filter looks at. */
interface Tables {
	lead: Record<keyof typeof leads.$inferSelect, AnyPgColumn>;
	session: Record<'id' | 'channel' | 'completion_status', AnyPgColumn>;
	site: Record<'id' | 'key', AnyPgColumn>;
}
const TABLES = { lead: leads, session: chat_sessions, site: sites };

/** The same tables once more, for the lead that stands for a person. */
const OTHER = {
	lead: alias(leads, 'other'),
	session: alias(chat_sessions, 'other_session'),
	site: alias(sites, 'other_site'),
};

export interface LeadPage {
	limit: number;
	cursor?: string | null;
	sort?: LeadSort;
	/** One lead a person. */
	grouped?: boolean;
}

/** A page of leads that match, each with its chat session and site; for the list and the export. */
export function selectLeads(db: Db, filter: Filter, page: LeadPage) {
	const { limit, cursor, sort = 'newest', grouped = false } = page;
	return db
		.select({ lead: leads, session: chat_sessions, site_key: sites.key, site_name: sites.name })
		.from(leads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, leads.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
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

/** No lead with the same e-mail or phone number matches and comes before it; read by leads_email and leads_phone. */
function isFirstOfPerson(db: Db, filter: Filter, sort: LeadSort): SQL {
	const { lead, session, site } = OTHER;
	const before = sql`(${orderOf(sort, lead)}, ${lead.id}) > (${orderOf(sort, leads)}, ${leads.id})`;
	const none = (isSame: SQL) => {
		const others = db
			.select({ one: sql`1` })
			.from(lead)
			.innerJoin(session, eq(session.id, lead.chat_session_id))
			.innerJoin(site, eq(site.id, session.site_id))
			.where(and(isSame, before, ...conditions(filter, OTHER)));
		return sql`not exists ${others}`;
	};
	return sql`${none(sql`lower(${lead.email}) = lower(${leads.email})`)}
		and ${none(sql`${lead.phone} = ${leads.phone}`)}`;
}

function conditions(filter: Filter, { lead, session, site }: Tables): (SQL | undefined)[] {
	const is = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
		value === undefined ? undefined : condition(value);
	const isOverdue = sql`(${lead.promise_due_at} is not null and ${lead.first_contact_at} is null
		and ${lead.promise_due_at} <= ${filter.now.toISOString()}::timestamptz)`;
	return [
		ne(session.channel, 'test'),
		is(filter.site, (key) => eq(site.key, key)),
		is(filter.q, (q) => sql`${leadDocumentOf(lead)} @@ ${wordsQuery(q)}`),
		is(filter.completion_status, (status) => eq(session.completion_status, status)),
		is(filter.delivery, (state) =>
			state === 'none'
				? sql`${latestDelivery(lead)} is null`
				: sql`${latestDelivery(lead)} = ${state}`,
		),
		is(filter.overdue, (wanted) => (wanted ? isOverdue : sql`not ${isOverdue}`)),
		is(filter.person_of, (sessionId) => sql`${lead.id} in ${personOf(sessionId)}`),
		is(filter.from, (value) => gte(lead.created_at, new Date(value))),
		is(filter.to, (value) => lt(lead.created_at, new Date(value))),
	];
}

/** The state of the latest delivery of a lead; read by deliveries_session. */
const latestDelivery = (lead: Tables['lead']) => sql`(select d.status from deliveries d
	where d.chat_session_id = ${lead.chat_session_id} and d.event in ('lead.completed', 'lead.abandoned')
	order by d.id desc limit 1)`;
