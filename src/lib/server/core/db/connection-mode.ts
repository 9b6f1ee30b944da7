import pg from 'pg';
import { StartupError } from '../errors.ts';

/** The settings of every connection, in ms. A transaction that waits longer for a lock is retried; see inTransaction. */
export const SETTINGS = {
	statement_timeout: 15_000,
	lock_timeout: 2_000,
	idle_in_transaction_session_timeout: 30_000,
};

/** Settings that queries and the parsing of their results rely on, whatever the role's or the database's defaults. */
export const REQUIRED_VALUES = {
	datestyle: 'ISO',
	standard_conforming_strings: 'on',
	array_nulls: 'on',
	default_transaction_isolation: 'read committed',
};

/**
 * Turns off just-in-time compilation, which is on in Debian's Postgres: it takes seconds for queries whose cost is
 * overestimated, and doesn't speed up short queries. Keeps the server from ending idle connections, since each lost
 * connection makes all clients catch up.
 */
const STARTUP_VALUES = { jit: 'off', idle_session_timeout: '0', ...REQUIRED_VALUES };
export const STARTUP_OPTIONS = {
	options: Object.entries(STARTUP_VALUES)
		.map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
		.join(' '),
};

export interface ConnectionMode {
	/** How the settings are applied: as startup parameters, once per connection, or in each transaction. */
	settings: 'startup' | 'session' | 'transaction';
	/** Whether prepared statements stay available on their connection. */
	keepsStatements: boolean;
}

/** Postgres itself, without a pooler. */
export const DIRECT: ConnectionMode = { settings: 'startup', keepsStatements: true };
/** A pooler that keeps one server connection per client connection, as PgBouncer's session mode does. */
const SESSION: ConnectionMode = { settings: 'session', keepsStatements: true };
/** A pooler that shares server connections between transactions. Some keep prepared statements, but Frontdesk doesn't rely on that. */
const TRANSACTION: ConnectionMode = { settings: 'transaction', keepsStatements: false };

type StartupSettings = Pick<pg.ClientConfig, keyof typeof SETTINGS | 'options' | 'query_timeout'>;

const CONNECT_TIMEOUT_MS = 5_000;
const DETECTION_SETTINGS: StartupSettings = { ...SETTINGS, query_timeout: 20_000 };
const PROBE_TIMEOUT_MS = 3_000;
const PROBE_COUNT = 4;

/** Returns the statement that applies the settings to the session or, with `local`, to the transaction. */
export const createSetStatement = (scope: 'session' | 'local' = 'session') =>
	Object.entries({ ...SETTINGS, jit: 'off', ...REQUIRED_VALUES })
		.map(([name, value]) => `set ${scope} ${name} = '${value}'`)
		.join('; ');

/**
 * Detects whether there is a pooler in front of Postgres, and its mode, from its behavior: poolers refuse, ignore or forward
 * startup parameters inconsistently. Throws `StartupError` if the database can't be used.
 */
export async function detectConnectionMode(
	connectionString: string,
	variable?: 'DATABASE_REPLICA_URL',
): Promise<ConnectionMode> {
	const first = await connectAtStart(connectionString, DETECTION_SETTINGS, variable);
	try {
		const { rows } = await first.query<{ pid: number; lock_timeout: string }>(
			`select pg_backend_pid() as pid, current_setting('lock_timeout') as lock_timeout`,
		);
		const { processID } = first as unknown as { processID: number | null };
		// Poolers report their own process ids.
		const isDirect = rows[0]?.pid === processID && rows[0]?.lock_timeout === '2s';
		if (isDirect) return DIRECT;
		if (!(await sharesConnections(first, connectionString))) return SESSION;
		await requireValues(first);
		return TRANSACTION;
	} finally {
		await first.end();
	}
}

