import { sql } from 'drizzle-orm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createTestDatabase } from '../../../../../tests/support/database.ts';
import { runSql } from '../../../../../tests/support/database-server.ts';
import { createLog } from '../log.ts';
import { connectDatabase } from './client.ts';
import { isTransientDatabaseError } from './faults.ts';
import { executePrepared } from './transaction.ts';

/** Connects to a new database with a single connection. */
async function connect() {
	const { url, drop } = await createTestDatabase();
	onTestFinished(() => drop());
	const onLost = vi.fn();
	const { pool, db } = connectDatabase(url, createLog('silent'), { max: 1, onLost });
	onTestFinished(() => pool.end());
	await executePrepared(db, 'connect', 'select 1', []);
	return { db, onLost };
}

it('reports a lost connection when the error that ends it fails a query', async () => {
	const { db, onLost } = await connect();
	const ended = executePrepared(db, 'end', 'select pg_terminate_backend(pg_backend_pid())', []);
	await expect(ended).rejects.toThrow();
	expect(onLost).toHaveBeenCalled();
	expect(await executePrepared(db, 'connect', 'select 1', [])).toHaveLength(1);
});

it('reports a timed-out query as a lost connection, although no connection is idle', async () => {
	const { db, onLost } = await connect();

	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	onTestFinished(() => void vi.useRealTimers());
	const slow = executePrepared(db, 'slow', 'select pg_sleep(1)', []);
	const outcome = expect(slow).rejects.toThrow();
	await vi.advanceTimersByTimeAsync(8_000);
	await outcome;
	expect(onLost).toHaveBeenCalledOnce();
	vi.useRealTimers();
	expect(await executePrepared(db, 'connect', 'select 1', [])).toHaveLength(1);
});

it('reports a query that no connection becomes free for, with the cause', async () => {
	const { url, drop } = await createTestDatabase();
	onTestFinished(() => drop());
	const onError = vi.fn();
	const { pool, db } = connectDatabase(url, createLog('silent'), {
		...{ max: 1, connectTimeoutMs: 200, onError },
	});
	onTestFinished(() => pool.end());
	const busy = await pool.connect();
	onTestFinished(() => busy.release());
	const cause = expect.objectContaining({
		message: expect.stringContaining('all 1 connections of the pool are in use') as string,
	}) as Error;
	const query = db.execute(sql`select 1`).catch((error: unknown) => error);
	const transaction = db
		.transaction((tx) => tx.execute(sql`select 1`))
		.catch((error: unknown) => error);
	const errors = await Promise.all([query, transaction]);
	expect(errors).toEqual([expect.objectContaining({ cause }), cause]);
	expect(errors.map(isTransientDatabaseError)).toEqual([true, true]);
	expect(onError.mock.calls).toEqual([['pool_exhausted'], ['pool_exhausted']]);
});

it('keeps idle connections on a server that ends idle sessions', async () => {
	const { url, drop } = await createTestDatabase();
	onTestFinished(() => drop());
	const connectTo = () => {
		const { pool, db } = connectDatabase(url, createLog('silent'));
		onTestFinished(() => pool.end());
		return db;
	};
	const name = sql.identifier(new URL(url).pathname.slice(1));
	await connectTo().execute(sql`alter database ${name} set idle_session_timeout = '1min'`);
	const { rows } = await connectTo().execute(sql`show idle_session_timeout`);
	expect(rows).toEqual([{ idle_session_timeout: '0' }]);
});

it.each(['', 'options=-c%20work_mem%3D8MB'])(
	'uses its own formats and isolation level, whatever the database’s defaults are (%s)',
	async (parameters) => {
		const { url, drop } = await createTestDatabase();
		onTestFinished(() => drop());
		const name = new URL(url).pathname.slice(1);
		await runSql(
			url,
			`alter database "${name}" set datestyle = 'German, DMY'`,
			`alter database "${name}" set standard_conforming_strings = off`,
			`alter database "${name}" set array_nulls = off`,
			`alter database "${name}" set default_transaction_isolation = 'repeatable read'`,
		);
		const { pool, db } = connectDatabase(
			`${url}${url.includes('?') ? '&' : '?'}${parameters}`,
			createLog('silent'),
		);
		onTestFinished(() => pool.end());
		const { rows } = await db.transaction((tx) =>
			tx.execute(sql`select '2026-02-01T10:00:00Z'::timestamptz at time zone 'UTC' as at, length('\\d') as length,
				('{null}'::text[])[1] is null as has_null, current_setting('transaction_isolation') as isolation`),
		);
		expect(rows).toEqual([
			{ at: '2026-02-01 10:00:00', length: 2, has_null: true, isolation: 'read committed' },
		]);
	},
);
