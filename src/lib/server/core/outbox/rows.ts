import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../context.ts';

export const OUTBOX_TABLES = [
	'deliveries',
	'judge_calls',
	'mails',
	'messenger_sends',
	'push_messages',
] as const;
export type OutboxTable = (typeof OUTBOX_TABLES)[number];

/** Longer than any call can take: a claim older than this belongs to a process that died. */
export const LEASE_MS = 60_000;

/** The columns of every claim. */
export const claim = z.object({
	id: z.coerce.number(),
	/** The number of the attempt; the newest one owns the row. */
	number: z.number(),
	/** Failed attempts of the current schedule. */
	step: z.number(),
});
export type Claim = z.infer<typeof claim>;

export const timestamp = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`;

/** Returns the condition for pending rows that are due, and neither claimed nor still in flight in this process. */
export function isDue(ctx: Ctx, inFlight: readonly Claim[], alias = ''): SQL {
	const column = (name: string) => sql.raw(alias === '' ? name : `${alias}.${name}`);
	const now = timestamp(ctx.app.clock());
	return sql`${column('status')} = 'pending' and ${column('next_attempt_at')} <= ${now}
		and (${column('claimed_until')} is null or ${column('claimed_until')} <= ${now})
		and ${column('id')} <> all(${sql.param(inFlight.map(({ id }) => id))}::bigint[])`;
}

interface ClaimStatement<S extends z.ZodType> {
	/** Selects the ids to claim and anything else worth keeping, with `isDue` and `for update skip locked`. */
	due: SQL;
	/** The claim's own columns, of `claimed` (the row), `due` and what is joined. */
	columns: SQL;
	joins?: SQL;
	/** Another common table expression that runs with the claim. */
	also?: SQL;
	schema: S;
}

/** Claims rows by one conditional UPDATE: other processes skip them until they are settled or their lease expires. */
export async function claimRows<S extends z.ZodType>(
	ctx: Ctx,
	table: OutboxTable,
	{ due, columns, joins = sql``, also = sql``, schema }: ClaimStatement<S>,
): Promise<z.infer<S>[]> {
	const until = timestamp(new Date(ctx.app.clock().getTime() + LEASE_MS));
	const { rows } = await ctx.db.execute(sql`
		with due as (${due}), claimed as (
			update ${sql.identifier(table)} o set claimed_until = ${until}, attempt_count = o.attempt_count + 1
			from due where o.id = due.id returning o.*
		) ${also}
		select claimed.id, claimed.attempt_count as number, claimed.schedule_step as step, ${columns}
		from claimed join due on due.id = claimed.id ${joins}`);
	return z.array(schema).parse(rows);
}
