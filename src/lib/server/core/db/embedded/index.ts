import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getBinaries } from './binaries.ts';
import { ensureCluster, PASSWORD_FILE } from './cluster.ts';
import { toStartupError, returnOnCode } from './faults.ts';
import { type Folder, openFolder } from './folder.ts';
import { acquireOwnership } from './lock.ts';
import { withLog } from './log-file.ts';
import { findPostmaster } from './postmaster.ts';
import { ServerSupervisor } from './server.ts';
import {
	createConnectionString,
	ensureSocketFolder,
	removeSocketFolder,
	createSuperuserConnectionString,
} from './session.ts';
import { createServerArguments } from './settings.ts';

export { getBundledMajor, PLATFORM_PACKAGE } from './binaries.ts';
export { openFolder } from './folder.ts';

export interface EmbeddedPostgres {
	/** The URL of the application's role, which owns the database but is not a superuser. */
	connectionString: string;
	/** The superuser's URL, for manual maintenance and tests, never for the application. */
	superuserConnectionString: string;
	/** Stops the server cleanly if this process started or adopted it. */
	stop: () => Promise<void>;
}

interface EmbeddedPostgresOptions {
	/** `DATA_DIR`. The database is in its `postgres` folder. */
	dataDir: string;
	log: (line: string) => void;
	/** Extra settings for the server, by name. */
	settings?: Record<string, string>;
	/** The path of a different Postgres version's installation, for a data folder that the bundled version can't open. */
	installation?: string;
}

/**
 * Starts the bundled Postgres and keeps it running until `stop`. Throws `StartupError`, with the data unchanged, if the
 * folder, the disk or the machine prevents it.
 */
export async function startEmbeddedPostgres(
	options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
	try {
		const folder = await openFolder(options.dataDir, options.log);
		// Fails early, with the path in the error, if the folder is not writable.
		await withLog(folder.logFile, () => Promise.resolve());
		const ownership = await acquireOwnership(folder);
		try {
			return await startWithOwnership(folder, ownership.release, options);
		} catch (error) {
			ownership.release();
			throw error;
		}
	} catch (error) {
		throw toStartupError(error);
	}
}

async function startWithOwnership(
	folder: Folder,
	release: () => void,
	{ log, settings = {}, installation }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
	const binaries = await getBinaries(folder, log, installation);
	const password = await ensureCluster(folder, binaries, log);
	const socketDir = await ensureSocketFolder(folder);
	const address = { socketDir, password };
	const args = createServerArguments(folder, socketDir, settings);
	const supervisor = new ServerSupervisor({ folder, binaries, address, args, log });
	const stop = async () => {
		await supervisor.stop();
		await removeSocketFolder(socketDir);
		release();
	};
	try {
		await supervisor.start();
	} catch (error) {
		await supervisor.stop();
		throw error;
	}
	return {
		connectionString: createConnectionString(address),
		superuserConnectionString: createSuperuserConnectionString(address),
		stop,
	};
}

/** Returns the connection string of the server running in this `DATA_DIR`, for scripts; `undefined` if there is none. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
	const folder = await openFolder(dataDir);
	if (!(await findPostmaster(folder.cluster))) return undefined;
	const password = await readFile(join(folder.cluster, PASSWORD_FILE), 'utf8').catch(
		returnOnCode('ENOENT', ''),
	);
	const socketDir = await ensureSocketFolder(folder);
	return createConnectionString({ socketDir, password: password.trim() });
}
