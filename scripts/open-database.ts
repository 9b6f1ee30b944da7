import type { Config } from '#lib/server/core/config.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '#lib/server/core/db/embedded/index.ts';

/** The database of a script: DATABASE_URL, the embedded server that runs, or the embedded one for as long as this takes. */
export interface OpenDatabase {
	url: string;
	/** Whether a Frontdesk uses the embedded database at this moment. */
	isRunning: boolean;
	close(): Promise<void>;
}

export async function openDatabase(config: Config): Promise<OpenDatabase> {
	const close = () => Promise.resolve();
	if (config.databaseUrl) return { url: config.databaseUrl, isRunning: false, close };
	const { dataDir } = config;
	const running = await findEmbeddedPostgres(dataDir);
	if (running) return { url: running, isRunning: true, close };
	const started = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) });
	return { url: started.connectionString, isRunning: false, close: started.stop };
}
