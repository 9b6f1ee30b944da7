// `npm run stats:rebuild`: counts the statistics anew while the server runs, corrects them, and prints the differences.
import { readArguments } from './read-arguments';

readArguments(
	'npm run stats:rebuild: takes no options; DATABASE_URL or DATA_DIR name the database',
	{},
);

const { createApp } = await import('#lib/server/core/app.ts');
const { readConfig } = await import('#lib/server/core/config.ts');
const { systemContext } = await import('#lib/server/core/context.ts');
const { detectConnectionMode } = await import('#lib/server/core/db/connection-mode.ts');
const { openDatabase } = await import('./open-database');
const { rebuildStatistics } = await import('#lib/server/statistics/index.ts');

const config = readConfig(process.env);
const database = await openDatabase(config);
const { app, close } = createApp({
	config,
	databaseUrl: database.url,
	connectionMode: await detectConnectionMode(database.url),
	// Nothing here seals or signs.
	secretKey: 'statistics only',
});
const { sessions, recounted, differences } = await rebuildStatistics(systemContext(app));
for (const { table, place, counter, kept, counted } of differences) {
	console.log(`${table} ${place} ${counter}: kept ${kept}, counted ${counted}`);
}
console.log(
	differences.length === 0 && recounted === 0
		? `The statistics equal a recount of ${sessions} chat sessions.`
		: `${sessions} chat sessions: ${recounted} had been counted otherwise, ${differences.length} counters were wrong. All are right now.`,
);
await close();
await database.close();
process.exit(0);
