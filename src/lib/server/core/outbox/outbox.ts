import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { App, Ctx } from '../context.ts';
import type { RetrySchedule } from '../retries.ts';

/** The result of one call. */
export interface AttemptResult {
	/**
	 * `sent`: accepted. `retry`: failed, retried by the schedule. `failed`: permanently refused. `released`: inconclusive,
	 * such as a call aborted because this process stops; due again immediately without using up the schedule.
	 */
	result: 'sent' | 'retry' | 'failed' | 'released';
	error: string | null;
	/** The pause that the recipient requested, in ms. */
	retry_after_ms?: number | undefined;
}

export interface ClaimRequest<C> {
	/** The maximum number of rows to claim. */
	limit: number;
	/** Claims of this process still in flight, including any whose lease has expired. */
	inFlight: readonly C[];
	/** The zero-based number of this claim in the current run. */
	round: number;
}

/** A row's status after a claim was settled. */
export type SettledStatus = 'sent' | 'pending' | 'failed';

/**
 * An outbox: work that is written in the transaction that causes it and sent to another service after the commit.
 * `drainOutbox` claims, sends and settles rows; each outbox implements only the specifics of its own rows.
 */
export interface Outbox<C extends Claim, A extends AttemptResult> {
	table: OutboxTable;
	/** The table's status for a sent row, `sent` by default; the column `<status>_at` holds the time. */
	sentStatus?: string;
	/** The maximum number of concurrent calls per process. */
	concurrency: number;
	retries: RetrySchedule;
	/** Claims rows that are due, with `claimRows`. */
	claim(ctx: Ctx, request: ClaimRequest<C>): Promise<C[]>;
	/** Makes the call. Never throws. */
	send(app: App, claim: C, signal: AbortSignal): Promise<A>;
	/** Runs first in the transaction that settles a claim, to acquire locks in their common order and record the attempt. */
	beforeSettle?(tx: Ctx, claim: C, attempt: A): Promise<void>;
	/** Additional SQL assignments, stored with the new status. */
	changes?(claim: C, attempt: A): SQL[];
	/** Runs last in the transaction that settles a claim. `status` is undefined if the claim no longer owns its row. */
	afterSettle(tx: Ctx, claim: C, attempt: A, status: SettledStatus | undefined): Promise<void>;
}

export const OUTBOX_TABLES = [
	'deliveries',
	'judge_calls',
	'mails',
	'messenger_sends',
	'push_messages',
] as const;
type OutboxTable = (typeof OUTBOX_TABLES)[number];

/** Longer than any call can take, so that an expired lease means that the process died. */
export const LEASE_MS = 60_000;

/** The columns of every claim. */
export const claimSchema = z.object({
	id: z.coerce.number(),
	/** The attempt's number. The latest attempt owns the row. */
	number: z.number(),
	/** The number of failed attempts in the current schedule. */
	step: z.number(),
});
export type Claim = z.infer<typeof claimSchema>;

export const toTimestamp = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`;

/** Returns the condition for pending rows that are due, and neither claimed nor still in flight in this process. */
export function isDue(ctx: Ctx, inFlight: readonly Claim[], alias = ''): SQL {
	const toColumn = (name: string) => sql.raw(alias === '' ? name : `${alias}.${name}`);
	const now = toTimestamp(ctx.app.clock());
	return sql`${toColumn('status')} = 'pending' and ${toColumn('next_attempt_at')} <= ${now}
		and (${toColumn('claimed_until')} is null or ${toColumn('claimed_until')} <= ${now})
		and ${toColumn('id')} <> all(${sql.param(inFlight.map(({ id }) => id))}::bigint[])`;
}

/** Selects the ids of due rows, longest overdue first. */
const selectDue = (
	ctx: Ctx,
	table: OutboxTable,
	{ limit, inFlight }: ClaimRequest<Claim>,
): SQL => sql`select id from ${sql.identifier(table)} where ${isDue(ctx, inFlight)}
	order by next_attempt_at, id limit ${limit} for update skip locked`;

interface ClaimStatement<S extends z.ZodType> {
	/**
	 * The request, to claim the longest overdue rows; or a query for the ids to claim and further columns, which must use
	 * `isDue` and `for update skip locked`.
	 */
	due: ClaimRequest<Claim> | SQL;
	/** The claim's additional columns, from `claimed` (the row), `due` and the joined tables. */
	columns: SQL;
	joins?: SQL;
	/** An additional common table expression that runs with the claim. */
	additionalCte?: SQL;
	schema: S;
}

/** Claims rows with one conditional UPDATE. Other processes skip them until they are settled or their lease expires. */
export async function claimRows<S extends z.ZodType>(
	ctx: Ctx,
	table: OutboxTable,
	{ due, columns, joins = sql``, additionalCte = sql``, schema }: ClaimStatement<S>,
): Promise<z.infer<S>[]> {
	const until = toTimestamp(new Date(ctx.app.clock().getTime() + LEASE_MS));
	const { rows } = await ctx.db.execute(sql`
		with due as (${'limit' in due ? selectDue(ctx, table, due) : due}), claimed as (
			update ${sql.identifier(table)} o set claimed_until = ${until}, attempt_count = o.attempt_count + 1
			from due where o.id = due.id returning o.*
		) ${additionalCte}
		select claimed.id, claimed.attempt_count as number, claimed.schedule_step as step, ${columns}
		from claimed join due on due.id = claimed.id ${joins}`);
	return z.array(schema).parse(rows);
}
