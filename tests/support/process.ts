import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { collectOutput, killOnExit, waitUntilReady } from './child-process.ts';
import { API_KEY } from './server-api.ts';

/** The built server, running in its own process. */
export interface ServerProcess {
	url: string;
	pid: number;
	/** Everything printed so far. */
	output(): string;
	signal(name: NodeJS.Signals): void;
	/** Resolves with the exit code, or `null` if a signal ended the process. */
	exited: Promise<number | null>;
	/** Sends SIGTERM and resolves with the exit code. */
	stop(): Promise<number | null>;
}

/** Starts the built server on `PORT`, or a free port, and waits until it is ready. */
export async function startServer(environment: Record<string, string>): Promise<ServerProcess> {
	const port = environment['PORT'] ?? String(await findFreePort());
	const { child, server } = spawnServerProcess({ ...environment, PORT: port });
	const isReady = () =>
		fetch(`${server.url}/readyz`).then(
			({ ok }) => ok,
			() => false,
		);
	await waitUntilReady('The server', child, isReady, server.output);
	return server;
}

/** Spawns the built server without waiting, for tests in which the start fails. */
export const spawnServer = (environment: Record<string, string>): ServerProcess =>
	spawnServerProcess(environment).server;

function spawnServerProcess(environment: Record<string, string>) {
	const port = environment['PORT'] ?? '0';
	const child = spawn(path.resolve('node_modules/.bin/node'), ['src/server.js'], {
		env: {
			PATH: process.env['PATH'] ?? '',
			NODE_ENV: 'production',
			HOST: '127.0.0.1',
			PUBLIC_URL: `http://127.0.0.1:${port}`,
			SECRET_KEY: 'a secret key for tests only',
			API_KEY,
			OUTBOUND_ALLOW_PRIVATE: 'true',
			RATE_LIMIT: 'off',
			LOG_LEVEL: 'warn',
			...environment,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	killOnExit(child);
	const exited = once(child, 'exit').then(([code]) => code as number | null);
	const server: ServerProcess = {
		url: `http://127.0.0.1:${port}`,
		pid: child.pid ?? 0,
		output: collectOutput(child),
		signal: (name) => void child.kill(name),
		exited,
		stop() {
			child.kill('SIGTERM');
			return exited;
		},
	};
	return { child, server };
}

/** Below the range from which the kernel assigns ports to outgoing connections and to servers that listen on port 0. */
const PORTS = { first: 11_000, count: 20_000 };

/** Returns a port that was free a moment ago. Until a server listens on it, only another `findFreePort` could return it too. */
export async function findFreePort(): Promise<number> {
	for (;;) {
		const port = PORTS.first + randomInt(PORTS.count);
		const server = createServer().listen(port, '127.0.0.1');
		const isFree = await once(server, 'listening').then(
			() => true,
			() => false,
		);
		if (!isFree) continue;
		server.close();
		await once(server, 'close');
		return port;
	}
}
