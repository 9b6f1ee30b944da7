import { sql } from 'drizzle-orm';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { createSystemContext, type Ctx } from '#lib/server/core/context.ts';
import { detectConnectionMode } from '#lib/server/core/db/connection-mode.ts';
import { StartupError } from '#lib/server/core/errors.ts';
import { openDatabase } from './open-database.ts';
import { runScript } from './run-script.ts';
import { readSecretKey } from './secret-key.ts';

/** Runs a command with an App configured by the environment, then exits. The server may be running. */
export function withApp(command: (ctx: Ctx) => Promise<number>): Promise<never> {
	return runScript(async () => {
		const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
		const database = await openDatabase(config);
		try {
			const { app, close } = createApp({
				config,
				databaseUrl: database.url,
				connectionMode: await detectConnectionMode(database.url),
				secretKey: await readSecretKey(config),
			});
			const { rows } = await app.db.execute(sql`select to_regclass('users') as found`);
			if (!rows[0]?.['found']) {
				throw new StartupError(
					'This database is empty. Start Frontdesk with it first, or check DATABASE_URL and DATA_DIR.',
				);
			}
			const code = await command(createSystemContext(app));
			await close();
			return code;
		} finally {
			await database.close();
		}
	});
}
