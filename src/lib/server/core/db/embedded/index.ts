import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { ensureCluster, PASSWORD_FILE } from './cluster.ts';
import { asStartupError, onError } from './faults.ts';
import { type Folder, openFolder } from './folder.ts';
import { takeOwnership } from './lock.ts';
import { withLog } from './log-file.ts';
import { findPostmaster } from './postmaster.ts';
import { Keeper } from './server.ts';
import {
	connectionString,
	ensureSocketFolder,
	removeSocketFolder,
	superuserConnectionString,
} from './session.ts';
import { serverArguments } from './settings.ts';

export { findBundledMajor, PLATFORM_PACKAGE } from './binaries.ts';
export { openFolder } from './folder.ts';

export interface EmbeddedPostgres {
	/** For the application's role, which owns the database but is not a superuser. */
	connectionString: string;
	/** For manual maintenance and tests, never for the application. */
	superuserConnectionString: string;
	/** Stops the server cleanly if this process started or adopted it. */
	stop: () => Promise<void>;
}

export interface EmbeddedPostgresOptions {
	/** `DATA_DIR`; the database uses its folder `postgres`. */
	dataDir: string;
	log: (line: string) => void;
	/** Extra settings for the server, by name. */
	settings?: Record<string, string>;
	/** The folder `native` of another version's package, for a data folder that the bundled version cannot open. */
	native?: string;
}

/**
 * Starts the bundled Postgres and keeps it running until `stop`. Throws `StartupError`, with the data unchanged, when the
 * folder, the disk or the machine does not allow it.
 */
export async function startEmbeddedPostgres(
	options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
	try {
		const folder = await openFolder(options.dataDir, options.log);
		// Fails early, with the path, when the folder is not writable.
		await withLog(folder.logFile, () => Promise.resolve());
		const ownership = await takeOwnership(folder);
		try {
			return await startOwned(folder, ownership.release, options);
		} catch (error) {
			ownership.release();
			throw error;
		}
	} catch (error) {
		throw asStartupError(error);
	}
}

async function startOwned(
	folder: Folder,
	release: () => void,
	{ log, settings = {}, native }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
	const binaries = await findBinaries(folder, log, native);
	const password = await ensureCluster(folder, binaries, log);
	const socketDir = await ensureSocketFolder(folder);
	const address = { socketDir, password };
	const args = serverArguments(folder, socketDir, settings);
	const keeper = new Keeper({ folder, binaries, address, args, log });
	const stop = async () => {
		await keeper.stop();
		await removeSocketFolder(socketDir);
		release();
	};
	try {
		await keeper.start();
	} catch (error) {
		await keeper.stop();
		throw error;
	}
	return {
		connectionString: connectionString(address),
		superuserConnectionString: superuserConnectionString(address),
		stop,
	};
}

/** Returns the connection string of the server that already runs in this `DATA_DIR`, for scripts; undefined without one. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
	const folder = await openFolder(dataDir);
	if (!(await findPostmaster(folder.cluster))) return undefined;
	const password = await readFile(join(folder.cluster, PASSWORD_FILE), 'utf8').catch(
		onError('ENOENT', ''),
	);
	const socketDir = await ensureSocketFolder(folder);
	return connectionString({ socketDir, password: password.trim() });
}
