import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from './index.ts';
import { Owner, useProgram } from './test-owner.ts';
import {
	query,
	getStartupErrorMessage,
	findServer,
	createTemporaryFolder,
	useTemporaryFolder,
} from './test-support.ts';

const program = useProgram();
// Most tests use one database in turn, each in the state in which the previous one was killed.
const folder = useTemporaryFolder();
let dataDir = '';
beforeAll(() => {
	dataDir = join(folder(), 'data');
});

async function listIds(url: string): Promise<number[]> {
	const rows = await query<{ id: string }>(url, 'SELECT id FROM entries ORDER BY id');
	return rows.map(({ id }) => Number(id));
}

/** Waits until enough rows are acknowledged that a kill is certain to interrupt an insert. */
async function waitForLoad(owner: Owner, rows = 200): Promise<void> {
	await expect.poll(() => owner.getAcknowledgedIds().length).toBeGreaterThan(rows);
}

describe('after kill -9 of the process', () => {
	it('adopts the server that still runs, with every acknowledged row', async () => {
		const journal: number[] = [];
		const servers = new Set<number | undefined>();
		for (let round = 0; round < 3; round++) {
			const owner = new Owner(program(), dataDir, { clients: 8 });
			await waitForLoad(owner);
			servers.add((await findServer(dataDir))?.pid);
			await owner.kill();
			journal.push(...owner.getAcknowledgedIds());
		}
		const last = new Owner(program(), dataDir);
		const stored = await listIds(await last.waitForLine('ready'));
		expect(await last.waitForLine('log Adopted')).toMatch(/pid \d+/);
		expect(servers.size).toBe(1);
		expect(new Set(stored).size).toBe(stored.length);
		expect(journal.filter((id) => !stored.includes(id))).toEqual([]);
	});

	it('recovers every acknowledged row when the server was killed too', async () => {
		const owner = new Owner(program(), dataDir, { clients: 8 });
		await waitForLoad(owner);
		process.kill((await findServer(dataDir))?.pid ?? Number.NaN, 'SIGKILL');
		await owner.kill();
		const stored = await listIds(await new Owner(program(), dataDir).waitForLine('ready'));
		expect(owner.getAcknowledgedIds().filter((id) => !stored.includes(id))).toEqual([]);
	});

	it('creates the database again if its creation was interrupted', async () => {
		const freshDir = join(await createTemporaryFolder(), 'data');
		const owner = new Owner(program(), freshDir);
		const names = async () => readdir(join(freshDir, 'postgres'), { recursive: true });
		await owner.waitForLine('log Creating');
		await expect.poll(names, { interval: 5 }).toContainEqual(expect.stringMatching(/PG_VERSION$/));
		await owner.kill();
		expect(await names()).not.toContain('data');
		const next = new Owner(program(), freshDir);
		expect(await listIds(await next.waitForLine('ready'))).toEqual([]);
		expect(await names()).not.toContainEqual(expect.stringMatching(/^fresh-/));
	});

	it('replaces a server that runs with different settings', async () => {
		const owner = new Owner(program(), dataDir, { clients: 4 });
		await waitForLoad(owner, 50);
		await owner.kill();
		const next = new Owner(program(), dataDir, { settings: { work_mem: '5MB' } });
		const url = await next.waitForLine('ready');
		expect(await query(url, 'SHOW work_mem')).toEqual([{ work_mem: '5MB' }]);
		const stored = await listIds(url);
		expect(owner.getAcknowledgedIds().filter((id) => !stored.includes(id))).toEqual([]);
	});

	it("does not touch another program that has the server's former pid", async () => {
		const first = await startEmbeddedPostgres({ dataDir, log: () => undefined });
		await first.stop();
		const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
		onTestFinished(() => void other.kill('SIGKILL'));
		const cluster = join(dataDir, 'postgres', 'data');
		const stale = [other.pid, cluster, 1, 5432, '', '', '', 'ready', ''].join('\n');
		await writeFile(join(cluster, 'postmaster.pid'), stale);
		const second = await startEmbeddedPostgres({ dataDir, log: () => undefined });
		onTestFinished(() => second.stop());
		expect(await query(second.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
		expect(other.exitCode ?? other.signalCode).toBeNull();
		const server = await findServer(dataDir);
		expect(server).toBeDefined();
		expect(server?.pid).not.toBe(other.pid);
	});
});

describe('the owner of the folder', () => {
	it('excludes a second process, which names it in its error and starts once it is killed', async () => {
		const owner = new Owner(program(), dataDir);
		const url = await owner.waitForLine('ready');
		const refusal = await getStartupErrorMessage(
			startEmbeddedPostgres({ dataDir, log: () => undefined }),
		);
		expect(refusal).toMatch(new RegExp(`pid ${owner.child.pid}\\b.*DATABASE_URL`));
		expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
		await owner.kill();
		const next = await startEmbeddedPostgres({ dataDir, log: () => undefined });
		onTestFinished(() => next.stop());
		expect(next.connectionString).toBe(url);
	});

	it('is only one of several processes that race for a new folder', async () => {
		const freshDir = join(await createTemporaryFolder(), 'data');
		const owners = [1, 2, 3].map(() => new Owner(program(), freshDir));
		const outcomes = () =>
			owners.flatMap(({ lines }) => lines.filter((line) => /^(ready|failed) /.test(line)));
		await expect.poll(() => outcomes().length).toBe(3);
		expect(outcomes().filter((line) => line.startsWith('ready'))).toHaveLength(1);
		const refused = outcomes().filter((line) => line.startsWith('failed StartupError: Another'));
		expect(refused).toHaveLength(2);
	});
});

it('keeps the server through Ctrl-C until the process has drained', async () => {
	const owner = new Owner(program(), dataDir);
	const url = await owner.waitForLine('ready');
	const server = await findServer(dataDir);
	// A terminal sends the signal to the whole process group.
	process.kill(-(owner.child.pid ?? Number.NaN), 'SIGINT');
	await owner.waitForLine('draining');
	await query(url, `INSERT INTO entries (note) VALUES ('while draining')`);
	expect((await findServer(dataDir))?.pid).toBe(server?.pid);
	owner.child.kill('SIGTERM');
	await owner.waitForLine('stopped');
	await expect.poll(() => owner.child.exitCode).toBe(0);
	expect(await findServer(dataDir)).toBeUndefined();
	const log = await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8');
	expect(log).toMatch(/database system is shut down\n$/);
	const again = await startEmbeddedPostgres({ dataDir, log: () => undefined });
	onTestFinished(() => again.stop());
	const rows = await query(again.connectionString, 'SELECT note FROM entries');
	expect(rows).toContainEqual({ note: 'while draining' });
});
