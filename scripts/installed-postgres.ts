import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findFreePort } from '../tests/support/process.ts';

/** Returns the `bin` folder of the newest Postgres installed from Debian's packages. */
export const findInstalledPostgres = (): string | undefined =>
	globSync('/usr/lib/postgresql/*/bin/postgres').map(path.dirname).sort().at(-1);

/** Starts an installed Postgres on a free port with an empty database. `stop` also removes its files. */
export async function startInstalledPostgres(
	binFolder: string,
): Promise<{ url: string; stop(): void }> {
	const isRoot = process.getuid?.() === 0;
	// Postgres refuses to run as root.
	const run = (program: string, ...args: string[]) => {
		const file = path.join(binFolder, program);
		const result = isRoot
			? spawnSync('runuser', ['-u', 'postgres', '--', file, ...args], { encoding: 'utf8' })
			: spawnSync(file, args, { encoding: 'utf8' });
		if (result.status !== 0)
			throw new Error(`${program} failed:\n${result.stdout}${result.stderr}`);
	};
	const folder = mkdtempSync(path.join(os.tmpdir(), 'frontdesk-installed-'));
	chmodSync(folder, 0o777);
	const data = path.join(folder, 'data');
	mkdirSync(data);
	chmodSync(data, 0o777);
	if (isRoot) spawnSync('chown', ['postgres', data]);
	const port = await findFreePort();
	run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8');
	// Without fsync, because the data needn't survive a crash.
	const settings = `-p ${port} -c fsync=off -c listen_addresses=127.0.0.1 -c unix_socket_directories=${data}`;
	run('pg_ctl', '-D', data, '-w', '-l', path.join(data, 'log'), '-o', settings, 'start');
	return {
		url: `postgres://postgres@127.0.0.1:${port}/postgres`,
		stop() {
			run('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
