import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, expect, onTestFinished } from 'vitest';
import { StartupError } from '#lib/server/core/errors.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';

/** Creates a folder that any account can access. After the test, stops the servers in the folder and removes it. */
export async function createTemporaryFolder(): Promise<string> {
	const folder = await createFolder();
	onTestFinished(() => removeFolder(folder));
	return folder;
}

/** Like `createTemporaryFolder`, but for all tests of a file or a `describe`. */
export function useTemporaryFolder(): () => string {
	let folder = '';
	beforeAll(async () => {
		folder = await createFolder();
		return () => removeFolder(folder);
	});
	return () => folder;
}

async function createFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'embedded-test-'));
	await chmod(folder, 0o755);
	return folder;
}

async function removeFolder(folder: string): Promise<void> {
	for (const name of await readdir(folder)) await stopServer(join(folder, name));
	await rm(folder, { recursive: true, force: true });
}

/** Returns the main process of the server in this `DATA_DIR`, if one is running. */
export function findServer(dataDir: string) {
	return findPostmaster(join(dataDir, 'postgres', 'data'));
}

/** Stops the server in this `DATA_DIR`, if one is running. */
export async function stopServer(dataDir: string): Promise<void> {
	const server = await findServer(dataDir).catch(() => undefined);
	if (server) await stopPostmaster(server, 8_000);
}

/** Returns the message of the `StartupError` that a start throws. */
export async function getStartupErrorMessage(start: Promise<unknown>): Promise<string> {
	const outcome = await start.then(
		() => 'It started.',
		(error: unknown) => error,
	);
	expect(outcome).toBeInstanceOf(StartupError);
	return outcome instanceof Error ? outcome.message : '';
}

/** Runs one query in its own session. */
export async function query<Row extends pg.QueryResultRow>(url: string, sql: string) {
	const session = new pg.Client({ connectionString: url });
	session.on('error', () => undefined);
	await session.connect();
	try {
		return (await session.query<Row>(sql)).rows;
	} finally {
		await session.end();
	}
}
