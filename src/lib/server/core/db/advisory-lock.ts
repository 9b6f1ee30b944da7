import { sql } from 'drizzle-orm';
import type { Ctx } from '../context.ts';

/** Takes an advisory lock until the transaction ends. Returns false immediately if another transaction holds it. */
export async function tryAdvisoryLock(tx: Ctx, key: number): Promise<boolean> {
	const { rows } = await tx.db.execute(sql`select pg_try_advisory_xact_lock(${key}) as is_locked`);
	return rows[0]?.['is_locked'] === true;
}
