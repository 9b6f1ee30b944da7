import { sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { deliveryFilter } from '#lib/contract/delivery.ts';

/** The conditions of a filter, for deliveries with the alias d; each status is walked by deliveries_list. */
export function matching(filter: z.output<typeof deliveryFilter>): SQL[] {
	const { status, site, event, endpoint_id, session_id, from, to } = filter;
	const conditions = [sql`true`];
	if (status) conditions.push(sql`d.status = ${status}`);
	if (event) conditions.push(sql`d.event = ${event}`);
	if (endpoint_id) conditions.push(sql`d.endpoint_id = ${endpoint_id}`);
	if (site) {
		conditions.push(sql`d.endpoint_id in (select e.id from webhook_endpoints e
			join sites site on site.id = e.site_id where site.key = ${site})`);
	}
	if (session_id) {
		conditions.push(
			sql`d.chat_session_id = (select id from chat_sessions where public_id = ${session_id})`,
		);
	}
	if (from) conditions.push(sql`d.created_at >= ${from}::timestamptz`);
	if (to) conditions.push(sql`d.created_at < ${to}::timestamptz`);
	return conditions;
}
