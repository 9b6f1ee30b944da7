// @module-tag thorough
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { readContents } from '../../../../../tests/support/database-contents.ts';
import {
	dropDatabase,
	runSql,
	withDatabase,
} from '../../../../../tests/support/database-server.ts';
import { backUpDatabase, restoreDatabase } from './backup.ts';
import { migrateDatabase } from './migrate.ts';

const t = useTestApp();

async function createFolder(): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-backup-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

async function createEmptyDatabase(): Promise<string> {
	const server = withDatabase(inject('databaseServer'), 'postgres');
	const name = `frontdesk_${randomBytes(6).toString('hex')}`;
	await runSql(server, `create database ${name}`);
	onTestFinished(() => dropDatabase(server, name));
	return withDatabase(server, name);
}

it('restores a database equal to the original, row by row', async () => {
	await createChat(t.ctx(), {
		lead: { name: 'Zoë "the\ttab" O\'Neil\\', email: 'zoe@example.com' },
	});
	await createChat(t.ctx(), { lead: { name: '\\N', email: 'null@example.com' } });
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	const { tables } = await backUpDatabase(t.databaseUrl, folder, 'drizzle');
	expect(tables.find(({ name }) => name === 'chat_sessions')?.rows).toBe(2);
	await restoreDatabase(target, folder, 'drizzle');
	expect(await readContents(target)).toEqual(await readContents(t.databaseUrl));
});

it('refuses to restore into a database with data, and leaves it unchanged', async () => {
	await createChat(t.ctx(), {});
	const folder = await createFolder();
	await backUpDatabase(t.databaseUrl, folder, 'drizzle');
	const before = await readContents(t.databaseUrl);
	await expect(restoreDatabase(t.databaseUrl, folder, 'drizzle')).rejects.toThrow(
		/already has data/,
	);
	expect(await readContents(t.databaseUrl)).toEqual(before);
});

it('refuses a folder without a manifest, which an interrupted backup leaves', async () => {
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(/not a backup/);
	await writeFile(path.join(folder, 'manifest.json'), '{ "format": 99 }');
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(
		/damaged or from a newer/,
	);
});

it('detects a table with missing rows, and loads nothing', async () => {
	await createChat(t.ctx(), {});
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	await backUpDatabase(t.databaseUrl, folder, 'drizzle');
	const file = path.join(folder, 'manifest.json');
	const manifest = JSON.parse(await readFile(file, 'utf8')) as { tables: { rows: number }[] };
	for (const table of manifest.tables) table.rows += 1;
	await writeFile(file, JSON.stringify(manifest));
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(/rows instead of/);
	expect((await readContents(target)).tables['chat_sessions']).toEqual([]);
});

it('names the table whose file is truncated, and loads nothing', async () => {
	await createChat(t.ctx(), {});
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	await backUpDatabase(t.databaseUrl, folder, 'drizzle');
	await truncate(path.join(folder, 'tables/messages.copy.gz'), 20);
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(
		/^Cannot load the backup's table messages: .*Nothing was loaded\.$/,
	);
	expect((await readContents(target)).tables['chat_sessions']).toEqual([]);
});

it("reports other programs' tables in the database and leaves them unchanged", async () => {
	const memory = `create table n8n_chat_histories (id serial primary key, session_id text unique, message jsonb);
		create table n8n_notes (session_id text references n8n_chat_histories (session_id));
		insert into n8n_chat_histories (session_id, message) values ('one', '{}')`;
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	await runSql(t.databaseUrl, memory);
	onTestFinished(() => runSql(t.databaseUrl, 'drop table n8n_notes, n8n_chat_histories'));
	const { otherTables, tables } = await backUpDatabase(t.databaseUrl, folder, 'drizzle');
	expect(otherTables).toEqual(['n8n_chat_histories', 'n8n_notes']);
	expect(tables.map(({ name }) => name)).not.toContain('n8n_chat_histories');
	await runSql(target, memory);
	await restoreDatabase(target, folder, 'drizzle');
	expect(await readContents(target)).toEqual(await readContents(t.databaseUrl));
});

it('preserves values regardless of the settings of the roles that back up and restore', async () => {
	await createChat(t.ctx(), { lead: { email: 'ada@example.com' } });
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	const withOptions = (url: string, options: string) => {
		const changed = new URL(url);
		changed.searchParams.set('options', options);
		return changed.toString();
	};
	const urlWithOptions = withOptions(
		t.databaseUrl,
		'-c datestyle=sql,dmy -c timezone=Asia/Kathmandu -c extra_float_digits=-15 -c bytea_output=escape',
	);
	await backUpDatabase(urlWithOptions, folder, 'drizzle');
	await restoreDatabase(withOptions(target, '-c datestyle=german'), folder, 'drizzle');
	expect(await readContents(target)).toEqual(await readContents(t.databaseUrl));
});

it('refuses a backup of a newer version, and an empty database of one', async () => {
	const [folder, target] = [await createFolder(), await createEmptyDatabase()];
	const { migration } = await backUpDatabase(t.databaseUrl, folder, 'drizzle');
	const file = path.join(folder, 'manifest.json');
	const manifest = JSON.parse(await readFile(file, 'utf8')) as object;
	await writeFile(file, JSON.stringify({ ...manifest, migration: migration + 1 }));
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(
		'The backup was made by a newer version of Frontdesk.',
	);
	await writeFile(file, JSON.stringify({ ...manifest, migration: migration - 1 }));
	await migrateDatabase(target, 'drizzle');
	await expect(restoreDatabase(target, folder, 'drizzle')).rejects.toThrow(
		'belongs to a newer version of Frontdesk than the backup',
	);
});

it('refuses to back up an empty database', async () => {
	await expect(
		backUpDatabase(await createEmptyDatabase(), await createFolder(), 'drizzle'),
	).rejects.toThrow('The database is empty');
});
