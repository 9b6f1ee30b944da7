import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { App, Ctx } from '../context.ts';
import type { Retries } from '../retries.ts';

/** The result of one call. */
export interface Attempt {
	/**
	 * `sent`: accepted. `retry`: failed, retried by the schedule. `failed`: refused for good. `released`: says nothing about
	 * the recipient, such as a call cut off because this process stops; due again at once without using up the schedule.
	 */
	result: 'sent' | 'retry' | 'failed' | 'released';
	error: string | null;
	/** The pause that the recipient asked for. */
	retry_after_ms?: number | undefined;
}

export interface ClaimRequest<C> {
	/** How many rows to claim at most. */
	room: number;
	/** Claims of this process still in flight, including any whose lease has expired. */
	inFlight: readonly C[];
	/** Counts the claims of one run, from 0. */
	round: number;
}

/** A row's status after a claim was settled. */
export type Status = 'sent' | 'pending' | 'failed';

/**
 * Work written in the transaction that causes it and handed to another service after the commit. `drainOutbox` claims,
 * sends and settles; each outbox says only how its own rows differ.
 */
export interface Outbox<C extends Claim, A extends Attempt> {
	table: OutboxTable;
	/** The table's word for a row that was sent, `sent` by default; `<word>_at` holds the time. */
	sentStatus?: string;
	/** Calls of one process at a time. */
	concurrency: number;
	retries: Retries;
	/** Claims rows that are due, with `claimRows`. */
	claim(ctx: Ctx, request: ClaimRequest<C>): Promise<C[]>;
	/** Makes the call; never throws. */
	send(app: App, claim: C, signal: AbortSignal): Promise<A>;
	/** Runs first in the transaction that settles a claim: takes locks in their common order, records the attempt. */
	beforeSettle?(tx: Ctx, claim: C, attempt: A): Promise<void>;
	/** Assignments stored with the new status. */
	changes?(claim: C, attempt: A): SQL[];
	/** Runs last in that transaction. `status` is undefined when the claim no longer decides about its row. */
	afterSettle(tx: Ctx, claim: C, attempt: A, status: Status | undefined): Promise<void>;
}

export const OUTBOX_TABLES = [
	'deliveries',
	'judge_calls',
	'mails',
	'messenger_sends',
	'push_messages',
] as const;
type OutboxTable = (typeof OUTBOX_TABLES)[number];

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

/** Selects the ids of due rows, the longest due first. */
const selectDue = (
	ctx: Ctx,
	table: OutboxTable,
	{ room, inFlight }: ClaimRequest<Claim>,
): SQL => sql`select id from ${sql.identifier(table)} where ${isDue(ctx, inFlight)}
	order by next_attempt_at, id limit ${room} for update skip locked`;

interface ClaimStatement<S extends z.ZodType> {
	/**
	 * The request, to claim the rows that have been due the longest; or a query of the ids to claim and anything else worth
	 * keeping, with `isDue` and `for update skip locked`.
	 */
	due: ClaimRequest<Claim> | SQL;
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
		with due as (${'room' in due ? selectDue(ctx, table, due) : due}), claimed as (
			update ${sql.identifier(table)} o set claimed_until = ${until}, attempt_count = o.attempt_count + 1
			from due where o.id = due.id returning o.*
		) ${also}
		select claimed.id, claimed.attempt_count as number, claimed.schedule_step as step, ${columns}
		from claimed join due on due.id = claimed.id ${joins}`);
	return z.array(schema).parse(rows);
}
