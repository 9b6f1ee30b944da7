// @module-tag thorough
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { createTestDatabase } from '../../../../../tests/support/database.ts';
import { runSql } from '../../../../../tests/support/database-server.ts';
import { startPgBouncer } from '../../../../../tests/support/pgbouncer.ts';
import { describeWith } from '../../../../../tests/support/tools.ts';
import { createLog } from '../log.ts';
import { connectDatabase } from './client.ts';
import { detectConnectionMode, DIRECT } from './connection-mode.ts';
import { migrateDatabase } from './migrate.ts';
import { executePrepared } from './transaction.ts';

async function createDatabase(): Promise<string> {
	const { url, drop } = await createTestDatabase();
	onTestFinished(() => drop());
	return url;
}

async function connect(url: string) {
	const mode = await detectConnectionMode(url);
	const { pool, db } = connectDatabase(url, createLog('silent'), { mode });
	onTestFinished(() => pool.end());
	return { mode, pool, db };
}

it('detects a direct connection to Postgres', async () => {
	expect(await detectConnectionMode(await createDatabase())).toBe(DIRECT);
});

it('names the cause when the database is unreachable', async () => {
	await expect(detectConnectionMode('postgres://127.0.0.1:1/none')).rejects.toThrow(
		/^Cannot use the database: connect ECONNREFUSED 127.0.0.1:1. Check DATABASE_URL.$/,
	);
});

describeWith('pgbouncer', 'behind PgBouncer with its defaults', () => {
	it.each([
		['session', {}, { settings: 'session', keepsStatements: true }],
		['session', { default_pool_size: '1' }, { settings: 'session', keepsStatements: true }],
		['transaction', {}, { settings: 'transaction', keepsStatements: false }],
		[
			'transaction',
			{ default_pool_size: '1' },
			{ settings: 'transaction', keepsStatements: false },
		],
		[
			'transaction',
			{ server_round_robin: '1' },
			{ settings: 'transaction', keepsStatements: false },
		],
		[
			'transaction',
			{
				ignore_startup_parameters:
					'statement_timeout,lock_timeout,idle_in_transaction_session_timeout',
			},
			{ settings: 'transaction', keepsStatements: false },
		],
	])('detects %s mode with %j', async (pool_mode, settings, mode) => {
		const url = await startPgBouncer(await createDatabase(), { pool_mode, ...settings });
		expect(await detectConnectionMode(url)).toEqual(mode);
	});

	it('rejects statement mode, which has no transactions', async () => {
		const url = await startPgBouncer(await createDatabase(), { pool_mode: 'statement' });
		await expect(detectConnectionMode(url)).rejects.toThrow(
			/statement mode.*session or transaction/,
		);
	});

	it('names the cause when the pooler cannot reach the database', async () => {
		const missing = new URL(await createDatabase());
		missing.pathname = '/nowhere';
		const url = await startPgBouncer(missing.href, { pool_mode: 'session' });
		await expect(detectConnectionMode(url)).rejects.toThrow(/database "?nowhere"? does not exist/);
	});

	it('applies the settings to every connection in session mode', async () => {
		const url = await startPgBouncer(await createDatabase(), { pool_mode: 'session' });
		const { pool } = await connect(url);
		const { rows } = await pool.query('show lock_timeout');
		expect(rows).toEqual([{ lock_timeout: '2s' }]);
	});

	it('applies the settings per transaction in transaction mode, and leaves none behind', async () => {
		const url = await startPgBouncer(await createDatabase(), {
			pool_mode: 'transaction',
			default_pool_size: '1',
		});
		const { db, pool } = await connect(url);
		const { rows } = await db.transaction((tx) => tx.execute('show lock_timeout'));
		expect(rows).toEqual([{ lock_timeout: '2s' }]);
		expect((await pool.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
	});

	it('refuses defaults of the role that it can only set in transactions', async () => {
		const database = await createDatabase();
		const name = new URL(database).pathname.slice(1);
		await runSql(database, `alter database "${name}" set datestyle = 'German'`);
		const url = await startPgBouncer(database, { pool_mode: 'transaction' });
		await expect(detectConnectionMode(url)).rejects.toThrow(
			/alter role \S+ set datestyle = 'ISO';$/,
		);
	});

	it('runs named statements on shared connections', async () => {
		const url = await startPgBouncer(await createDatabase(), {
			pool_mode: 'transaction',
			default_pool_size: '2',
		});
		const { db } = await connect(url);
		const run = (n: number) => executePrepared(db, 'same', 'select $1::int as n', [n]);
		for (let n = 0; n < 5; n += 1) {
			const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => run(i)));
			expect(answers).toEqual(Array.from({ length: 8 }, (_, i) => [{ n: i }]));
		}
	});

	it('stops using named statements when a pooler loses them', async () => {
		const url = await startPgBouncer(await createDatabase(), {
			pool_mode: 'transaction',
			default_pool_size: '2',
		});
		const mode = { settings: 'transaction', keepsStatements: true } as const;
		const { pool, db } = connectDatabase(url, createLog('silent'), { mode });
		onTestFinished(() => pool.end());
		const run = () => executePrepared(db, 'same', 'select 1 as n', []);
		const outcomes: PromiseSettledResult<unknown>[] = [];
		for (let n = 0; n < 3; n += 1) {
			outcomes.push(...(await Promise.allSettled(Array.from({ length: 8 }, run))));
		}
		expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
		await expect(run()).resolves.toEqual([{ n: 1 }]);
		await expect(Promise.all(Array.from({ length: 8 }, run))).resolves.toHaveLength(8);
	});

	it.each(['session', 'transaction'])(
		'migrates in %s mode, from several processes',
		async (mode) => {
			const direct = await createDatabase();
			const client = new pg.Client({ connectionString: direct });
			await client.connect();
			onTestFinished(() => client.end());
			await client.query(
				'drop schema drizzle cascade; drop schema public cascade; create schema public',
			);
			const url = await startPgBouncer(direct, { pool_mode: mode });
			await Promise.all([1, 2, 3].map(() => migrateDatabase(url, 'drizzle')));
			const { rows } = await client.query<{ count: number; distinct: number }>(
				`select count(*)::int as count, count(distinct hash)::int as distinct from drizzle.__drizzle_migrations`,
			);
			expect(rows[0]?.count).toBe(rows[0]?.distinct);
			expect(rows[0]?.count).toBeGreaterThan(3);
			// No lock is left on the pooler's connections.
			const { rows: locks } = await client.query(
				`select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
			);
			expect(locks).toEqual([]);
		},
	);
});
