import { sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { MAX_COUNT } from '#lib/contract/constants.ts';
import {
	overview,
	overviewQuery,
	type Overview,
	type OverviewQuery,
} from '#lib/contract/overview.ts';
import type { SessionAttention } from '#lib/contract/session.ts';
import { hasDeliveryState, isUnreachable, needsAttention } from '../core/db/attention.ts';
import { requireTeam } from '../core/permissions.ts';
import {
	chat_sessions,
	deliveries,
	isPendingUpdate,
	leads,
	sites,
} from '../core/db/schema/index.ts';
import type { Ctx } from '../core/context.ts';
import { type Read, readFromReplica, runReads } from '../core/db/reads.ts';
import { parse } from '../core/parse.ts';
import { createUnknownSiteError } from './get-statistics.ts';
import { createPeriod, shiftDays } from './period.ts';
import { presentFigures } from './present.ts';
import {
	addFigures,
	createFigures,
	readDays,
	toScope,
	type Figures,
	type Scope,
} from './read-counters.ts';
import { addDays, getDay, getStartOfDay } from '../core/time-zone.ts';

const TREND_DAYS = 14;
const MINUTE_MS = 60_000;

/**
 * Returns today's figures, those of yesterday and a week ago up to the same time of day (to the quarter hour), the live
 * chats, and what needs attention. Throws `not_found` for an unknown site.
 */
export async function getOverview(ctx: Ctx, input: OverviewQuery = {}): Promise<Overview> {
	requireTeam(ctx, 'stats:read');
	const { time_zone: zone, site } = parse(overviewQuery, input);
	const scope = toScope(site);
	const now = ctx.app.clock().getTime();
	const today = getDay(zone, now);
	const getPeriodUntilNow = (days: number) => {
		const from = getStartOfDay(zone, addDays(today, days));
		// Just after midnight, the period already includes the first quarter hour, because it must not be empty.
		return createPeriod(zone, from, Math.max(shiftDays(zone, now, days), from + MINUTE_MS));
	};
	const trend = createPeriod(
		zone,
		getStartOfDay(zone, addDays(today, 1 - TREND_DAYS)),
		now + MINUTE_MS,
	);
	const reads = {
		today: readDays(scope, getPeriodUntilNow(0)),
		yesterday: readDays(scope, getPeriodUntilNow(-1)),
		lastWeek: readDays(scope, getPeriodUntilNow(-7)),
		trend: readDays(scope, trend),
		attention: readAttention(scope, now),
		failing_sites: readFailingSites(scope),
		isKnown: readSiteExists(scope),
	};
	const results = await readFromReplica(ctx, ({ db }) => runReads(db, reads));
	if (!results.isKnown) throw createUnknownSiteError(site);
	return {
		as_of: new Date(now).toISOString(),
		today: presentDay(results.today),
		yesterday: presentDay(results.yesterday),
		last_week: presentDay(results.lastWeek),
		trend: trend.days.map(({ date }, index) => {
			const { sessions = 0, complete = 0, leads = 0 } = results.trend[index]?.counts ?? {};
			return { date, sessions, complete, leads };
		}),
		...results.attention,
		failing_sites: results.failing_sites,
	};
}

function presentDay(days: Figures[]): Overview['today'] {
	const { sessions, ai_engaged, complete, leads, completion_rate, answer_ms_p50 } = presentFigures(
		days.reduce(addFigures, createFigures()),
	);
	return { sessions, ai_engaged, complete, leads, completion_rate, answer_ms_p50 };
}

/** The time without activity after which a chat no longer counts as live. */
const LIVE_MS = 5 * 60_000;
const MAX_FAILING_SITES = 100;

const attentionCounts = overview.shape.needs_attention.extend({ live_chats: z.number() });
const failingSites = z.array(
	z.object({ site: z.string(), site_name: z.string(), ai_down_since: z.coerce.date() }),
);

/** Returns the query that counts live chats and items that need attention. Each count stops at `MAX_COUNT` and uses the index of its list. */
export function readAttention(
	scope: Scope,
	now: number,
): Read<Pick<Overview, 'live_chats' | 'needs_attention'>> {
	const { isAll } = scope;
	const siteCondition = (column: SQL | AnyPgColumn) =>
		isAll ? sql`` : sql`and ${column} = ${scope.id}`;
	const { channel, archive_status, completion_status, qa_status } = chat_sessions;
	const selectChats = (where: SQL) =>
		sql`${chat_sessions} where ${channel} <> 'test' ${siteCondition(chat_sessions.site_id)} and ${where}`;
	const countInInbox = (reason: SessionAttention) =>
		countUpToLimit(selectChats(sql`${archive_status} = 'active' and ${needsAttention(reason)}`));
	const leadsFrom = sql`${leads} join ${chat_sessions} on ${chat_sessions.id} = ${leads.chat_session_id}
		where ${channel} <> 'test' ${siteCondition(chat_sessions.site_id)}`;
	const toTimestampBefore = (ms: number) => sql`${new Date(now - ms).toISOString()}::timestamptz`;
	const query = sql`select
		${countUpToLimit(
			selectChats(sql`${archive_status} = 'active' and ${completion_status} = 'in_progress'
			and ${chat_sessions.message_count} > 0 and ${chat_sessions.last_activity_at} > ${toTimestampBefore(LIVE_MS)}`),
		)} as live_chats,
		${countUpToLimit(sql`deliveries d join webhook_endpoints e on e.id = d.endpoint_id
			where d.status = 'failed' ${siteCondition(sql`e.site_id`)}`)} as failed_deliveries,
		${countUpToLimit(
			sql`error_groups g where g.resolved_at is null ${
				isAll
					? sql``
					: sql`and exists (select from automation_errors a join chat_sessions s on s.id = a.chat_session_id
					where a.group_id = g.id and s.site_id = ${scope.id})`
			}`,
		)} as unresolved_errors,
		${countUpToLimit(selectChats(sql`${qa_status} = 'issue' and ${qa_status} <> 'unchecked'`))} as open_issues,
		${countUpToLimit(selectChats(sql`${chat_sessions.review_queued_at} is not null and ${qa_status} = 'unchecked'`))} as to_review,
		${countUpToLimit(
			selectChats(
				sql`${qa_status} = 'unchecked' and ${completion_status} = 'complete' and ${archive_status} = 'active'`,
			),
		)} as unchecked_completed,
		${countUpToLimit(sql`${leadsFrom} and ${leads.promise_due_at} <= ${toTimestampBefore(0)} and ${leads.first_contact_at} is null
			and not ${isUnreachable(leads, chat_sessions, new Date(now))}`)} as overdue_leads,
		${countInInbox('waiting')} as waiting_visitors,
		${countInInbox('rescued')} as rescued_chats,
		${countInInbox('claimed')} as claimed_completions,
		${countInInbox('withdrawn')} as withdrawn_leads,
		${countUpToLimit(sql`${leadsFrom} and ${leads.chat_session_id} in (select ${deliveries.chat_session_id} from ${deliveries}
			where ${isPendingUpdate}) and ${hasDeliveryState(leads, 'update_pending')}`)} as pending_updates`;
	return {
		query,
		parse([row]) {
			const { live_chats, ...needs_attention } = attentionCounts.parse(row);
			return { live_chats, needs_attention };
		},
	};
}

/** Returns the query for the sites whose AI is down, longest first. */
function readFailingSites(scope: Scope): Read<Overview['failing_sites']> {
	const query = sql`
		select key as site, name as site_name, ai_down_since from ${sites}
		where ai_down_since is not null and archived_at is null
			${scope.isAll ? sql`` : sql`and id = ${scope.id}`}
		order by ai_down_since, id limit ${MAX_FAILING_SITES}`;
	return {
		query,
		parse: (rows) =>
			failingSites
				.parse(rows)
				.map((row) => ({ ...row, ai_down_since: row.ai_down_since.toISOString() })),
	};
}

const readSiteExists = (scope: Scope): Read<boolean> => ({
	query: sql`select 1 where ${scope.id} is not null`,
	parse: (rows) => rows.length > 0,
});

const countUpToLimit = (from: SQL) =>
	sql`(select count(*)::int from (select 1 from ${from} limit ${MAX_COUNT}) counted)`;
