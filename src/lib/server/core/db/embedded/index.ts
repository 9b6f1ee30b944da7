import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { asStartupError } from './faults.ts';
import { openFolder, type Folder } from './folder.ts';
import { Keeper } from './server.ts';
import { takeOwnership } from './lock.ts';
import { withLog } from './log-file.ts';
import { connectionString, superuserConnectionString } from './session.ts';
import { serverArguments } from './settings.ts';
import { ensureSocketFolder, removeSocketFolder } from './socket-folder.ts';

export { findBundledMajor, PLATFORM_PACKAGE } from './binaries.ts';
export { findEmbeddedPostgres } from './find.ts';
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
