import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from './index.ts';
import { rotateLog } from './log-file.ts';
import { query, findServer, createTemporaryFolder, useTemporaryFolder } from './test-support.ts';

async function start(dataDir: string, settings: Record<string, string> = {}) {
	const lines: string[] = [];
	const log = (line: string) => void lines.push(line);
	const database = await startEmbeddedPostgres({ dataDir, log, settings });
	onTestFinished(() => database.stop());
	return { ...database, url: database.connectionString, lines };
}

it('keeps its rows across a restart, even if the path of DATA_DIR is long', async () => {
	const dataDir = join(await createTemporaryFolder(), 'nested', 'a'.repeat(120), 'data');
	const first = await start(dataDir);
	await query(first.url, `CREATE TABLE notes AS SELECT 'kept' AS note`);
	await Promise.all([first.stop(), first.stop()]);
	expect(await findServer(dataDir)).toBeUndefined();
	const second = await start(dataDir);
	expect(second.url).toBe(first.url);
	expect(await query(second.url, 'SELECT note FROM notes')).toEqual([{ note: 'kept' }]);
});

describe('a running database', () => {
	const folder = useTemporaryFolder();
	let dataDir = '';
	let url = '';
	beforeAll(async () => {
		dataDir = join(folder(), `a "quoted" 'name', 100%`);
		// The mode that mkdtemp uses, which excludes the account that Postgres runs as under root.
		await mkdir(dataDir, { mode: 0o700 });
		const settings = { work_mem: '7MB', fsync: 'off', synchronous_commit: 'off' };
		const database = await startEmbeddedPostgres({
			dataDir,
			log: () => undefined,
			settings: { ...settings, listen_addresses: '*' },
		});
		url = database.connectionString;
		return () => database.stop();
	});

	it('distinguishes letters from punctuation in any language', async () => {
		const rows = await query(
			url,
			`SELECT to_tsvector('simple', 'Straßen—Fest «Ça»')::text AS words, lower('ÄÉ') AS small,
				current_setting('server_encoding') AS encoding, current_database() AS name`,
		);
		const words = `'fest':2 'straßen':1 'ça':3`;
		expect(rows).toEqual([{ words, small: 'äé', encoding: 'UTF8', name: 'frontdesk' }]);
	});

	it('accepts settings, but none that would risk acknowledged rows or open the network', async () => {
		const names = `'work_mem', 'fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses'`;
		const rows = await query<{ name: string; value: string }>(
			url,
			`SELECT name, current_setting(name) AS value FROM pg_settings WHERE name IN (${names})`,
		);
		expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual({
			work_mem: '7MB',
			fsync: 'on',
			synchronous_commit: 'on',
			full_page_writes: 'on',
			listen_addresses: '',
		});
	});

	it('protects data and password from other users', async () => {
		const base = join(dataDir, 'postgres');
		const getMode = async (path: string) => (await stat(join(base, path))).mode & 0o777;
		expect(await getMode('data')).toBe(0o700);
		expect(await getMode('socket')).toBe(0o700);
		expect(await getMode('data/frontdesk.password')).toBe(0o600);
		await expect(query(url.replace(/:[0-9a-f]+@/, ':guessed@'), 'SELECT 1')).rejects.toThrow(
			/password authentication failed/,
		);
	});
});

it('restarts a killed server at the same address, until it is stopped', async () => {
	const dataDir = join(await createTemporaryFolder(), 'data');
	const { url, lines, stop } = await start(dataDir);
	await query(url, `CREATE TABLE notes AS SELECT 'kept' AS note`);
	const before = await findServer(dataDir);
	process.kill(before?.pid ?? Number.NaN, 'SIGKILL');
	await expect.poll(() => lines.join('\n')).toMatch(/is running again/);
	expect(lines.join('\n')).toMatch(/exited unexpectedly \(SIGKILL\)/);
	expect(await query(url, 'SELECT note FROM notes')).toEqual([{ note: 'kept' }]);
	const restarted = await findServer(dataDir);
	process.kill(restarted?.pid ?? Number.NaN, 'SIGKILL');
	const deaths = () => lines.filter((line) => /unexpectedly/.test(line)).length;
	await expect.poll(deaths).toBe(2);
	await stop();
	expect(await findServer(dataDir)).toBeUndefined();
});

it('limits the size of the server log, keeping the newest part', async () => {
	const file = join(await createTemporaryFolder(), 'server.log');
	await writeFile(file, 'early');
	await rotateLog(file);
	expect(await readFile(file, 'utf8')).toBe('early');
	await truncate(file, 5 * 1024 * 1024);
	await rotateLog(file);
	expect((await stat(file)).size).toBe(0);
	expect((await stat(`${file}.1`)).size).toBe(5 * 1024 * 1024);
});
