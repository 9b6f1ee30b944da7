import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startServer } from '../../../tests/support/process.ts';
import type { Bench, Measurement } from '../bench.ts';
import { collectGarbage, INSPECTOR_ENVIRONMENT, getResidentKilobytes, settle } from '../memory.ts';
import { startEcho } from '../message-path/echo.ts';
import { API_KEY, createVisitors } from '../message-path/visitors.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded-database.ts';
import type { CrowdInput, CrowdResult } from './crowd.ts';

const MAX_VISITORS = 5_000;
/** The start of the packet that tells a visitor that Frontdesk is ready for messages. */
export const READY_PREFIX = '42/widget,["session.started"';

/** Visitors who all reconnect at once, with token check and catch-up, against a bare Socket.IO server. */
export const connections: Bench = {
	name: 'connections',
	async run({ seconds, rounds, sessions = MAX_VISITORS }) {
		const database = await startBenchPostgres();
		const connectionsPerSecond: Measurement['rounds'] = [];
		const memory: Measurement['rounds'] = [];
		try {
			// Creates the tables and the site.
			await (await startFrontdesk(database.url)).stop();
			const { auths } = await createVisitors(database.url, Math.min(sessions, MAX_VISITORS));
			for (let round = 0; round < rounds; round += 1) {
				const baseline = await measureBare(auths, seconds);
				const ours = await measureOurs(database.url, auths, seconds);
				connectionsPerSecond.push({
					ours: ours.connectionsPerSecond,
					baseline: baseline.connectionsPerSecond,
				});
				memory.push({
					ours: ours.kilobytesPerConnection,
					baseline: baseline.kilobytesPerConnection,
				});
			}
		} finally {
			await database.stop();
		}
		return [
			{
				name: 'reconnecting visitors per second ÷ a bare Socket.IO server',
				unit: 'connections/s',
				rounds: connectionsPerSecond,
				goal: '≥ 0.6',
			},
			{
				name: 'memory per idle connection ÷ a bare Socket.IO server',
				unit: 'KB',
				rounds: memory,
				goal: '≤ 1.6',
			},
		];
	},
};

const startFrontdesk = (DATABASE_URL: string) =>
	startServer({ DATABASE_URL, SECRET_KEY, API_KEY, ...INSPECTOR_ENVIRONMENT });

async function measureOurs(databaseUrl: string, auths: object[], settleSeconds: number) {
	const server = await startFrontdesk(databaseUrl);
	try {
		return await measure(
			server.pid,
			{ url: server.url, auths, readyPrefix: READY_PREFIX },
			settleSeconds,
		);
	} finally {
		await server.stop();
	}
}

async function measureBare(auths: object[], settleSeconds: number) {
	const echo = await startEcho(INSPECTOR_ENVIRONMENT);
	try {
		return await measure(
			echo.pid,
			{ url: echo.url, auths, readyPrefix: '40/widget' },
			settleSeconds,
		);
	} finally {
		echo.stop();
	}
}

/** Returns connections per second, and the memory that each idle connection takes. */
async function measure(pid: number, input: CrowdInput, settleSeconds: number) {
	// The first connections trigger one-time initialization.
	const warmUp = await connectCrowd({ ...input, auths: input.auths.slice(0, 50) });
	await settle(settleSeconds);
	await collectGarbage(pid);
	const before = await getResidentKilobytes(pid);
	const crowd = await connectCrowd(input);
	await settle(settleSeconds);
	await collectGarbage(pid);
	const kilobytesPerConnection = ((await getResidentKilobytes(pid)) - before) / input.auths.length;
	warmUp.disconnect();
	crowd.disconnect();
	return { connectionsPerSecond: input.auths.length / crowd.seconds, kilobytesPerConnection };
}

/** Connects all visitors from a process of its own; they stay connected and idle until `disconnect`. */
export async function connectCrowd(
	input: CrowdInput,
): Promise<CrowdResult & { disconnect(): void }> {
	const child = fork(path.join(import.meta.dirname, 'crowd.ts'), { execArgv: [] });
	const exitError = once(child, 'exit').then(() =>
		Promise.reject(new Error('the crowd process failed')),
	);
	child.send(input);
	const [result] = (await Promise.race([once(child, 'message'), exitError])) as [CrowdResult];
	exitError.catch(() => undefined);
	return { ...result, disconnect: () => void child.kill('SIGKILL') };
}
