import { sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { Page } from '$lib/contract/common';
import { type Delivery, deliveryListQuery } from '$lib/contract/delivery';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { decodeCursor, toPage } from '../cursor';
import { parse } from '../parse';
import { selectDeliveries } from './present';

type Query = z.output<typeof deliveryListQuery>;

/** Deliveries that match the filter, newest first, as keyset pages, each with its newest 20 attempts. */
export async function listDeliveries(
	ctx: Ctx,
	input: z.input<typeof deliveryListQuery>,
): Promise<Page<Delivery>> {
	requireTeam(ctx, 'leads:read');
	const query = parse(deliveryListQuery, input);
	const found = await selectDeliveries(ctx.db, where(query), query.limit + 1);
	return toPage(found, query.limit, (delivery) => delivery.created_at);
}

function where({ status, site, session_id, from, to, cursor }: Query): SQL {
	const conditions = [sql`true`];
	if (status) conditions.push(sql`d.status = ${status}`);
	if (site) conditions.push(sql`site.key = ${site}`);
	if (session_id) {
		conditions.push(
			sql`d.chat_session_id = (select id from chat_sessions where public_id = ${session_id})`,
		);
	}
	if (from) conditions.push(sql`d.created_at >= ${from}::timestamptz`);
	if (to) conditions.push(sql`d.created_at < ${to}::timestamptz`);
	if (cursor) conditions.push(sql`d.id < ${decodeCursor(cursor).id}`);
	return sql.join(conditions, sql` and `);
}
