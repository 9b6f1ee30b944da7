import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '#lib/server/core/startup-error.ts';
import { errorCode } from './faults';
import type { Postmaster } from './postmaster';
import { SUPERUSER } from './settings';

const DATABASE = 'frontdesk';
const CANNOT_CONNECT_NOW = '57P03';

/** How to reach the server: the folder of its socket, and the superuser's password. */
export interface Door {
	socketDir: string;
	password: string;
}

/** A URL that pg, drizzle-kit, psql and pg_dump all read; `host` names the socket's folder. */
export function connectionString(door: Door): string {
	const host = encodeURIComponent(door.socketDir);
	return `postgres://${SUPERUSER}:${door.password}@localhost/${DATABASE}?host=${host}`;
}

/**
 * A session on the server as soon as it takes one; undefined when the server ends first, or gives no
 * answer for `patienceMs`. Recovery after a crash takes as long as it takes.
 */
export async function openSession(
	door: Door,
	postmaster: Postmaster,
	patienceMs: number,
): Promise<pg.Client | undefined> {
	let deadline = Date.now() + patienceMs;
	while (!postmaster.gone.aborted && Date.now() < deadline) {
		const attempt = await connect(door, patienceMs);
		if (attempt.client) return attempt.client;
		if (attempt.code === CANNOT_CONNECT_NOW) deadline = Date.now() + patienceMs;
		await sleep(20);
	}
	return undefined;
}

/** Makes the database of Frontdesk unless it is there. */
export async function ensureDatabase(session: pg.Client): Promise<void> {
	const found = await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
	if (found.rowCount === 0) await session.query(`CREATE DATABASE ${DATABASE}`);
}

async function connect(
	door: Door,
	timeoutMs: number,
): Promise<{ client: pg.Client } | { client: undefined; code: string | undefined }> {
	const client = new pg.Client({
		host: door.socketDir,
		user: SUPERUSER,
		password: door.password,
		database: 'postgres',
		connectionTimeoutMillis: timeoutMs,
		query_timeout: 60_000,
	});
	// A session cut off while idle must not end the process; the next query on it fails.
	client.on('error', () => undefined);
	try {
		await client.connect();
		return { client };
	} catch (error) {
		const code = errorCode(error);
		if (code?.startsWith('28')) throw refused();
		return { client: undefined, code };
	}
}

function refused(): StartupError {
	return new StartupError(
		`The embedded database refuses Frontdesk's password. Put the password of its user "${SUPERUSER}" into frontdesk.password in the database's data folder.`,
	);
}
