import { sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import { type Delivery, deliveryListQuery } from '#lib/contract/delivery.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/cursor.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { parse } from '#lib/server/core/parse.ts';
import { matching } from './filter.ts';
import { selectDeliveries } from './present.ts';

/** Deliveries that match the filter, newest first, as keyset pages, each with its newest 20 attempts. */
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
