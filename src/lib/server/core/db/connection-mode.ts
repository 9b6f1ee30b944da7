import pg from 'pg';
import { StartupError } from '../errors.ts';

/** The settings of every connection, in ms. A lock that isn't granted in time becomes the error `unavailable`. */
export const SETTINGS = {
	statement_timeout: 15_000,
	lock_timeout: 2_000,
	idle_in_transaction_session_timeout: 30_000,
};

/**
 * Just-in-time compilation, which Debian's Postgres turns on, takes seconds for queries whose cost it overestimates, and saves
 * short queries nothing.
 */
export const NO_JIT = { options: '-c jit=off' };

export interface ConnectionMode {
	/** When the settings are applied: with the connection, once after it, or in each transaction. */
	settings: 'startup' | 'session' | 'transaction';
	/** Whether prepared statements stay available on their connection. */
	keepsStatements: boolean;
}

/** Postgres itself, without a pooler. */
export const DIRECT: ConnectionMode = { settings: 'startup', keepsStatements: true };
/** A pooler that keeps a server connection for each of ours, as PgBouncer's session mode does. */
const SESSION: ConnectionMode = { settings: 'session', keepsStatements: true };
/** A pooler that shares server connections between transactions. Some keep prepared statements, but we rely on none to. */
const TRANSACTION: ConnectionMode = { settings: 'transaction', keepsStatements: false };

type StartupSettings = Pick<pg.ClientConfig, keyof typeof SETTINGS | 'options' | 'query_timeout'>;

const CONNECT_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 3_000;
const PROBES = 4;

/** Returns the statement that applies the settings to the session or, with `local`, to the transaction. */
export const setStatement = (scope: 'session' | 'local' = 'session') =>
	Object.entries({ ...SETTINGS, jit: 'off' })
		.map(([name, value]) => `set ${scope} ${name} = ${value}`)
		.join('; ');

/**
 * Detects whether there is a pooler in front of Postgres, and its mode, from its behavior: poolers refuse, ignore or forward
 * startup parameters inconsistently. Throws `StartupError` when the database cannot be used.
 */
export async function detectConnectionMode(connectionString: string): Promise<ConnectionMode> {
	const first = await connectAtStart(connectionString);
	try {
		const { rows } = await first.query<{ pid: number; lock_timeout: string }>(
			`select pg_backend_pid() as pid, current_setting('lock_timeout') as lock_timeout`,
		);
		const { processID } = first as unknown as { processID: number | null };
		// A pooler sends its own process ids.
		const isDirect = rows[0]?.pid === processID && rows[0]?.lock_timeout === '2s';
		if (isDirect) return DIRECT;
		return (await sharesConnections(first, connectionString)) ? TRANSACTION : SESSION;
	} finally {
		await first.end();
	}
}

/** Connects with the settings, or without them when a pooler refuses them. Throws `StartupError` that names the cause. */
export async function connectAtStart(
	connectionString: string,
	settings: StartupSettings = SETTINGS,
): Promise<pg.Client> {
	try {
		return await connect(connectionString, settings);
	} catch (error) {
		if (!isRefusedParameter(reasonOf(error))) throw unreachable(error);
	}
	return connect(connectionString, {}).catch((error: unknown) => {
		throw unreachable(error);
	});
}

async function connect(connectionString: string, settings: StartupSettings): Promise<pg.Client> {
	const client = new pg.Client({
		connectionString,
		application_name: 'frontdesk',
		connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
		...settings,
	});
	// A lost connection fails its query anyway. Without a listener, the error would end the process.
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
 * Returns whether transactions of one client run on different server connections, or those of two clients on the same one.
 * The second client's open transaction occupies the connection that the first used last, so a sharing pooler has to switch.
 */
async function sharesConnections(first: pg.Client, connectionString: string): Promise<boolean> {
	const second = await connect(connectionString, {}).catch(() => undefined);
	// A session pool of one connection leaves none for a second client.
	if (!second) return false;
	try {
		for (let n = 0; n < PROBES; n += 1) {
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
				'The pooler in front of the database runs in statement mode, which does not allow transactions. Set it to session or transaction mode.',
			);
		}
		return false;
	} finally {
		void second.end();
	}
}

const bounded = { query_timeout: PROBE_TIMEOUT_MS };

async function pidOf(client: pg.Client): Promise<number | undefined> {
	const query = { text: 'select pg_backend_pid() as pid', ...bounded };
	const { rows } = await client.query<{ pid: number }>(query);
	return rows[0]?.pid;
}

const unreachable = (error: unknown) =>
	new StartupError(`Cannot use the database: ${reasonOf(error)}. Check DATABASE_URL.`);

/** Returns an error's message. Node reports several refused addresses as one `AggregateError` without a message. */
export function reasonOf(error: unknown): string {
	if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
	return error instanceof Error ? error.message || error.name : String(error);
}
