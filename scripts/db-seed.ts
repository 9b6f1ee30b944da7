// `npm run db:seed [-- --sessions 1500 --seed text --again --force]`: fills the database with 90 days of believable data.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createApp } from '../src/lib/server/core/app';
import { isSetUp } from '../src/lib/server/team/auth';
import { readConfig, type Config } from '../src/lib/server/core/config';
import { systemContext } from '../src/lib/server/core/context';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../src/lib/server/core/db/embedded';
import { migrateDatabase } from '../src/lib/server/core/db/migrate';
import { instanceKey } from '../src/lib/server/core/instance-key';
import { ensureDefaultSite } from '../src/lib/server/sites';
import { rebuildStatistics } from '../src/lib/server/statistics/rebuild';
import { seed } from './seed';
import './check-node';

const MOST = 1_000_000;

const { values } = parseArgs({
	options: {
		sessions: { type: 'string', default: '1500' },
		seed: { type: 'string', default: 'frontdesk' },
		again: { type: 'boolean', default: false },
		force: { type: 'boolean', default: false },
	},
});
const sessions = Number(values.sessions);
if (!Number.isInteger(sessions) || sessions < 1 || sessions > MOST) {
	stop(`--sessions must be a whole number from 1 to ${MOST}`);
}

try {
	await main();
} catch (error) {
	stop(error instanceof Error ? error.message : String(error));
}
process.exit(0);

async function main(): Promise<void> {
	const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	const database = await openDatabase(config);
	const { app, close } = createApp({
		config,
		databaseUrl: database.url,
		secretKey: await instanceKey(config),
	});
	try {
		await migrateDatabase(database.url, 'drizzle');
		if (process.env['NODE_ENV'] === 'production' && !values.force && (await isSetUp(app))) {
			throw new Error(
				'This is a production database with users. Add --force to put invented data beside theirs.',
			);
		}
		const ctx = systemContext(app);
		await ensureDefaultSite(ctx);
		const started = performance.now();
		const { again } = values;
		const made = await seed(ctx, { sessions, seed: values.seed, again, onProgress });
		console.log('\nCounting for the statistics …');
		await rebuildStatistics(ctx);
		await tidy(database.url);
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		console.log(
			`\nMade ${made.sessions} chat sessions with ${made.messages} messages in ${seconds} s.`,
		);
		console.log(
			made.login
				? `Sign in at ${config.publicUrl}/login as ${made.login.email} with the password ${made.login.password} (it is shown this once).`
				: `Sign in at ${config.publicUrl}/login as before: there was an admin already.`,
		);
	} finally {
		await close();
		await database.stop();
	}
}

/** DATABASE_URL, or the embedded database: that of the server that runs, else its own for as long as this takes. */
async function openDatabase(config: Config): Promise<{ url: string; stop(): Promise<void> }> {
	const keep = () => Promise.resolve();
	if (config.databaseUrl) return { url: config.databaseUrl, stop: keep };
	const { dataDir } = config;
	const running = await findEmbeddedPostgres(dataDir);
	if (running) return { url: running, stop: keep };
	const started = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) });
	return { url: started.connectionString, stop: started.stop };
}

/** Statistics for the planner and the visibility map, which autovacuum would bring only after a while. */
async function tidy(url: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	await client.query('vacuum (analyze)');
	await client.end();
}

function onProgress(done: number): void {
	if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${sessions} chat sessions`);
}

function stop(message: string): never {
	console.error(message);
	process.exit(1);
}
