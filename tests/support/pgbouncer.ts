import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { collectOutput, isRunning, killOnExit, waitUntilReady } from './child-process.ts';
import { findFreePort } from './process.ts';
import { findTool } from './tools.ts';

/**
 * Starts PgBouncer in front of a database, with its defaults except for these settings: for example, it rejects unknown
 * startup parameters. Returns the URL to connect to.
 */
export async function startPgBouncer(
	databaseUrl: string,
	settings: { pool_mode: string } & Record<string, string>,
): Promise<string> {
	const database = new URL(databaseUrl);
	const port = await findFreePort();
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-pgbouncer-'));
	const host = database.searchParams.get('host') ?? decodeURIComponent(database.hostname);
	const server = [
		`host=${host}`,
		`port=${database.port || '5432'}`,
		`dbname=${database.pathname.slice(1)}`,
		`user=${decodeURIComponent(database.username)}`,
		...(database.password ? [`password=${decodeURIComponent(database.password)}`] : []),
	];
	const ini = [
		'[databases]',
		`frontdesk = ${server.join(' ')}`,
		'[pgbouncer]',
		'listen_addr = 127.0.0.1',
		`listen_port = ${port}`,
		'unix_socket_dir =',
		'auth_type = any',
		...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
	];
	await writeFile(path.join(folder, 'pgbouncer.ini'), `${ini.join('\n')}\n`);
	await chmod(folder, 0o755);
	// PgBouncer refuses to run as root, and only the socket's owner may connect.
	const isRoot = process.getuid?.() === 0;
	const owner = host.startsWith('/') ? await stat(host) : { uid: 65_534, gid: 65_534 };
	const child = spawn(findTool('pgbouncer') ?? 'pgbouncer', [path.join(folder, 'pgbouncer.ini')], {
		stdio: ['ignore', 'ignore', 'pipe'],
		...(isRoot && { uid: owner.uid, gid: owner.gid }),
	});
	killOnExit(child);
	onTestFinished(async () => {
		const exited = once(child, 'exit');
		if (isRunning(child) && child.kill('SIGKILL')) await exited;
		await rm(folder, { recursive: true, force: true });
	});
	await waitUntilReady('PgBouncer', child, () => canConnect(port), collectOutput(child));
	return `postgres://frontdesk@127.0.0.1:${port}/frontdesk`;
}

function canConnect(port: number): Promise<boolean> {
	const socket = connect(port, '127.0.0.1');
	return new Promise<boolean>((resolve) => {
		socket.once('connect', () => resolve(true));
		socket.once('error', () => resolve(false));
	}).finally(() => socket.destroy());
}
