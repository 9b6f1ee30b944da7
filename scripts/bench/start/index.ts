import { startServer } from '../../../tests/support/process.ts';
import type { Bench, Measurement } from '../bench.ts';
import { getResidentKilobytes, settle } from '../memory.ts';
import { startEcho } from '../message-path/echo.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded-database.ts';

/** Startup time of the built server with existing data, and its memory when idle. */
export const start: Bench = {
	name: 'start',
	async run({ seconds, rounds }) {
		const database = await startBenchPostgres();
		const startTimes: Measurement['rounds'] = [];
		const memory: Measurement['rounds'] = [];
		const startOurs = () => startServer({ DATABASE_URL: database.url, SECRET_KEY });
		try {
			// Creates the tables and the site.
			await (await startOurs()).stop();
			for (let round = 0; round < rounds; round += 1) {
				const baseline = await measure(() => startEcho(), seconds);
				const ours = await measure(startOurs, seconds);
				startTimes.push({ ours: ours.ms, baseline: baseline.ms });
				memory.push({ ours: ours.megabytes, baseline: baseline.megabytes });
			}
		} finally {
			await database.stop();
		}
		const baselineName = 'a bare Socket.IO server';
		return [
			{
				name: `time until ready ÷ ${baselineName}`,
				unit: 'ms',
				rounds: startTimes,
				goal: '≤ 1000 ms',
			},
			{
				name: `memory of the idle process ÷ ${baselineName}`,
				unit: 'MB',
				rounds: memory,
				goal: '≤ 110 MB',
			},
		];
	},
};

async function measure(
	startProcess: () => Promise<{ pid: number; stop(): unknown }>,
	settleSeconds: number,
): Promise<{ ms: number; megabytes: number }> {
	const startedAt = performance.now();
	const server = await startProcess();
	const ms = performance.now() - startedAt;
	await settle(settleSeconds);
	const megabytes = (await getResidentKilobytes(server.pid)) / 1024;
	await server.stop();
	return { ms, megabytes };
}
