import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { runSql, withDatabase } from './database-server.ts';
import { isRunning, killOnExit, waitUntilReady } from './child-process.ts';
import { findFreePort } from './process.ts';
import { findTool } from './tools.ts';

/** The application's role and database, as on a server that someone else runs. */
const NAME = 'frontdesk';

/** One of the two servers, from Debian's packages. */
interface TestServer {
	/** Connects as an ordinary role to the application's database. */
	url: string;
	/** Runs SQL as the superuser and returns the rows of the last statement. */
	query<T extends pg.QueryResultRow>(sql: string): Promise<T[]>;
	/** The statements and messages that it has logged. */
	log(): string;
	kill(): Promise<void>;
	start(): Promise<void>;
}

/** A primary and its hot standby, which cancels statements that conflict with replay. */
export interface Replication {
	primary: TestServer;
	standby: TestServer;
	/** Replaces the standby with a new one at the same address. */
	rebuildStandby(): Promise<void>;
	stop(): Promise<void>;
}

/** Starts a primary with an empty database, and a standby. Throws where Debian's Postgres isn't installed. */
export async function startReplication(): Promise<Replication> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'frontdesk-replication-'));
	const programs = createPrograms(folder);
	const first = { data: path.join(folder, 'primary'), port: await findFreePort() };
	const second = { data: path.join(folder, 'standby'), port: await findFreePort() };
	const superuser = toUrl(first.port, 'postgres');
	programs.run('initdb', '-D', first.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8');
	const primary = createServer(first.port, () => programs.spawnServer(first));
	await primary.start();
	await runSql(superuser, `create role ${NAME} login`, `create database ${NAME} owner ${NAME}`);
	const standby = createServer(second.port, () => programs.spawnServer(second));
	const rebuildStandby = async () => {
		await standby.kill();
		rmSync(second.data, { recursive: true, force: true });
		programs.run('pg_basebackup', '-d', superuser, '-D', second.data, '-R', '-c', 'fast');
		await standby.start();
	};
	await rebuildStandby();
	return {
		primary,
		standby,
		rebuildStandby,
		async stop() {
			await Promise.all([primary.kill(), standby.kill()]);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** Returns functions that run Postgres's programs as the folder's owner, because Postgres refuses to run as root. */
function createPrograms(folder: string) {
	const programs = path.dirname(findTool('postgres') ?? '');
	const owner = process.getuid?.() === 0 ? findUser('postgres') : undefined;
	if (owner) chownSync(folder, owner.uid, owner.gid);
	return {
		run(program: string, ...args: string[]) {
			const options = { encoding: 'utf8', cwd: folder, ...owner } as const;
			const { status, stdout, stderr } = spawnSync(path.join(programs, program), args, options);
			if (status !== 0) throw new Error(`${program} failed:\n${stdout}${stderr}`);
		},
		spawnServer({ data, port }: { data: string; port: number }) {
			const args = ['-D', data, ...toOptions({ port, ...SETTINGS })];
			return spawn(path.join(programs, 'postgres'), args, {
				stdio: ['ignore', 'ignore', 'pipe'],
				cwd: folder,
				...owner,
			});
		},
	};
}

const SETTINGS = {
	listen_addresses: '127.0.0.1',
	unix_socket_directories: '',
	// The data needn't survive a crash of the machine.
	fsync: 'off',
	log_statement: 'all',
	log_min_messages: 'info',
	max_standby_streaming_delay: '0',
};

const toOptions = (settings: Record<string, string | number>) =>
	Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

const toUrl = (port: number, database: string, user = 'postgres') =>
	`postgres://${user}@127.0.0.1:${port}/${database}`;

function findUser(name: string): { uid: number; gid: number } {
	const [uid, gid] = ['-u', '-g'].map((option) =>
		Number(spawnSync('id', [option, name], { encoding: 'utf8' }).stdout),
	);
	return { uid: uid ?? 0, gid: gid ?? 0 };
}

function createServer(port: number, spawnServer: () => ChildProcess): TestServer {
	let child: ChildProcess | undefined;
	let log = '';
	const superuser = withDatabase(toUrl(port, 'postgres'), NAME);
	return {
		url: toUrl(port, NAME, NAME),
		async query<T extends pg.QueryResultRow>(sql: string) {
			const client = new pg.Client({ connectionString: superuser });
			await client.connect();
			try {
				return (await client.query<T>(sql)).rows;
			} catch (error) {
				// A standby cancels a statement that conflicts with replay.
				if (!String(error).includes('conflict with recovery')) throw error;
				return await this.query<T>(sql);
			} finally {
				await client.end();
			}
		},
		log: () => log,
		async kill() {
			if (!child || !isRunning(child)) return;
			const exited = once(child, 'exit');
			// An immediate shutdown, like a crash.
			child.kill('SIGQUIT');
			await exited;
		},
		async start() {
			const started = spawnServer();
			child = started;
			killOnExit(started, 'SIGQUIT');
			started.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
			await waitUntilReady(
				'Postgres',
				started,
				() => acceptsConnections(port),
				() => log,
			);
		},
	};
}

const acceptsConnections = (port: number): Promise<boolean> =>
	runSql(toUrl(port, 'postgres'), 'select 1').then(
		() => true,
		() => false,
	);
