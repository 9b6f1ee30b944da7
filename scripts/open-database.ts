import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '#lib/server/core/config.ts';
import {
	findEmbeddedPostgres,
	openFolder,
	startEmbeddedPostgres,
} from '#lib/server/core/db/embedded/index.ts';
import { StartupError } from '#lib/server/core/errors.ts';

/** A script's database: DATABASE_URL, the running embedded server, or an embedded server started for the script. */
interface OpenDatabase {
	url: string;
	/** Whether a running Frontdesk uses the embedded database. */
	isRunning: boolean;
	close(): Promise<void>;
}

/** Opens the database of a script. Throws `StartupError` if there is no embedded database, unless it may be created. */
export async function openDatabase(
	config: Config,
	{ mayCreate = false } = {},
): Promise<OpenDatabase> {
	const close = () => Promise.resolve();
	if (config.databaseUrl) return { url: config.databaseUrl, isRunning: false, close };
	const { dataDir } = config;
	if (!mayCreate) await requireCluster(dataDir);
	const running = await findEmbeddedPostgres(dataDir);
	if (running) return { url: running, isRunning: true, close };
	const started = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) });
	return { url: started.connectionString, isRunning: false, close: started.stop };
}

/** Returns the folder of the embedded cluster. Throws `StartupError` if there is none, so that a mistyped DATA_DIR doesn't create one. */
export async function requireCluster(dataDir: string): Promise<string> {
	const missing = new StartupError(
		`There is no database in ${path.resolve(dataDir)}. Set DATA_DIR or DATABASE_URL as for npm start.`,
	);
	await access(dataDir).catch(() => {
		throw missing;
	});
	const { cluster } = await openFolder(dataDir);
	await access(path.join(cluster, 'PG_VERSION')).catch((error: NodeJS.ErrnoException) => {
		throw error.code === 'ENOENT' ? missing : error;
	});
	return cluster;
}

/** Returns, for example, "1,204 rows in 30 tables". */
export function formatRowCount(tables: { rows: number }[]): string {
	const rows = tables.reduce((sum, table) => sum + table.rows, 0);
	return `${rows.toLocaleString('en-US')} rows in ${tables.length} tables`;
}
