import { eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import {
	type Delivery,
	deliveryFilter,
	deliveryListQuery,
	MAX_RESENT_DELIVERIES,
	resendInput,
} from '#lib/contract/delivery.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, readFromReplica, runRead } from '#lib/server/core/db/reads.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findDeliveries, selectDeliveries } from './present.ts';

/** Returns a page of deliveries that match the filter, newest first, each with its newest 20 attempts. */
export async function listDeliveries(
	ctx: Ctx,
	input: z.input<typeof deliveryListQuery>,
): Promise<Page<Delivery>> {
	requireTeam(ctx, 'leads:read');
	const query = parse(deliveryListQuery, input);
	return readFromReplica(ctx, ({ db }) => runRead(db, readDeliveries(query)));
}

export const readDeliveries = (query: z.output<typeof deliveryListQuery>): Read<Page<Delivery>> => {
	const { query: select, parse: present } = selectDeliveries(toCondition(query), query.limit + 1);
	return {
		query: select,
		parse: (rows) => toPage(present(rows), query.limit, (delivery) => delivery.created_at),
	};
};

function toCondition(query: z.output<typeof deliveryListQuery>): SQL {
	const conditions = listFilterConditions(query);
	if (query.cursor) conditions.push(sql`d.id < ${decodeCursor(query.cursor).id}`);
	return sql.join(conditions, sql` and `);
}

/** Whether the endpoint and the body of a delivery (alias d) still exist. */
const IS_REPLAYABLE = sql`d.body <> '' and exists (
	select from webhook_endpoints e where e.id = d.endpoint_id and e.deleted_at is null)`;

/** Counts matching deliveries that can be replayed, up to 1,000, which is the maximum for one replay. */
export async function countDeliveries(
	ctx: Ctx,
	input: z.input<typeof deliveryFilter>,
): Promise<{ count: number }> {
	requireTeam(ctx, 'leads:read');
	const where = sql.join(listFilterConditions(parse(deliveryFilter, input)), sql` and `);
	const { rows } = await ctx.db.execute(sql`
		select count(*)::int as count from (select 1 from deliveries d
			where ${where} and ${IS_REPLAYABLE} limit ${MAX_RESENT_DELIVERIES}) counted`);
	return z.object({ count: z.number() }).parse(rows[0]);
}

/** Returns the filter's conditions on deliveries (alias d). Filtering by status uses the index deliveries_list. */
function listFilterConditions(filter: z.output<typeof deliveryFilter>): SQL[] {
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

/**
 * Replays a delivery immediately, with the same id and body, and restarts its retry schedule. Works even if it was delivered
 * or its endpoint is disabled. Throws NotFound, and Conflict if it is so old that its body was deleted.
 */
export async function replayDelivery(ctx: Ctx, id: number): Promise<Delivery> {
	requireTeam(ctx, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		const [delivery] = await resetForReplay(tx, sql`d.id = ${id}`, 1);
		if (!delivery) throw await createReplayError(tx, id);
		const target = { type: 'delivery', id, name: delivery.event };
		await audit(tx, { action: 'delivery.replayed', target });
		return delivery;
	});
}

async function createReplayError(ctx: Ctx, id: number) {
	const [delivery] = await ctx.db
		.select({ body: deliveries.body })
		.from(deliveries)
		.where(eq(deliveries.id, id));
	if (delivery?.body !== '') return notFound(`delivery ${id}`);
	return conflict('bodies are kept for 90 days: this delivery can no longer be sent again');
}

/** Replays deliveries by id, or the newest 1,000 that match a filter. Returns their number. */
export async function replayDeliveries(
	ctx: Ctx,
	input: z.input<typeof resendInput>,
): Promise<{ replayed: number }> {
	requireTeam(ctx, 'leads:write');
	const { ids, ...filter } = parse(resendInput, input);
	const conditions = listFilterConditions(filter);
	if (ids) conditions.push(sql`d.id = any(${sql.param(ids)}::bigint[])`);
	return inTransaction(ctx, async (tx) => {
		const replayed = await resetForReplay(
			tx,
			sql.join(conditions, sql` and `),
			MAX_RESENT_DELIVERIES,
		);
		if (replayed.length > 0) {
			await audit(tx, {
				action: 'delivery.replayed',
				detail: { deliveries: replayed.length, ...filter },
			});
		}
		return { replayed: replayed.length };
	});
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Makes matching deliveries due immediately and restarts their retry schedules: the newest `limit` whose endpoint and body
 * still exist. Requires a transaction.
 */
async function resetForReplay(ctx: Ctx, where: SQL, limit: number): Promise<Delivery[]> {
	const now = ctx.app.clock().toISOString();
	// A call in flight keeps its claim, so that the delivery isn't sent twice concurrently.
	const { rows } = await ctx.db.execute(sql`
		with chosen as (
			select id from deliveries where id in (
				select d.id from deliveries d where ${where} and ${IS_REPLAYABLE} order by d.id desc limit ${limit}
			) order by id for update
		)
		update deliveries d
		set status = 'pending', schedule_step = 0, next_attempt_at = ${now}::timestamptz, delivered_at = null
		from chosen where d.id = chosen.id returning d.id`);
	const changed = idRows.parse(rows).map(({ id }) => id);
	const deliveries = await findDeliveries(ctx.db, changed);
	for (const delivery of deliveries) await record(ctx, 'delivery.updated', { delivery });
	return deliveries;
}
