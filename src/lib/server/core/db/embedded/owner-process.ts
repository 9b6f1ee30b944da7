// A process that owns an embedded database, for tests to kill. Prints one line per event, such as `acknowledged <row id>`.
import { writeSync } from 'node:fs';
import pg from 'pg';
import { z } from 'zod';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './index.ts';

const [dataDir = '', settings = '{}', clients = '0'] = process.argv.slice(2);
const print = (line: string) => writeSync(1, `${line}\n`);

try {
	const database = await startEmbeddedPostgres({
		dataDir,
		settings: z.record(z.string(), z.string()).parse(JSON.parse(settings)),
		log: (line) => print(`log ${line}`),
	});
	const pool = new pg.Pool({ connectionString: database.connectionString });
	pool.on('error', () => undefined);
	// Simulates the drain after Ctrl-C, until the test sends SIGTERM.
	process.once('SIGINT', () => print('draining'));
	process.once('SIGTERM', () => void stopAndExit(database, pool));
	await pool.query('CREATE TABLE IF NOT EXISTS entries (id bigserial PRIMARY KEY, note text)');
	print(`ready ${database.connectionString}`);
	await Promise.all(Array.from({ length: Number(clients) }, () => insertUntilError(pool)));
	setInterval(() => undefined, 60_000);
} catch (error) {
	print(`failed ${String(error)}`);
	process.exit(1);
}

async function insertUntilError(pool: pg.Pool): Promise<void> {
	const insert = `INSERT INTO entries (note) VALUES ('under load') RETURNING id`;
	for (;;) {
		const result = await pool.query<{ id: string }>(insert).catch(() => undefined);
		if (!result) return;
		print(`acknowledged ${result.rows[0]?.id}`);
	}
}

async function stopAndExit(database: EmbeddedPostgres, pool: pg.Pool): Promise<void> {
	await pool.end();
	await Promise.all([database.stop(), database.stop()]);
	print('stopped');
	process.exit(0);
}
