import { startServer } from '../../../tests/support/process.ts';
import type { Bench, Measured } from '../bench.ts';
import { residentKilobytes, settle } from '../memory.ts';
import { startEcho } from '../message-path/echo.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded.ts';

/** Startup time of the built server with existing data, and its memory when idle. */
export const start: Bench = {
	name: 'start',
	async run({ seconds, rounds }) {
		const database = await startBenchPostgres();
		const time: Measured['rounds'] = [];
		const memory: Measured['rounds'] = [];
		const startOurs = () => startServer({ DATABASE_URL: database.url, SECRET_KEY });
		try {
			// Creates the tables and the site.
			await (await startOurs()).stop();
			for (let round = 0; round < rounds; round += 1) {
				const bare = await measure(() => startEcho(), seconds);
				const full = await measure(startOurs, seconds);
				time.push({ ours: full.ms, baseline: bare.ms });
				memory.push({ ours: full.megabytes, baseline: bare.megabytes });
			}
		} finally {
			await database.stop();
		}
		const to = 'a bare Socket.IO server';
		return [
			{ name: `time until ready ÷ ${to}`, unit: 'ms', rounds: time, goal: '≤ 1 s' },
			{ name: `memory of the idle process ÷ ${to}`, unit: 'MB', rounds: memory, goal: '≤ 110 MB' },
		];
	},
};

async function measure(
	startProcess: () => Promise<{ pid: number; stop(): unknown }>,
	settleSeconds: number,
): Promise<{ ms: number; megabytes: number }> {
	const from = performance.now();
	const server = await startProcess();
	const ms = performance.now() - from;
	await settle(settleSeconds);
	const megabytes = (await residentKilobytes(server.pid)) / 1024;
	await server.stop();
	return { ms, megabytes };
}
