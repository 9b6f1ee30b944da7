import { sql } from 'drizzle-orm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createTestDatabase } from '../../../../../tests/support/database.ts';
import { createLog } from '../log.ts';
import { connectDatabase } from './client.ts';
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
