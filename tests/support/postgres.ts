import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished as onFinished } from 'vitest';
import { startEmbeddedPostgres } from '#lib/server/core/db/embedded/index.ts';
import { stopServer, findServer } from '#lib/server/core/db/embedded/test-support.ts';

/** A Postgres of one test, which can be stopped and started at the same address. */
export interface TestPostgres {
	url: string;
	stop(): Promise<void>;
	start(): Promise<void>;
	/** Simulates a crash. The server restarts by itself. */
	crash(): Promise<void>;
}

/** Starts a Postgres that ends with the test. A concurrent test passes its own `onTestFinished`. */
export async function startPostgres(
	onTestFinished: typeof onFinished = onFinished,
): Promise<TestPostgres> {
	const dataDir = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-postgres-'));
	const run = () => startEmbeddedPostgres({ dataDir, log: () => undefined });
	let running = await run();
	onTestFinished(async () => {
		await running.stop();
		await stopServer(dataDir);
		await rm(dataDir, { recursive: true, force: true });
	});
	return {
		url: running.connectionString,
		stop: () => running.stop(),
		async start() {
			running = await run();
		},
		async crash() {
			const server = await findServer(dataDir);
			if (!server) throw new Error('there is no Postgres to crash');
			process.kill(server.pid, 'SIGQUIT');
			await server.exited;
		},
	};
}
