import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
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

const running = new Set<ChildProcess>();
process.once('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/** Starts the built server on `PORT`, or a free port, and waits until it is ready. */
export async function startServer(environment: Record<string, string>): Promise<ServerProcess> {
	const port = environment['PORT'] ?? String(await findFreePort());
	const started = spawnServer({ ...environment, PORT: port });
	await waitUntilReady(started);
	return started;
}

/** Spawns the built server without waiting, for tests in which the start fails. */
export function spawnServer(environment: Record<string, string>): ServerProcess {
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
	running.add(child);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => (output += text));
	}
	const exited = once(child, 'exit').then(([code]) => {
		running.delete(child);
		return code as number | null;
	});
	return {
		url: `http://127.0.0.1:${port}`,
		pid: child.pid ?? 0,
		output: () => output,
		signal: (name) => void child.kill(name),
		exited,
		stop() {
			child.kill('SIGTERM');
			return exited;
		},
	};
}

async function waitUntilReady(server: ServerProcess): Promise<void> {
	let hasExited = false;
	void server.exited.then(() => (hasExited = true));
	const end = Date.now() + 180_000;
	while (Date.now() < end) {
		if (hasExited) break;
		const ready = await fetch(`${server.url}/readyz`).catch(() => undefined);
		if (ready?.ok) return;
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	server.signal('SIGKILL');
	throw new Error(`The server did not become ready:\n${server.output()}`);
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
