import { chmod, chown, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from './index.ts';
import { installForAnyUser, isRoot, NOBODY, Owner, useProgram } from './test-owner.ts';
import {
	query,
	getStartupErrorMessage,
	createTemporaryFolder,
	useTemporaryFolder,
} from './test-support.ts';

const program = useProgram();
const folder = useTemporaryFolder();
let installed = '';
beforeAll(async () => {
	installed = await installForAnyUser(folder(), program(), { hasLinks: true });
});

/** Creates a `DATA_DIR` that belongs to an ordinary user. */
async function createUserFolder(): Promise<string> {
	const dataDir = join(await createTemporaryFolder(), 'data');
	await mkdir(dataDir);
	if (isRoot) await chown(dataDir, NOBODY.uid, NOBODY.gid);
	return dataDir;
}

describe('an ordinary user', () => {
	it('runs the server as themselves', async () => {
		const owner = new Owner(installed, await createUserFolder(), { user: 'ordinary' });
		expect(await query(await owner.waitForLine('ready'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
		expect(owner.lines).not.toContainEqual(expect.stringMatching(/^log Copying/));
	});

	it('gets an error for a folder that they cannot write to', async () => {
		const closed = await createUserFolder();
		await chmod(closed, 0o555);
		const owner = new Owner(installed, join(closed, 'data'), { user: 'ordinary' });
		expect(await owner.waitForLine('failed')).toMatch(
			/^StartupError: .*has no permission to use .*DATA_DIR/,
		);
		expect(await readdir(closed)).toEqual([]);
	});

	it("does not need npm's install scripts", async () => {
		const dataDir = await createUserFolder();
		const programWithoutLinks = await installForAnyUser(await createTemporaryFolder(), program(), {
			hasLinks: false,
		});
		const first = new Owner(programWithoutLinks, dataDir, { user: 'ordinary' });
		await first.waitForLine('log Copying');
		expect(await query(await first.waitForLine('ready'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
		await first.kill();
		const second = new Owner(programWithoutLinks, dataDir, { user: 'ordinary' });
		await second.waitForLine('ready');
		expect(second.lines).not.toContainEqual(expect.stringMatching(/^log Copying/));
	});
});

describe.runIf(isRoot)('root (needs the tests to run as root)', () => {
	it('gets a database outside a folder that the Postgres account cannot access, and finds it again', async () => {
		const closed = join(await createTemporaryFolder(), 'closed');
		const dataDir = join(closed, 'within', 'data');
		await mkdir(join(closed, 'within'), { recursive: true });
		await chmod(closed, 0o700);
		const lines: string[] = [];
		const first = await startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line) });
		const databaseFolder = await realpath(join(dataDir, 'postgres'));
		onTestFinished(() => rm(databaseFolder, { recursive: true }));
		await query(first.connectionString, `CREATE TABLE notes AS SELECT 'kept' AS note`);
		await first.stop();
		expect(lines).toContainEqual(expect.stringContaining(`The database is in ${databaseFolder}`));
		const second = await startEmbeddedPostgres({ dataDir, log: () => undefined });
		onTestFinished(() => second.stop());
		expect(await query(second.connectionString, 'SELECT note FROM notes')).toEqual([
			{ note: 'kept' },
		]);
	});

	it('gets an error that names the folder blocking an existing database, not an empty database', async () => {
		const folder = await createTemporaryFolder();
		const dataDir = join(folder, 'data');
		await (await startEmbeddedPostgres({ dataDir, log: () => undefined })).stop();
		await chmod(folder, 0o700);
		const refusal = await getStartupErrorMessage(
			startEmbeddedPostgres({ dataDir, log: () => undefined }),
		);
		expect(refusal).toContain(`cannot access ${folder}. Set DATA_DIR`);
		await chmod(folder, 0o755);
	});

	it('gets an error when the folder that the database was moved to is missing', async () => {
		const dataDir = await createTemporaryFolder();
		await symlink('/var/lib/frontdesk/gone', join(dataDir, 'postgres'));
		const refusal = await getStartupErrorMessage(
			startEmbeddedPostgres({ dataDir, log: () => undefined }),
		);
		expect(refusal).toMatch(/\/var\/lib\/frontdesk\/gone.*does not exist/);
	});

	it('runs the server even if its account cannot access node_modules', async () => {
		await chmod(folder(), 0o700);
		onTestFinished(() => chmod(folder(), 0o755));
		const owner = new Owner(installed, join(await createTemporaryFolder(), 'data'));
		await owner.waitForLine('log Copying');
		expect(await query(await owner.waitForLine('ready'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
	});
});
