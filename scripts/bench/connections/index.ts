import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startServer } from '../../../tests/support/process.ts';
import type { Bench, Measured } from '../bench.ts';
import { collectGarbage, INSPECTED, residentKilobytes, settle } from '../memory.ts';
import { startEcho } from '../message-path/echo.ts';
import { API_KEY, makeVisitors } from '../message-path/visitors.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded.ts';
import type { CrowdInput, CrowdResult } from './crowd.ts';

const MAX_VISITORS = 5_000;

/** Visitors who all reconnect at once, with token check and catch-up, against a bare Socket.IO server. */
export const connections: Bench = {
	name: 'connections',
	async run({ seconds, rounds, sessions = MAX_VISITORS }) {
		const database = await startBenchPostgres();
		const pace: Measured['rounds'] = [];
		const memory: Measured['rounds'] = [];
		try {
			// Creates the tables and the site.
			await (await start(database.url)).stop();
			const visitors = (await makeVisitors(database.url, Math.min(sessions, MAX_VISITORS))).auths;
			for (let round = 0; round < rounds; round += 1) {
				const bare = await measureBare(visitors, seconds);
				const ours = await measureOurs(database.url, visitors, seconds);
				pace.push({ ours: ours.pace, baseline: bare.pace });
				memory.push({ ours: ours.kilobytes, baseline: bare.kilobytes });
			}
		} finally {
			await database.stop();
		}
		return [
			{
				name: 'reconnecting visitors per second ÷ a bare Socket.IO server',
				unit: 'connections/s',
				rounds: pace,
				goal: '≥ 0.5',
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

const start = (DATABASE_URL: string) =>
	startServer({ DATABASE_URL, SECRET_KEY, API_KEY, ...INSPECTED });

async function measureOurs(databaseUrl: string, visitors: object[], settle_s: number) {
	const server = await start(databaseUrl);
	try {
		const welcome = '42/widget,["session.started"';
		return await measure(server.pid, { url: server.url, visitors, welcome }, settle_s);
	} finally {
		await server.stop();
	}
}

async function measureBare(visitors: object[], settle_s: number) {
	const echo = await startEcho(INSPECTED);
	try {
		return await measure(echo.pid, { url: echo.url, visitors, welcome: '40/widget' }, settle_s);
	} finally {
		echo.stop();
	}
}

/** Returns connections per second, and the memory that each idle connection takes. */
async function measure(pid: number, input: CrowdInput, settle_s: number) {
	// The first connections trigger one-time initialization.
	const warmUp = await gather({ ...input, visitors: input.visitors.slice(0, 50) });
	await settle(settle_s);
	await collectGarbage(pid);
	const before = await residentKilobytes(pid);
	const crowd = await gather(input);
	await settle(settle_s);
	await collectGarbage(pid);
	const kilobytes = ((await residentKilobytes(pid)) - before) / input.visitors.length;
	warmUp.disconnect();
	crowd.disconnect();
	return { pace: input.visitors.length / crowd.seconds, kilobytes };
}

async function gather(input: CrowdInput): Promise<CrowdResult & { disconnect(): void }> {
	const child = fork(path.join(import.meta.dirname, 'crowd.ts'), { execArgv: [] });
	const failed = once(child, 'exit').then(() =>
		Promise.reject(new Error('the crowd process failed')),
	);
	child.send(input);
	const [result] = (await Promise.race([once(child, 'message'), failed])) as [CrowdResult];
	failed.catch(() => undefined);
	return { ...result, disconnect: () => void child.kill('SIGKILL') };
}
