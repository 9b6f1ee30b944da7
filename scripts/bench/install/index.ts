import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../../tests/support/process.ts';
import type { Bench, Measurement } from '../bench.ts';
import { settle } from '../memory.ts';

interface Figures {
	cpuSeconds: number;
	megabytes: number;
}

/** The figures of November 2026, before the first optimization. */
const BASELINE: Figures = { cpuSeconds: 117, megabytes: 665 };
/** `sysconf(_SC_CLK_TCK)` on every Linux architecture that Node supports. */
const TICKS_PER_SECOND = 100;

const execute = promisify(execFile);

/** `npm ci && npm start` in a fresh clone of HEAD with an empty npm cache. Requires Linux and an npm registry. */
export const install: Bench = {
	name: 'install',
	async run() {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-install-'));
		// As root, Postgres runs as another user, who needs access to the folder.
		await chmod(folder, 0o755);
		try {
			return createRows(await measure(folder));
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	},
};

function createRows({ cpuSeconds, megabytes }: Figures): Measurement[] {
	const name = '`npm ci && npm start` until ready';
	return [
		{
			name: `${name}: CPU time ÷ in November 2026`,
			unit: 's',
			rounds: [{ ours: cpuSeconds, baseline: BASELINE.cpuSeconds }],
			goal: '≤ 60 s',
		},
		{
			name: `${name}: disk space ÷ in November 2026`,
			unit: 'MB',
			rounds: [{ ours: megabytes, baseline: BASELINE.megabytes }],
			goal: '≤ 400 MB',
		},
	];
}

async function measure(folder: string): Promise<Figures> {
	const clone = path.join(folder, 'clone');
	await execute('git', ['clone', '--quiet', '.', clone]);
	const port = await findFreePort();
	const { PATH, HOME, npm_config_registry } = process.env;
	// `npm start` replaces the shell, whose CPU time includes that of `npm ci`, and stops after the server and its database.
	const shell = spawn('sh', ['-c', 'npm ci --no-audit --no-fund && exec npm start'], {
		cwd: clone,
		env: {
			PATH,
			HOME,
			npm_config_registry,
			npm_config_cache: path.join(folder, 'npm-cache'),
			DATA_DIR: path.join(folder, 'data'),
			HOST: '127.0.0.1',
			PORT: String(port),
		},
		stdio: ['ignore', 'ignore', 'inherit'],
		detached: true,
	});
	const exited = once(shell, 'exit');
	try {
		await waitUntilReady(`http://127.0.0.1:${port}`, () => shell.exitCode !== null);
		const cpuSeconds = await readCpuSeconds(shell.pid ?? 0);
		const { stdout } = await execute('du', ['-sk', clone]);
		return { cpuSeconds, megabytes: Number.parseInt(stdout, 10) / 1024 };
	} finally {
		if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGTERM');
		await exited;
	}
}

async function waitUntilReady(url: string, hasExited: () => boolean): Promise<void> {
	for (;;) {
		const response = await fetch(`${url}/readyz`).catch(() => undefined);
		if (response?.ok) return;
		if (hasExited()) throw new Error('npm ci && npm start failed');
		await settle(0.25);
	}
}

/** Returns the CPU time of a process and all its descendants, both running and ended. */
async function readCpuSeconds(root: number): Promise<number> {
	const parents = new Map<number, number>();
	const ticks = new Map<number, number>();
	for (const name of await readdir('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
		// Fields from the third on; the second is the command in parentheses, which may contain spaces.
		const fields = stat
			?.slice(stat.lastIndexOf(')') + 2)
			.split(' ')
			.map(Number);
		if (!fields) continue;
		parents.set(Number(name), fields[1] ?? 0);
		// utime, stime, cutime and cstime; see proc_pid_stat(5).
		ticks.set(
			Number(name),
			fields.slice(11, 15).reduce((total, value) => total + value, 0),
		);
	}
	const isInTree = (pid: number): boolean =>
		pid === root || (pid > 1 && isInTree(parents.get(pid) ?? 0));
	let total = 0;
	for (const [pid, count] of ticks) if (isInTree(pid)) total += count;
	return total / TICKS_PER_SECOND;
}
