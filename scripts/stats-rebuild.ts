// `npm run stats:rebuild`: recounts the statistics, corrects them and prints the differences. The server may be running.
import { readArguments } from './read-arguments.ts';

readArguments(
	'npm run stats:rebuild\nRecounts and corrects the statistics. DATABASE_URL or DATA_DIR selects the database.',
	{},
);

const { rebuildStatistics } = await import('#lib/server/statistics/index.ts');
const { withApp } = await import('./with-app.ts');

await withApp(async (ctx) => {
	const { sessions, recounted, differences } = await rebuildStatistics(ctx);
	for (const { table, row, counter, stored, counted } of differences) {
		console.log(`${table} ${row} ${counter}: stored ${stored}, counted ${counted}`);
	}
	console.log(
		differences.length === 0 && recounted === 0
			? `Recounted ${sessions} chat sessions: the statistics are correct.`
			: `Recounted ${sessions} chat sessions: corrected ${recounted} chat sessions and ${differences.length} counters.`,
	);
	return 0;
});
