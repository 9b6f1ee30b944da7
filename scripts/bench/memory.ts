import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** Returns a process's resident memory. */
export async function getResidentKilobytes(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

/** Sleeps, so that the work after a start or a burst of connections can finish. */
export const settle = (seconds: number) =>
	new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

const INSPECTOR_PORT = 19_229;
/** The environment of a process in which `collectGarbage` works. */
export const INSPECTOR_ENVIRONMENT = { NODE_OPTIONS: `--inspect-port=${INSPECTOR_PORT}` };

const targets = z.array(z.object({ webSocketDebuggerUrl: z.string() }));

/** Forces two garbage collections in a process started with INSPECTOR_ENVIRONMENT. Only one such process may run at once. */
export async function collectGarbage(pid: number): Promise<void> {
	process.kill(pid, 'SIGUSR1');
	const inspector = new WebSocket(await waitForInspectorUrl());
	await once(inspector, 'open');
	for (const id of [1, 2]) {
		inspector.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
		await once(inspector, 'message');
	}
	inspector.close();
}

async function waitForInspectorUrl(): Promise<string> {
	const deadline = Date.now() + 10_000;
	for (;;) {
		const response = await fetch(`http://127.0.0.1:${INSPECTOR_PORT}/json/list`).catch(
			() => undefined,
		);
		const [target] = response ? targets.parse(await response.json()) : [];
		if (target) return target.webSocketDebuggerUrl;
		if (Date.now() > deadline) throw new Error('the process opened no inspector');
		await settle(0.05);
	}
}
