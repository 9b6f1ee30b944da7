import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** Starts the bare Socket.IO server in its own process. */
export const startEcho = (environment: Record<string, string> = {}) =>
	startBaseline([path.join(import.meta.dirname, 'echo-server.ts')], environment);

/** Starts a baseline's server in its own process. The script must print its port. */
export async function startBaseline(
	scriptAndArguments: string[],
	environment: Record<string, string> = {},
): Promise<{ url: string; pid: number; stop(): void }> {
	const child = spawn(process.execPath, scriptAndArguments, {
		env: { ...process.env, ...environment },
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
	return {
		url: `http://127.0.0.1:${line.replace(/\D/g, '')}`,
		pid: child.pid ?? 0,
		stop: () => void child.kill(),
	};
}
