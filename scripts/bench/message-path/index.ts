import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startServer } from '../../../tests/support/process.ts';
import { readMetric } from '../../../tests/support/server-api.ts';
import type { Bench, BenchOptions, Measurement } from '../bench.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded-database.ts';
import { startEcho } from './echo.ts';
import type { LoadInput, LoadResult } from './load.ts';
import { measureThroughput } from './pgbench.ts';
import { API_KEY, createVisitors } from './visitors.ts';

const VISITORS = 200;

/** The message path at saturation, against an echo that stores nothing and against pgbench. */
export const messagePath: Bench = {
	name: 'message-path',
	async run(options) {
		const database = await startBenchPostgres();
		const DATABASE_URL = database.url;
		const server = await startServer({ DATABASE_URL, SECRET_KEY, API_KEY });
		const echo = await startEcho();
		try {
			const createLoadInput = async (url: string): Promise<LoadInput> => ({
				url,
				agent: { api_key: API_KEY },
				visitors: (await createVisitors(DATABASE_URL, VISITORS)).auths,
				seconds: options.seconds,
			});
			return await measure(options, {
				measurePath: async () => runLoad(await createLoadInput(server.url)),
				measureEcho: async () => runLoad(await createLoadInput(echo.url)),
				measurePgbench: async (kind) => {
					const sessions = await createVisitors(DATABASE_URL, VISITORS);
					return measureThroughput(DATABASE_URL, kind, sessions, options.seconds);
				},
			});
		} finally {
			echo.stop();
			await server.stop();
			await database.stop();
		}
	},
};

/** Functions that each return messages or transactions per second. */
interface Measures {
	measurePath(): Promise<number>;
	measureEcho(): Promise<number>;
	measurePgbench(kind: 'transaction' | 'statement'): Promise<number>;
}

async function measure({ rounds }: BenchOptions, measures: Measures): Promise<Measurement[]> {
	const echo: Measurement['rounds'] = [];
	const transaction: Measurement['rounds'] = [];
	const statement: Measurement['rounds'] = [];
	for (let round = 0; round < rounds; round += 1) {
		echo.push({
			baseline: await measures.measureEcho(),
			ours: await measures.measurePath(),
		});
		const ours = await measures.measurePath();
		transaction.push({ ours, baseline: await measures.measurePgbench('transaction') });
		statement.push({
			ours: await measures.measurePath(),
			baseline: await measures.measurePgbench('statement'),
		});
	}
	const unit = 'messages/s';
	return [
		{ name: 'message path ÷ Socket.IO echo', unit, rounds: echo, goal: '≥ 0.5' },
		{
			name: 'message path ÷ pgbench, one transaction per message',
			unit,
			rounds: transaction,
			goal: '≥ 3',
		},
		{
			name: 'message path ÷ pgbench, one statement per message',
			unit,
			rounds: statement,
			goal: '≥ 1.4',
		},
	];
}

/** Returns the messages per second that were acknowledged to visitors or received by the watching agent, whichever are fewer. */
export async function runLoad(input: LoadInput): Promise<number> {
	const { acknowledgedCount, receivedCount, seconds } = await startLoad(input);
	return Math.min(acknowledgedCount, receivedCount) / seconds;
}

/** Runs the load in a process of its own. */
export async function startLoad(input: LoadInput): Promise<LoadResult> {
	const child = fork(path.join(import.meta.dirname, 'load.ts'), { execArgv: [] });
	child.send(input);
	const exitError = once(child, 'exit').then(() =>
		Promise.reject(new Error('the load process failed')),
	);
	const [result] = (await Promise.race([once(child, 'message'), exitError])) as [LoadResult];
	return result;
}

/** Runs the load. Returns the messages per second, and the CPU time of each server per stored message in µs. */
export async function measureLoad(
	servers: readonly { url: string }[],
	input: LoadInput,
): Promise<{ messagesPerSecond: number; cpuPerMessage: number[] }> {
	const readFromAll = async (metric: string) =>
		Promise.all(servers.map(({ url }) => readMetric(url, metric)));
	const readMetrics = async () => ({
		cpu: await readFromAll('process_cpu_seconds_total'),
		messages: await readFromAll('frontdesk_messages_total{sender="visitor"}'),
	});
	const before = await readMetrics();
	const messagesPerSecond = await runLoad(input);
	const after = await readMetrics();
	const count = after.messages.reduce(
		(total, value, index) => total + value - (before.messages[index] ?? 0),
		0,
	);
	return {
		messagesPerSecond,
		cpuPerMessage: after.cpu.map(
			(value, index) => ((value - (before.cpu[index] ?? 0)) * 1e6) / count,
		),
	};
}
