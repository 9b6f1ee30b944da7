// `npm run stats:rebuild`: counts the statistics anew while the server runs, corrects them, and prints the differences.
import { createApp } from '../src/lib/server/core/app';
import { readConfig } from '../src/lib/server/core/config';
import { systemContext } from '../src/lib/server/core/context';
import { startEmbeddedPostgres } from '../src/lib/server/core/db/embedded';
import { findRunningDatabase } from '../src/lib/server/core/db/embedded/running';
import { rebuildStatistics } from '../src/lib/server/statistics';
import './check-node';

const config = readConfig(process.env);
const running = config.databaseUrl ?? (await findRunningDatabase(config.dataDir));
const started = running
	? undefined
	: await startEmbeddedPostgres({ dataDir: config.dataDir, log: console.error });
const { app, close } = createApp({
	config,
	databaseUrl: running ?? started?.connectionString ?? '',
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
await started?.stop();
process.exit(0);
