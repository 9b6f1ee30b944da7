/**
 * SQLSTATEs that say nothing about the statement itself: it may succeed when it is repeated. Classes 08 (connection) and
 * 53 (out of disk, memory, connections), a statement canceled or out of time, a lock not granted in time, a server that is
 * starting, stopping or crashed, a transaction ended by a time limit, by a deadlock or by serialization, a standby where
 * the primary was, an I/O error, and prepared statements that a pooler lost or mixed up.
 */
const TRANSIENT_STATES =
	/^(08...|53...|57014|57P0[1-5]|55P03|40001|40003|40P01|25006|25P0[34]|58030|26000|42P05)$/;

/** What the operating system says of a connection. */
const NETWORK_CODES = new Set([
	'EADDRNOTAVAIL',
	'EAI_AGAIN',
	'ECONNABORTED',
	'ECONNREFUSED',
	'ECONNRESET',
	'EHOSTDOWN',
	'EHOSTUNREACH',
	'EMFILE',
	'ENETDOWN',
	'ENETUNREACH',
	'ENOENT',
	'ENOTFOUND',
	'EPIPE',
	'ETIMEDOUT',
]);

/** What node-postgres says of a connection, without a code. */
const CLIENT_MESSAGES =
	/^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Received unexpected \w+ message from backend)/;

/**
 * Whether the database could not do its work for a reason that passes, so that the same request may succeed later. A
 * `FATAL` or `PANIC` ends the connection and is never about the data, whatever its code is: poolers invent their own.
 */
export function isTransientDatabaseError(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const code = sqlState(error);
	if (code !== undefined && (TRANSIENT_STATES.test(code) || NETWORK_CODES.has(code))) return true;
	if ('severity' in error && (error.severity === 'FATAL' || error.severity === 'PANIC'))
		return true;
	return CLIENT_MESSAGES.test(error.message) || isTransientDatabaseError(error.cause);
}

/** Faults after which Postgres has rolled the whole transaction back, and which a second try usually doesn't meet. */
const ROLLED_BACK = new Set(['40001', '40P01', '26000', '42P05']);

/** Whether a transaction may be run again at once: it lost against another one, or a pooler lost a prepared statement. */
export function isRolledBack(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return ROLLED_BACK.has(sqlState(error) ?? '') || isRolledBack(error.cause);
}

/** An error's own code: a SQLSTATE, or what the operating system says. */
function sqlState(error: Error): string | undefined {
	return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
