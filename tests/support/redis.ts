import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { isRunning, killOnExit, waitUntilReady } from './child-process.ts';
import { findFreePort } from './process.ts';
import { findTool } from './tools.ts';

/** A Redis without persistence. */
export interface TestRedis {
	url: string;
	/** Simulates a crash. */
	kill(): Promise<void>;
	/** Starts it again, at the same address. */
	start(): Promise<void>;
	signal(name: NodeJS.Signals): void;
	stop(): Promise<void>;
}

/** Starts redis-server on a free port. Throws when it isn't installed. */
export async function startRedis(): Promise<TestRedis> {
	const port = await findFreePort();
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-redis-'));
	let child: ChildProcess | undefined;
	const redis: TestRedis = {
		url: `redis://127.0.0.1:${port}`,
		async start() {
			child = await spawnRedis(port, folder);
		},
		async kill() {
			if (!child || !isRunning(child)) return;
			const exited = once(child, 'exit');
			child.kill('SIGKILL');
			await exited;
		},
		signal: (name) => void child?.kill(name),
		async stop() {
			await redis.kill();
			await rm(folder, { recursive: true, force: true });
		},
	};
	await redis.start();
	return redis;
}

async function spawnRedis(port: number, folder: string): Promise<ChildProcess> {
	const settings = {
		bind: '127.0.0.1',
		port: String(port),
		dir: folder,
		save: '',
		appendonly: 'no',
	};
	const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
	const child = spawn(findTool('redis-server') ?? 'redis-server', args, { stdio: 'ignore' });
	await once(child, 'spawn');
	killOnExit(child);
	await waitUntilReady('redis-server', child, () => respondsToPing(port));
	return child;
}

function respondsToPing(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
		const end = (isReady: boolean) => {
			socket.destroy();
			resolve(isReady);
		};
		socket.on('data', (data) => end(data.toString().startsWith('+PONG')));
		socket.on('error', () => end(false));
	});
}
