import pg from 'pg';
import { StartupError } from '../startup-error.ts';

/** What every connection is set to, in ms. A lock that isn't granted in time is reported as unavailable. */
export const SETTINGS = {
	statement_timeout: 15_000,
	lock_timeout: 2_000,
	idle_in_transaction_session_timeout: 30_000,
};

/** How the settings reach the server, and whether a connection keeps the statements that were prepared on it. */
export interface ConnectionMode {
	/** With the connection itself, once after it, or in each transaction. */
	settings: 'startup' | 'session' | 'transaction';
	keepsStatements: boolean;
}

/** Postgres itself, with nothing in between that knows its protocol. */
export const DIRECT: ConnectionMode = { settings: 'startup', keepsStatements: true };
/** A pooler that keeps a server connection for each of ours, as PgBouncer's session mode does. */
const SESSION: ConnectionMode = { settings: 'session', keepsStatements: true };
/** A pooler that shares server connections between transactions. Some keep statements, most by a setting: none is relied on. */
const TRANSACTION: ConnectionMode = { settings: 'transaction', keepsStatements: false };

type StartupSettings = Pick<pg.ClientConfig, keyof typeof SETTINGS | 'options' | 'query_timeout'>;

const CONNECT_MS = 5_000;
const ANSWER_MS = 3_000;
const TRIES = 4;

/** The statement that applies the settings, for the session or, `local`, for the transaction. */
export const setStatement = (scope: 'session' | 'local' = 'session') =>
	Object.entries(SETTINGS)
		.map(([name, ms]) => `set ${scope} ${name} = ${ms}`)
		.join('; ');

/**
 * Finds out whether a pooler stands in front of Postgres and which mode it runs in, by what it does: poolers refuse,
 * ignore or forward startup parameters as they like. Throws StartupError when the database cannot be used.
 */
export async function detectConnectionMode(connectionString: string): Promise<ConnectionMode> {
	const first = await connectAtStart(connectionString);
	try {
		const { rows } = await first.query<{ pid: number; lock_timeout: string }>(
			`select pg_backend_pid() as pid, current_setting('lock_timeout') as lock_timeout`,
		);
		const { processID } = first as unknown as { processID: number | null };
		// A pooler hands out process ids of its own.
		const isDirect = rows[0]?.pid === processID && rows[0]?.lock_timeout === '2s';
		if (isDirect) return DIRECT;
		return (await sharesConnections(first, connectionString)) ? TRANSACTION : SESSION;
	} finally {
		await first.end();
	}
}

/** Connects with the settings, and without them where a pooler refuses them; throws StartupError that names the cause. */
export async function connectAtStart(
	connectionString: string,
	settings: StartupSettings = SETTINGS,
): Promise<pg.Client> {
	try {
		return await connect(connectionString, settings);
	} catch (error) {
		if (!isRefusedParameter(error)) throw unreachable(error);
	}
	return connect(connectionString, {}).catch((error: unknown) => {
		throw unreachable(error);
	});
}

async function connect(connectionString: string, settings: StartupSettings): Promise<pg.Client> {
	const client = new pg.Client({
		connectionString,
		application_name: 'frontdesk',
		connectionTimeoutMillis: CONNECT_MS,
		...settings,
	});
	// A connection that breaks fails the query under way; without a listener it would end the process.
	client.on('error', () => undefined);
	await client.connect();
	return client;
}

/**
 * PgBouncer says "unsupported startup parameter", Amazon RDS Proxy "command-line options", others that they do not know
 * the parameter.
 */
function isRefusedParameter(error: unknown): boolean {
	return (
		error instanceof Error &&
		/startup parameter|command-line options|unrecognized configuration parameter|unsupported (parameter|option)/i.test(
			error.message,
		)
	);
}

/**
 * Whether two transactions of one client ran on different server connections, or two clients' on the same one. While
 * another client's transaction holds the connection that ours used last, ours has to take another.
 */
async function sharesConnections(first: pg.Client, connectionString: string): Promise<boolean> {
	const second = await connect(connectionString, {}).catch(() => undefined);
	// A session pool of one connection leaves none for a second client.
	if (!second) return false;
	try {
		for (let n = 0; n < TRIES; n += 1) {
			const before = await pidOf(first);
			await second.query({ text: 'begin', ...bounded });
			const other = await pidOf(second);
			if (other === before || (await pidOf(first)) !== before) return true;
			await second.query({ text: 'commit', ...bounded });
		}
		return false;
	} catch (error) {
		if (error instanceof Error && /statement pooling/i.test(error.message)) {
			throw new StartupError(
				'The pooler in front of the database runs in statement mode, which allows no transactions. Set it to session or transaction mode.',
			);
		}
		return false;
	} finally {
		void second.end();
	}
}

const bounded = { query_timeout: ANSWER_MS };

async function pidOf(client: pg.Client): Promise<number | undefined> {
	const query = { text: 'select pg_backend_pid() as pid', ...bounded };
	const { rows } = await client.query<{ pid: number }>(query);
	return rows[0]?.pid;
}

const unreachable = (error: unknown) =>
	new StartupError(`The database cannot be used: ${reasonOf(error)}. Check DATABASE_URL.`);

/** Node reports several refused addresses of one name as an error without a message. */
export function reasonOf(error: unknown): string {
	if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
	return error instanceof Error ? error.message || error.name : String(error);
}
