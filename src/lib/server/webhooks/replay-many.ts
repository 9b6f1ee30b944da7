import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { replayInput } from '$lib/contract/delivery';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { inTransaction } from '../db/transaction';
import { parse } from '../parse';
import { sendAgain } from './send-again';

const MOST = 1000;

/** Sends the named deliveries again, or those with a status and of a time: the newest 1,000. Gives how many. */
export async function replayDeliveries(
	ctx: Ctx,
	input: z.input<typeof replayInput>,
): Promise<{ replayed: number }> {
	requireTeam(ctx, 'leads:write');
	const { ids, status, from, to } = parse(replayInput, input);
	const conditions = [sql`true`];
	if (ids) conditions.push(sql`id = any(${sql.param(ids)}::bigint[])`);
	if (status) conditions.push(sql`status = ${status}`);
	if (from) conditions.push(sql`created_at >= ${from}::timestamptz`);
	if (to) conditions.push(sql`created_at < ${to}::timestamptz`);
	return inTransaction(ctx, async (tx) => {
		const replayed = await sendAgain(tx, sql.join(conditions, sql` and `), MOST);
		return { replayed: replayed.length };
	});
}
