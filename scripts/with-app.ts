import { sql } from 'drizzle-orm';
import { createApp } from '#lib/server/core/app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { systemContext, type Ctx } from '#lib/server/core/context.ts';
import { instanceKey } from '#lib/server/core/instance-key.ts';
import { openDatabase } from './open-database';

/** Runs a command on the installation that the environment names, also while its server runs; then ends the process. */
export async function withApp(command: (ctx: Ctx) => Promise<number>): Promise<never> {
	const config = readConfig(process.env);
	const database = await openDatabase(config);
	const secretKey = await instanceKey(config);
	const { app, close } = createApp({ config, databaseUrl: database.url, secretKey });
	const { rows } = await app.db.execute(sql`select to_regclass('users') as found`);
	if (!rows[0]?.['found']) {
		console.error(
			'This database is empty. Start Frontdesk on it first, or check DATABASE_URL and DATA_DIR.',
		);
		await close();
		await database.close();
		process.exit(1);
	}
	const code = await command(systemContext(app));
	await close();
	await database.close();
	process.exit(code);
}
