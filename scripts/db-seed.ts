// `npm run db:seed`: fills the database with 90 days of realistic data.
import { readArguments, refuse } from './read-arguments.ts';

const MAX_SESSIONS = 1_000_000;
const USAGE = `npm run db:seed -- [options]
  --sessions N   number of chat sessions, 1 to ${MAX_SESSIONS} (default: 1500)
  --seed TEXT    the same text generates the same data (default: frontdesk)
  --again        add data to a database that was seeded before
  --force        seed a production database even if it has users`;

const { values } = readArguments(USAGE, {
	sessions: { type: 'string', default: '1500' },
	seed: { type: 'string', default: 'frontdesk' },
	again: { type: 'boolean', default: false },
	force: { type: 'boolean', default: false },
});
const sessions = Number(values.sessions);
if (!Number.isInteger(sessions) || sessions < 1 || sessions > MAX_SESSIONS) {
	refuse(`--sessions must be a whole number from 1 to ${MAX_SESSIONS}`, USAGE);
}

// Imported late, so that invalid arguments are reported immediately.
const { default: pg } = await import('pg');
const { createApp } = await import('#lib/server/create-app.ts');
const { isSetUp } = await import('#lib/server/team/auth/index.ts');
const { readConfig } = await import('#lib/server/core/config.ts');
const { createSystemContext } = await import('#lib/server/core/context.ts');
const { detectConnectionMode } = await import('#lib/server/core/db/connection-mode.ts');
const { migrateDatabase } = await import('#lib/server/core/db/migrate.ts');
const { findServerUrl, loadSecretKey } = await import('#lib/server/core/data-dir.ts');
const { ensureDefaultSite } = await import('#lib/server/sites/unchecked.ts');
const { rebuildStatistics } = await import('#lib/server/statistics/rebuild.ts');
const { openDatabase } = await import('./open-database.ts');
const { seed, SEED_QUERY_TIMEOUT_MS } = await import('./seed/index.ts');

try {
	await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exit(1);
}
process.exit(0);

async function main(): Promise<void> {
	const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	const database = await openDatabase(config, { mayCreate: true });
	const { app, close } = createApp({
		config,
		databaseUrl: database.url,
		connectionMode: await detectConnectionMode(database.url),
		queryTimeoutMs: SEED_QUERY_TIMEOUT_MS,
		secretKey: await loadSecretKey(config),
	});
	try {
		await migrateDatabase(database.url, 'drizzle');
		if (process.env['NODE_ENV'] === 'production' && !values.force && (await isSetUp(app))) {
			throw new Error(
				'This is a production database with users. Use --force to add sample data to it.',
			);
		}
		const ctx = createSystemContext(app);
		await ensureDefaultSite(ctx);
		const startedAt = performance.now();
		const { again } = values;
		const summary = await seed(ctx, { sessions, seed: values.seed, again, onProgress });
		console.log('\nRebuilding statistics …');
		await rebuildStatistics(ctx);
		await vacuum(database.url);
		const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
		console.log(
			`\nCreated ${summary.sessions} chat sessions with ${summary.messages} messages in ${seconds} s.`,
		);
		const url = findServerUrl(config.dataDir) ?? config.publicUrl;
		console.log(
			summary.login
				? `Sign in at ${url}/login as ${summary.login.email} with the password ${summary.login.password} (shown only once).`
				: `Sign in at ${url}/login with an existing account.`,
		);
	} finally {
		await close();
		await database.close();
	}
}

/** Updates the planner's statistics and the visibility map, instead of waiting for autovacuum. */
async function vacuum(url: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	await client.query('vacuum (analyze)');
	await client.end();
}

function onProgress(done: number): void {
	if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${sessions} chat sessions`);
}