/** Throws `StartupError` if a shared connection lacks `REQUIRED_VALUES`, which statements outside of transactions can't set. */
async function requireValues(client: pg.Client): Promise<void> {
	const { rows } = await client.query<{ name: string; role: string; value: string }>(
		`select name, quote_ident(current_user) as role, value from json_each_text($1) as required(name, value)
			where current_setting(name) !~* ('^' || value)`,
		[JSON.stringify(REQUIRED_VALUES)],
	);
	if (rows.length === 0) return;
	const remedy = rows.map(
		({ name, role, value }) => `alter role ${role} set ${name} = '${value}';`,
	);
	throw new StartupError(
		`Frontdesk cannot use the database with its current settings behind a pooler in transaction mode. Run the following as a superuser or as the role itself, and restart the pooler: ${remedy.join(' ')}`,
	);
}

/** Connects with the settings, or without them if a pooler refuses them. Throws a `StartupError` with the cause. */
export async function connectAtStart(
	connectionString: string,
	settings: StartupSettings = SETTINGS,
	variable = 'DATABASE_URL',
): Promise<pg.Client> {
	try {
		return await connect(connectionString, settings);
	} catch (error) {
		if (!isRefusedParameter(getErrorMessage(error))) throw createUnreachableError(error, variable);
	}
	return connect(connectionString, {}).catch((error: unknown) => {
		throw createUnreachableError(error, variable);
	});
}

async function connect(connectionString: string, settings: StartupSettings): Promise<pg.Client> {
	const client = new pg.Client({
		connectionString,
		application_name: 'frontdesk',
		connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
		...settings,
	});
	// A lost connection fails its query anyway. Without a listener, the error would crash the process.
	client.on('error', () => undefined);
	await client.connect();
	return client;
}

/** Matches the messages of PgBouncer ("unsupported startup parameter"), Amazon RDS Proxy ("command-line options") and others. */
export const isRefusedParameter = (message: string): boolean =>
	/startup parameter|command-line options|unrecognized configuration parameter|unsupported (parameter|option)/i.test(
		message,
	);

/**
 * Returns whether a pooler shares server connections: one client's transactions run on different server connections, or two
 * clients' transactions on the same one. The second client's open transaction occupies the connection that the first used
 * last, which forces a sharing pooler to switch.
 */
async function sharesConnections(first: pg.Client, connectionString: string): Promise<boolean> {
	const second = await connect(connectionString, {}).catch(() => undefined);
	// A session pool with a single connection leaves none for a second client.
	if (!second) return false;
	try {
		for (let n = 0; n < PROBE_COUNT; n += 1) {
			const firstPid = await getPid(first);
			await second.query({ text: 'begin', ...PROBE_OPTIONS });
			const secondPid = await getPid(second);
			if (secondPid === firstPid || (await getPid(first)) !== firstPid) return true;
			await second.query({ text: 'commit', ...PROBE_OPTIONS });
		}
		return false;
	} catch (error) {
		if (error instanceof Error && /statement pooling/i.test(error.message)) {
			throw new StartupError(
				'The pooler in front of the database runs in statement mode, which does not allow transactions. Set it to session or transaction mode.',
			);
		}
		return false;
	} finally {
		void second.end();
	}
}

const PROBE_OPTIONS = { query_timeout: PROBE_TIMEOUT_MS };

async function getPid(client: pg.Client): Promise<number | undefined> {
	const query = { text: 'select pg_backend_pid() as pid', ...PROBE_OPTIONS };
	const { rows } = await client.query<{ pid: number }>(query);
	return rows[0]?.pid;
}

export function createUnreachableError(error: unknown, variable: string): StartupError {
	const cause = getErrorMessage(error);
	const remedy = /certificate/i.test(cause)
		? `Add sslrootcert=/path/to/ca.pem with the provider's certificate to ${variable}, or sslmode=no-verify to encrypt without checking it.`
		: `Check ${variable}.`;
	return new StartupError(`Cannot use the database: ${cause}. ${remedy}`);
}

/** Returns an error's message, joining those of an `AggregateError`, which Node throws if several addresses fail. */
function getErrorMessage(error: unknown): string {
	if (error instanceof AggregateError) return error.errors.map(getErrorMessage).join('; ');
	return error instanceof Error ? error.message || error.name : String(error);
}
