import { and, desc, inArray, asc } from 'drizzle-orm';
import type { LeadItem } from '#lib/contract/lead-list.ts';
import type { Ctx } from '../core/context.ts';
import { deliveries } from '../core/db/schema/index.ts';
import { presentLead } from './internal.ts';
import type { LeadListRow } from './query.ts';

export function presentLeadItem(
	{ lead, session, site_key, site_name }: LeadListRow,
	extra: Pick<LeadItem, 'chat_count' | 'delivery'>,
): LeadItem {
	const { utm_source = null, utm_campaign = null, referrer = null } = session.context;
	return {
		...presentLead(lead, session.public_id),
		site: site_key,
		site_name,
		channel: session.channel,
		completion_status: session.completion_status,
		completed_at: session.completed_at?.toISOString() ?? null,
		source: { utm_source, utm_campaign, referrer },
		...extra,
	};
}

/** The state of the latest delivery of each chat session's lead, by the chat session's row id. */
export async function findDeliveryStates(
	ctx: Ctx,
	chatSessionIds: number[],
): Promise<Map<number | null, LeadItem['delivery']>> {
	if (chatSessionIds.length === 0) return new Map();
	const { chat_session_id: id, event } = deliveries;
	const rows = await ctx.db
		.selectDistinctOn([id], {
			id,
			status: deliveries.status,
			attempt_count: deliveries.attempt_count,
			next_attempt_at: deliveries.next_attempt_at,
		})
		.from(deliveries)
		.where(and(inArray(id, chatSessionIds), inArray(event, ['lead.completed', 'lead.abandoned'])))
		.orderBy(asc(id), desc(deliveries.id));
	return new Map(
		rows.map(({ id, next_attempt_at, ...state }) => [
			id,
			{ ...state, next_attempt_at: next_attempt_at?.toISOString() ?? null },
		]),
	);
}
