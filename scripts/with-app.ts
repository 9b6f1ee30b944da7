import { createApp } from '../src/lib/server/core/app';
import { readConfig } from '../src/lib/server/core/config';
import { systemContext, type Ctx } from '../src/lib/server/core/context';
import { startEmbeddedPostgres } from '../src/lib/server/core/db/embedded';
import { findRunningDatabase } from '../src/lib/server/core/db/embedded/running';
import { instanceKey } from '../src/lib/server/core/instance-key';

/** Runs a command on the installation that the environment names, also while its server runs; then ends the process. */
export async function withApp(command: (ctx: Ctx) => Promise<number>): Promise<never> {
	const config = readConfig(process.env);
	const running = config.databaseUrl ?? (await findRunningDatabase(config.dataDir));
	const started = running
		? undefined
		: await startEmbeddedPostgres({ dataDir: config.dataDir, log: console.error });
	const { app, close } = createApp({
		config,
		databaseUrl: running ?? started?.connectionString ?? '',
		secretKey: await instanceKey(config),
	});
	const code = await command(systemContext(app));
	await close();
	await started?.stop();
	process.exit(code);
}
