import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '#lib/server/core/startup-error.ts';
import { errorCode } from './faults.ts';
import type { Postmaster } from './postmaster.ts';
import { appPassword } from './app-role.ts';
import { APP_ROLE, DATABASE, SUPERUSER } from './settings.ts';

const CANNOT_CONNECT_NOW = '57P03';

/** How to reach the server: the folder of its socket, and the superuser's password. */
export interface Door {
	socketDir: string;
	password: string;
}

/** A URL that pg, drizzle-kit, psql and pg_dump all read, for the application's role; `host` names the socket's folder. */
export const connectionString = (door: Door): string =>
	urlOf(door, APP_ROLE, appPassword(door.password));

/** The same for the superuser: for maintenance, never for the application. */
export const superuserConnectionString = (door: Door): string =>
	urlOf(door, SUPERUSER, door.password);

const urlOf = ({ socketDir }: Door, role: string, password: string) =>
	`postgres://${role}:${password}@localhost/${DATABASE}?host=${encodeURIComponent(socketDir)}`;

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
