import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startEmbeddedPostgres } from '#lib/server/core/db/embedded/index.ts';
import { readContents } from '../tests/support/database-contents.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { startServer } from '../tests/support/process.ts';
import { Visitor } from '../tests/support/visitor.ts';

/** Runs a script like npm: `runScript('backup', …)` is `npm run backup -- …`. */
async function runScript(name: string, args: string[], environment: Record<string, string>) {
	const child = spawn(path.resolve('node_modules/.bin/node'), [`scripts/${name}.ts`, ...args], {
		env: { PATH: process.env['PATH'], ...environment },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const [output, errors, [code]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, 'exit') as Promise<[number]>,
	]);
	return { code, output: output + errors };
}

async function createFolder(): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-operator-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

/** Reads the content of an embedded database that no server uses. */
async function readEmbedded(dataDir: string) {
	const database = await startEmbeddedPostgres({ dataDir, log: () => undefined });
	try {
		return await readContents(database.connectionString);
	} finally {
		await database.stop();
	}
}

it(
	'backs up a server under load; restore and db:move copy every row',
	{ tags: 'thorough' },
	async () => {
		const folder = await createFolder();
		const pathTo = (name: string) => path.join(folder, name);
		const DATA_DIR = pathTo('data');
		const server = await startServer({ DATA_DIR, SECRET_KEY: '' });
		onTestFinished(async () => void (await server.stop()));
		const lines = Array.from({ length: 10_000 }, (_, n) => `line ${n}`);
		const visitors = Array.from(
			{ length: 5 },
			() => new Visitor(server.url, { lines, pace: 'acknowledged' }),
		);
		onTestFinished(() => visitors.forEach((visitor) => visitor.disconnect()));
		await vi.waitFor(
			() =>
				expect(
					Math.min(...visitors.map(({ acknowledgedCount }) => acknowledgedCount)),
				).toBeGreaterThan(20),
			60_000,
		);

		const acknowledged = visitors.flatMap(({ journal }) => journal.flatMap(({ id }) => id ?? []));
		const live = await runScript('backup', [pathTo('live')], { DATA_DIR });
		expect(live.output).toMatch(/^Wrote [\d,]+ rows in/);
		expect(await runScript('backup', [pathTo('live')], { DATA_DIR })).toMatchObject({ code: 2 });
		for (const [name, args] of [
			['restore', [pathTo('live')]],
			['move-database', ['--to', 'postgres://nobody@127.0.0.1:1/none']],
		] as const) {
			const refused = await runScript(name, [...args], { DATA_DIR });
			expect(refused).toEqual({ code: 1, output: 'Frontdesk is running. Stop it first.\n' });
		}
		for (const visitor of visitors) visitor.disconnect();
		expect(await server.stop()).toBe(0);

		// The backup of the running server contains every message acknowledged before it.
		expect(
			await runScript('restore', [pathTo('live')], { DATA_DIR: pathTo('live-data') }),
		).toMatchObject({
			code: 0,
		});
		const { tables } = await readEmbedded(pathTo('live-data'));
		const stored = new Set(tables['messages']?.map((row) => /^\((\d+),/.exec(row)?.[1]));
		expect(acknowledged.filter((id) => !stored.has(String(id)))).toEqual([]);

		// A restored backup of the stopped server, and the database it is moved to, have exactly the same rows.
		const original = await readEmbedded(DATA_DIR);
		expect(await runScript('backup', [pathTo('still')], { DATA_DIR })).toMatchObject({ code: 0 });
		const restored = { DATA_DIR: pathTo('restored') };
		expect(await runScript('restore', [pathTo('still')], restored)).toMatchObject({ code: 0 });
		expect(await readEmbedded(pathTo('restored'))).toEqual(original);
		expect(await readFile(pathTo('restored/secret-key'), 'utf8')).toBe(
			await readFile(pathTo('data/secret-key'), 'utf8'),
		);
		const elsewhere = await startPostgres();
		const moved = await runScript('move-database', ['--to', elsewhere.url], { DATA_DIR });
		expect(moved.output).toContain(`DATABASE_URL=${elsewhere.url}`);
		expect(await readContents(elsewhere.url)).toEqual(original);
		const again = await runScript('move-database', ['--to', elsewhere.url], { DATA_DIR });
		expect(again.output).toContain('already has data');
		expect(await readEmbedded(DATA_DIR)).toEqual(original);
	},
);

it('scripts report a folder without a database, and create none', async () => {
	const DATA_DIR = path.join(await createFolder(), 'mistyped');
	for (const [name, ...args] of [
		['backup', `${DATA_DIR}-backup`],
		['move-database', '--to', 'postgres://nobody@127.0.0.1:1/none'],
		['upgrade-database'],
		['stats-rebuild'],
	] as [string, ...string[]][]) {
		const refused = await runScript(name, args, { DATA_DIR });
		expect(refused).toEqual({
			code: 1,
			output: `There is no database in ${DATA_DIR}. Set DATA_DIR or DATABASE_URL as for npm start.\n`,
		});
	}
	await expect(readFile(DATA_DIR)).rejects.toThrow('ENOENT');
});

it('db:upgrade does nothing for a database of the current version', async () => {
	const DATA_DIR = await createFolder();
	await readEmbedded(DATA_DIR);
	const ended = await runScript('upgrade-database', [], { DATA_DIR });
	expect(ended.output).toMatch(/^Nothing to do/);
});
