import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { getErrorCode } from './faults.ts';
import { startEmbeddedPostgres } from './index.ts';
import { isRoot, NOBODY } from './test-owner.ts';
import {
	stopServer,
	query,
	getStartupErrorMessage,
	createTemporaryFolder,
} from './test-support.ts';

const start = (dataDir: string, settings: Record<string, string> = {}) =>
	startEmbeddedPostgres({ dataDir, log: () => undefined, settings });

/** Creates a database with one row, and stops it. */
async function createDatabase(dataDir: string): Promise<void> {
	const database = await start(dataDir);
	await query(database.connectionString, `CREATE TABLE notes AS SELECT 'kept' AS note`);
	await database.stop();
}

async function expectIntact(dataDir: string): Promise<void> {
	const database = await start(dataDir);
	onTestFinished(() => database.stop());
	const rows = await query(database.connectionString, 'SELECT note FROM notes');
	expect(rows).toEqual([{ note: 'kept' }]);
}

async function replaceFile(path: string, text: string) {
	const before = await readFile(path);
	await writeFile(path, text);
	return { restore: () => writeFile(path, before) };
}

describe('refuses with a remedy, and leaves unchanged', () => {
	it('a database of another major version, one with a wrong password, and an invalid setting', async () => {
		const dataDir = join(await createTemporaryFolder(), 'data');
		const cluster = join(dataDir, 'postgres', 'data');
		await createDatabase(dataDir);
		const version = await replaceFile(join(cluster, 'PG_VERSION'), '15');
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(
			/created by Postgres 15, but this version of Frontdesk includes Postgres \d+.*npm run db:upgrade/,
		);
		await version.restore();
		const password = await replaceFile(join(cluster, 'frontdesk.password'), 'another');
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/frontdesk\.password/);
		await password.restore();
		expect(await getStartupErrorMessage(start(dataDir, { no_such_setting: '1' }))).toMatch(
			/unrecognized configuration parameter "no_such_setting"/,
		);
		await expectIntact(dataDir);
	});

	it('a folder with other contents', async () => {
		const dataDir = await createTemporaryFolder();
		const cluster = join(dataDir, 'postgres', 'data');
		await mkdir(cluster, { recursive: true });
		if (isRoot) await chown(cluster, NOBODY.uid, NOBODY.gid);
		await writeFile(join(cluster, 'letter.txt'), 'dear reader');
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/is not empty.*DATA_DIR/);
		expect(await readdir(cluster)).toEqual(['letter.txt']);
	});

	it('the data folder of another server', async () => {
		const dataDir = await createTemporaryFolder();
		await writeFile(join(dataDir, 'PG_VERSION'), '18\n');
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/itself the data folder/);
		expect(await readdir(dataDir)).toEqual(['PG_VERSION']);
	});

	it('a file in place of the folder', async () => {
		const dataDir = join(await createTemporaryFolder(), 'data');
		await writeFile(dataDir, 'a file');
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/is a file where a folder/);
		expect(await readFile(dataDir, 'utf8')).toBe('a file');
	});
});

describe.runIf(canMount())('on its own disk (needs root and permission to mount)', () => {
	it('reports a full disk, and continues with all data once there is space', async () => {
		const dataDir = await mountDataDir('size=160m');
		await createDatabase(dataDir);
		const filler = await fill(dataDir);
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/disk that holds .* is full/);
		await rm(filler);
		await expectIntact(dataDir);
	});

	it('leaves nothing incomplete on a disk that is too small', async () => {
		const dataDir = await mountDataDir('size=24m');
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/disk that holds .* is full/);
		const names = await readdir(join(dataDir, 'postgres'));
		expect(names.filter((name) => /^(data|fresh)/.test(name))).toEqual([]);
	});

	it('reports a read-only disk', async () => {
		const dataDir = await mountDataDir('size=160m');
		await createDatabase(dataDir);
		spawnSync('mount', ['-o', 'remount,ro', dataDir]);
		expect(await getStartupErrorMessage(start(dataDir))).toMatch(/read-only.*DATABASE_URL/);
		spawnSync('mount', ['-o', 'remount,rw', dataDir]);
		await expectIntact(dataDir);
	});
});

async function mountDataDir(options: string): Promise<string> {
	const folder = join(await createTemporaryFolder(), 'disk');
	await mkdir(folder);
	expect(mount(folder, options)).toBe(true);
	onTestFinished(async () => {
		await stopServer(folder);
		spawnSync('umount', ['--lazy', folder]);
	});
	return folder;
}

function mount(folder: string, options: string): boolean {
	const args = ['-t', 'tmpfs', '-o', `${options},mode=755`, 'tmpfs', folder];
	return spawnSync('mount', args).status === 0;
}

/** Returns whether this process may mount file systems, which root in a container may not. */
function canMount(): boolean {
	const folder = mkdtempSync(join(tmpdir(), 'embedded-mount-'));
	const isMounted = isRoot && mount(folder, 'size=1m');
	if (isMounted) spawnSync('umount', [folder]);
	rmdirSync(folder);
	return isMounted;
}

/** Fills the disk with one file. */
async function fill(folder: string): Promise<string> {
	const path = join(folder, 'filler');
	const file = await open(path, 'w');
	const isFull = (error: unknown) => getErrorCode(error) === 'ENOSPC';
	for (const bytes of [1024 * 1024, 4096]) {
		let hasSpace = true;
		while (hasSpace) {
			hasSpace = await file.write(Buffer.alloc(bytes)).then(
				() => true,
				(error: unknown) => !isFull(error),
			);
		}
	}
	await file.close();
	return path;
}
