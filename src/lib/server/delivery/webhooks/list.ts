import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import {
	type Delivery,
	MAX_REPLAYED_DELIVERIES,
	deliveryFilter,
	deliveryListQuery,
} from '#lib/contract/delivery.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { parse } from '#lib/server/core/parse.ts';
import { selectDeliveries } from './present.ts';

/** Returns a page of deliveries that match the filter, newest first, each with its newest 20 attempts. */
export async function listDeliveries(
	ctx: Ctx,
	input: z.input<typeof deliveryListQuery>,
): Promise<Page<Delivery>> {
	requireTeam(ctx, 'leads:read');
	const query = parse(deliveryListQuery, input);
	return runRead(ctx.db, readDeliveries(query));
}

export const readDeliveries = (query: z.output<typeof deliveryListQuery>): Read<Page<Delivery>> => {
	const { query: found, parse: present } = selectDeliveries(where(query), query.limit + 1);
	return {
		query: found,
		parse: (rows) => toPage(present(rows), query.limit, (delivery) => delivery.created_at),
	};
};

function where(query: z.output<typeof deliveryListQuery>): SQL {
	const conditions = matching(query);
	if (query.cursor) conditions.push(sql`d.id < ${decodeCursor(query.cursor).id}`);
	return sql.join(conditions, sql` and `);
}

/** Counts the deliveries that match and can be sent again, up to 1,000: the most that one replay sends. */
export async function countDeliveries(
	ctx: Ctx,
	input: z.input<typeof deliveryFilter>,
): Promise<{ count: number }> {
	requireTeam(ctx, 'leads:read');
	const where = sql.join(matching(parse(deliveryFilter, input)), sql` and `);
	const { rows } = await ctx.db.execute(sql`
		select count(*)::int as count from (select 1 from deliveries d
			join webhook_endpoints e on e.id = d.endpoint_id and e.deleted_at is null
			where ${where} limit ${MAX_REPLAYED_DELIVERIES}) counted`);
	return z.object({ count: z.number() }).parse(rows[0]);
}

/** Returns the conditions of a filter on deliveries with the alias d; a status is read by deliveries_list. */
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
