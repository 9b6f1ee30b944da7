import type { Ctx } from '../context.ts';
import type { AppEvent, EventName, Events } from '../events.ts';
import type { Db } from './client.ts';
import { isRolledBack } from './faults.ts';

const MAX_ATTEMPTS = 3;

/**
 * Runs `work` in the caller's transaction, or in a new one whose events are published after its commit. Retries a new
 * transaction if Postgres rolled it back, for example to resolve a deadlock.
 */
export async function inTransaction<T>(ctx: Ctx, work: (ctx: Ctx) => Promise<T>): Promise<T> {
	if (ctx.pending) return work(ctx);
	for (let attempt = 1; ; attempt += 1) {
		const pending: AppEvent[] = [];
		try {
			const result = await ctx.db.transaction((tx) => work({ ...ctx, db: tx, pending }));
			for (const event of pending) ctx.app.events.publish(event);
			return result;
		} catch (error) {
			if (attempt === MAX_ATTEMPTS || !isRolledBack(error)) throw error;
		}
	}
}

/** Records an event in the open transaction. Its recorders run immediately, its listeners after the commit. */
export function record<K extends EventName>(ctx: Ctx, name: K, payload: Events[K]): Promise<void> {
	return recordEvent(ctx, { name, payload } as AppEvent);
}

export async function recordEvent(ctx: Ctx, event: AppEvent): Promise<void> {
	if (!ctx.pending) throw new Error(`${event.name} was recorded outside a transaction`);
	await ctx.app.events.runRecorders(ctx, event);
	ctx.pending.push(event);
}

/**
 * Returns an array parameter of a prepared statement in a form that hides its length from the planner. Otherwise, the generic
 * plan, which assumes ten elements, looks more expensive than a custom plan for a short array. Postgres would then plan every
 * execution, which can take several times as long as executing it (docs/decisions/0022).
 */
export const hideLength = (parameter: string) => `(select ${parameter})`;

/**
 * Runs SQL with `$1` parameters as a named prepared statement, which each connection parses and plans once. For the few
 * large statements that run for every message. A name must always be used with the same text.
 */
export async function executePrepared(
	db: Db,
	name: string,
	text: string,
	values: unknown[],
): Promise<unknown[]> {
	const query = db._.session.prepareQuery({ sql: text, params: values }, undefined, name, false);
	const { rows } = (await query.execute()) as { rows: unknown[] };
	return rows;
}
