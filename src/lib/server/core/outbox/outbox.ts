import type { SQL } from 'drizzle-orm';
import type { App, Ctx } from '../context.ts';
import type { Retries } from '../retries.ts';
import type { Claim, OutboxTable } from './rows.ts';

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
