import type { ChildProcess } from 'node:child_process';

const START_TIMEOUT_MS = 180_000;
const POLL_MS = 25;

const running = new Map<ChildProcess, NodeJS.Signals>();
process.once('exit', () => {
	for (const [child, signal] of running) child.kill(signal);
});

/** Ends a process when the test run ends, unless it has ended before. */
export function killOnExit(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
	running.set(child, signal);
	child.once('exit', () => running.delete(child));
}

/** Returns whether a process that `killOnExit` knows is still running. */
export const isRunning = (child: ChildProcess): boolean => running.has(child);

/** Waits until a program responds. Throws with its output if it ends before or takes more than three minutes. */
export async function waitUntilReady(
	name: string,
	child: ChildProcess,
	isReady: () => Promise<boolean>,
	readOutput: () => string = () => '',
): Promise<void> {
	const end = Date.now() + START_TIMEOUT_MS;
	while (isRunning(child) && Date.now() < end) {
		if (await isReady()) return;
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
	}
	child.kill('SIGKILL');
	throw new Error(`${name} did not start:\n${readOutput()}`);
}

/** Returns a function that collects what a process prints. */
export function collectOutput(child: ChildProcess): () => string {
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
	}
	return () => output;
}
