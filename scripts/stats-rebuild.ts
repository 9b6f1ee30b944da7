// `npm run stats:rebuild`: counts the statistics anew while the server runs, corrects them, and prints the differences.
import { readArguments } from './read-arguments.ts';

readArguments(
	'npm run stats:rebuild: takes no options; DATABASE_URL or DATA_DIR name the database',
	{},
);

const { rebuildStatistics } = await import('#lib/server/statistics/index.ts');
const { withApp } = await import('./with-app.ts');

await withApp(async (ctx) => {
	const { sessions, recounted, differences } = await rebuildStatistics(ctx);
	for (const { table, place, counter, kept, counted } of differences) {
		console.log(`${table} ${place} ${counter}: kept ${kept}, counted ${counted}`);
	}
	console.log(
		differences.length === 0 && recounted === 0
			? `The statistics equal a recount of ${sessions} chat sessions.`
			: `${sessions} chat sessions: ${recounted} had been counted otherwise, ${differences.length} counters were wrong. All are right now.`,
	);
	return 0;
});
