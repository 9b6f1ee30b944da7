import pg from 'pg';
import { afterAll, vi } from 'vitest';
import type { Db } from '#lib/server/core/db/client.ts';

/** Statements of processes about themselves: their heartbeats, leases and counts of rate limits. */
const BACKGROUND = /\bturn_processes\b|set turn_lease_until = now|\binsert into rate_limits\b/;

/**
 * Counts the statements that reach Postgres, each a round trip. Call it at the top of the file, before `useTestApp`:
 * connections are counted from their first statement on.
 */
export function useStatementCount() {
	const query = vi.spyOn(pg.Client.prototype, 'query');
	afterAll(() => query.mockRestore());
	return {
		/**
		 * Returns the texts of the statements that `work` sent, in order; without those that a process repeats by itself.
		 */
		async during(work: () => Promise<unknown>): Promise<string[]> {
			query.mockClear();
			await work();
			const texts = query.mock.calls.map(([config]: unknown[]) => getText(config));
			return texts.filter((text) => !BACKGROUND.test(text));
		},
	};
}

function getText(config: unknown): string {
	if (typeof config === 'string') return config;
	return typeof config === 'object' && config !== null && 'text' in config
		? String(config.text)
		: String(config);
}

/** Lets the next statement reach Postgres and commit, but fails it as if the connection broke before the response. */
export function loseNextResponse(db: Db): void {
	const database = db._.session;
	const prepare = database.prepareQuery.bind(database);
	vi.spyOn(database, 'prepareQuery').mockImplementationOnce((...query) => {
		const prepared = prepare(...query);
		const execute = prepared.execute.bind(prepared);
		return Object.assign(prepared, {
			execute: () => execute().then(() => Promise.reject(new Error('Connection terminated'))),
		});
	});
}
