import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '#lib/server/core/startup-error.ts';
import { errorCode } from './faults.ts';
import type { Postmaster } from './postmaster.ts';
import { appPassword } from './app-role.ts';
import { APP_ROLE, DATABASE, SUPERUSER } from './settings.ts';

const CANNOT_CONNECT_NOW = '57P03';

/** How to reach the server: the folder of its socket, and the superuser's password. */
export interface ServerAddress {
	socketDir: string;
	password: string;
}

/** Returns the URL of the application's role, in a form that pg, drizzle-kit, psql and pg_dump all accept. */
export const connectionString = (address: ServerAddress): string =>
	urlOf(address, APP_ROLE, appPassword(address.password));

/** Returns the superuser's URL: for maintenance, never for the application. */
export const superuserConnectionString = (address: ServerAddress): string =>
	urlOf(address, SUPERUSER, address.password);

const urlOf = ({ socketDir }: ServerAddress, role: string, password: string) =>
	`postgres://${role}:${password}@localhost/${DATABASE}?host=${encodeURIComponent(socketDir)}`;

/**
 * Opens a superuser session as soon as the server accepts one. Returns undefined when the server exits first, or doesn't
 * respond for `timeoutMs`; crash recovery, which it reports, may take longer.
 */
export async function openSession(
	address: ServerAddress,
	postmaster: Postmaster,
	timeoutMs: number,
): Promise<pg.Client | undefined> {
	let deadline = Date.now() + timeoutMs;
	while (!postmaster.gone.aborted && Date.now() < deadline) {
		const attempt = await connect(address, timeoutMs);
		if (attempt.client) return attempt.client;
		if (attempt.code === CANNOT_CONNECT_NOW) deadline = Date.now() + timeoutMs;
		await sleep(20);
	}
	return undefined;
}

async function connect(
	address: ServerAddress,
	timeoutMs: number,
): Promise<{ client: pg.Client } | { client: undefined; code: string | undefined }> {
	const client = new pg.Client({
		host: address.socketDir,
		user: SUPERUSER,
		password: address.password,
		database: 'postgres',
		connectionTimeoutMillis: timeoutMs,
		query_timeout: 60_000,
	});
	// Losing an idle session must not end the process; the next query on it fails.
	client.on('error', () => undefined);
	try {
		await client.connect();
		return { client };
	} catch (error) {
		const code = errorCode(error);
		if (code?.startsWith('28')) throw passwordRejected();
		return { client: undefined, code };
	}
}

function passwordRejected(): StartupError {
	return new StartupError(
		`The embedded database rejects Frontdesk's password. Put the password of its user "${SUPERUSER}" into frontdesk.password in the database's data folder.`,
	);
}
