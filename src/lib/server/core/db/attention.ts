// Conditions shared by lists and the overview, whose domains must not import each other.
import { sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { DELIVERY_STATE_PRIORITY } from '#lib/contract/constants.ts';
import type { LeadDeliveryState } from '#lib/contract/lead-list.ts';
import type { SessionAttention } from '#lib/contract/session.ts';
import { chat_sessions, handoffs } from './schema/index.ts';

/** Returns the condition for chat sessions that need attention for this reason. Uses the indexes handoffs_open and chat_sessions_open. */
export function needsAttention(reason: SessionAttention): SQL {
	if (reason === 'waiting') {
		return sql`${chat_sessions.id} in (
			select ${handoffs.chat_session_id} from ${handoffs} where ${handoffs.outcome} is null)`;
	}
	const condition = {
		rescued: sql`${chat_sessions.is_rescued}`,
		claimed: sql`${chat_sessions.completion_claimed_at} is not null`,
		withdrawn: sql`${chat_sessions.completions_undone} > 0`,
	}[reason];
	return sql`(${chat_sessions.completion_status} = 'in_progress' and ${condition})`;
}

type LeadColumns = Record<'chat_session_id' | 'version', AnyPgColumn>;

/**
 * Returns a subquery for the lead's delivery that most needs attention: of the latest deliveries to each endpoint, the one
 * whose state is first in `DELIVERY_STATE_PRIORITY`. If the lead's newest delivery is a withdrawal, only withdrawals count;
 * otherwise they are ignored. Uses the index deliveries_session.
 */
export const selectWorstDelivery = (lead: LeadColumns): SQL => sql`(
	select latest.status, latest.attempt_count, latest.next_attempt_at, latest.state from (
		select distinct on (d.endpoint_id) d.id, d.status, d.attempt_count, d.next_attempt_at,
			d.event = 'lead.withdrawn' as is_withdrawal,
			first_value(d.event) over (order by d.id desc) = 'lead.withdrawn' as is_lead_withdrawn,
			case
				when d.event = 'lead.withdrawn' then case when d.status = 'failed' then 'failed' else 'withdrawn' end
				when d.event = 'lead.updated' and d.status <> 'delivered' then case when exists (
					select from deliveries earlier where earlier.chat_session_id = d.chat_session_id
						and earlier.endpoint_id = d.endpoint_id and earlier.id < d.id
						and earlier.event in ('lead.completed', 'lead.abandoned', 'lead.updated')
						and earlier.status = 'delivered' and earlier.lead_version > 0
				) then 'update_' || d.status else d.status end
				when d.status = 'delivered' and d.lead_version < ${lead.version} then 'outdated'
				when d.event = 'lead.updated' then 'updated'
				else d.status end as state
		from deliveries d
		where d.chat_session_id = ${lead.chat_session_id} and d.lead_version > 0
			and d.event in ('lead.completed', 'lead.abandoned', 'lead.updated', 'lead.withdrawn')
		order by d.endpoint_id, d.id desc) latest
	where latest.is_withdrawal = latest.is_lead_withdrawn
	order by array_position(${sql.param(DELIVERY_STATE_PRIORITY)}::text[], latest.state), latest.id desc limit 1)`;

/** The states in which an endpoint has received some version of the lead. */
export const DELIVERED_STATES: LeadDeliveryState[] = [
	'delivered',
	'update_pending',
	'updated',
	'update_failed',
	'outdated',
];

/** Returns the condition for leads whose worst delivery is in this state; `delivered` includes all `DELIVERED_STATES`. */
export function hasDeliveryState(lead: LeadColumns, state: LeadDeliveryState | 'none'): SQL {
	const worstState = sql`(select state from ${selectWorstDelivery(lead)} worst)`;
	if (state === 'none') return sql`${worstState} is null`;
	return sql`${worstState} = any(${sql.param(state === 'delivered' ? DELIVERED_STATES : [state])}::text[])`;
}

type ContactColumns = Record<'email' | 'phone', AnyPgColumn>;

/** Returns the condition for leads with neither email nor phone. Uses the index leads_without_contact. */
export const hasNoContact = (lead: ContactColumns): SQL =>
	sql`(${lead.email} is null and ${lead.phone} is null)`;

/** Returns the condition for leads that the team can't contact: no contact details, and no open reply window in Messenger. */
export const isUnreachable = (
	lead: ContactColumns,
	{ reply_until }: Record<'reply_until', AnyPgColumn>,
	now: Date,
): SQL =>
	sql`(${hasNoContact(lead)} and coalesce(${reply_until} <= ${now.toISOString()}::timestamptz, true))`;
