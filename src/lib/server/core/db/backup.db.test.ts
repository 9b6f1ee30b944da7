import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { makeChat } from '../../../../../tests/factories/chat';
import { useTestApp } from '../../../../../tests/support/app';
import { run, withDatabase } from '../../../../../tests/support/database-server';
import { backUpDatabase, restoreDatabase } from './backup';

const test = useTestApp();

async function makeFolder(): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-backup-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

async function makeEmptyDatabase(): Promise<string> {
	const server = withDatabase(inject('databaseServer'), 'postgres');
	const name = `frontdesk_${randomBytes(6).toString('hex')}`;
	await run(server, `create database ${name}`);
	onTestFinished(() => run(server, `drop database ${name} with (force)`));
	return withDatabase(server, name);
}

/** Every row of every table, as text, with the constraints and the next value of every sequence. */
async function contentsOf(url: string): Promise<unknown> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rows: tables } = await client.query<{ name: string }>(
		`select quote_ident(tablename) as name from pg_tables where schemaname in ('public') order by 1`,
	);
	const contents: Record<string, unknown> = {};
	for (const { name } of tables) {
		const { rows } = await client.query(`select t::text as row from ${name} t order by 1`);
		contents[name] = rows;
	}
	const { rows: constraints } = await client.query(
		`select conname, pg_get_constraintdef(oid) as definition, convalidated from pg_constraint
			where connamespace = 'public'::regnamespace order by 1, 2`,
	);
	const { rows: sequences } = await client.query(
		`select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1`,
	);
	await client.end();
	return { contents, constraints, sequences };
}

it('a restored backup equals the database it was made of, row by row', async () => {
	await makeChat(test.ctx(), {
		lead: { name: 'Zoë "the\ttab" O\'Neil\\', email: 'zoe@example.com' },
	});
	await makeChat(test.ctx(), { lead: { name: '\\N', email: 'null@example.com' } });
	const [folder, target] = [await makeFolder(), await makeEmptyDatabase()];
	const { tables } = await backUpDatabase(test.databaseUrl, folder);
	expect(tables.find(({ name }) => name === 'chat_sessions')?.rows).toBe(2);
	await restoreDatabase(target, folder, 'drizzle');
	expect(await contentsOf(target)).toEqual(await contentsOf(test.databaseUrl));
});

it('a database that has data is not restored into, and stays as it is', async () => {
	await makeChat(test.ctx(), {});
	const folder = await makeFolder();
	await backUpDatabase(test.databaseUrl, folder);
	const before = await contentsOf(test.databaseUrl);
	await expect(restoreDatabase(test.databaseUrl, folder, 'drizzle')).rejects.toThrow(
		/has data already/,
	);
	expect(await contentsOf(test.databaseUrl)).toEqual(before);
});

it('a folder without its manifest, as an interrupted backup leaves it, is refused', async () => {
	const [folder, target] = [await makeFolder(), await makeEmptyDatabase()];
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(/not a backup/);
	await writeFile(path.join(folder, 'manifest.json'), '{ "format": 99 }');
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(/damaged or of a newer/);
});

it('a table that lost rows is noticed, and nothing is loaded', async () => {
	await makeChat(test.ctx(), {});
	const [folder, target] = [await makeFolder(), await makeEmptyDatabase()];
	await backUpDatabase(test.databaseUrl, folder);
	const file = path.join(folder, 'manifest.json');
	const manifest = JSON.parse(await readFile(file, 'utf8')) as { tables: { rows: number }[] };
	for (const table of manifest.tables) table.rows += 1;
	await writeFile(file, JSON.stringify(manifest));
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(/rows instead of/);
	const contents = (await contentsOf(target)) as { contents: { chat_sessions: unknown[] } };
	expect(contents.contents.chat_sessions).toEqual([]);
});
