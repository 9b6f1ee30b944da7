/**
 * SQLSTATEs of errors that aren't caused by the statement itself, which may succeed if it is repeated: classes 08
 * (connection) and 53 (disk, memory or connections exhausted), statement and lock timeouts, a server that is starting,
 * stopping or crashed, transactions aborted by a timeout, deadlock or serialization failure, a read-only standby, I/O
 * errors, and prepared statements that a pooler lost or mixed up.
 */
const TRANSIENT_STATES =
	/^(08...|53...|57014|57P0[1-5]|55P03|40001|40003|40P01|25006|25P0[34]|58030|26000|42P05)$/;

/** Connection errors of the operating system. */
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

/** Connection errors of node-postgres, which have no code. */
const CLIENT_MESSAGES =
	/^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Received unexpected \w+ message from backend)/;

/**
 * Returns whether an error is a temporary failure of the database, after which the same request may succeed. Any `FATAL` or
 * `PANIC` counts, whatever its code (poolers use their own): it ends the connection and is never caused by the data.
 */
export function isTransientDatabaseError(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const code = getErrorCode(error);
	if (code !== undefined && (TRANSIENT_STATES.test(code) || NETWORK_CODES.has(code))) return true;
	if ('severity' in error && (error.severity === 'FATAL' || error.severity === 'PANIC'))
		return true;
	return CLIENT_MESSAGES.test(error.message) || isTransientDatabaseError(error.cause);
}

/** Errors after which the transaction is rolled back and a second attempt usually succeeds. */
const ROLLED_BACK_STATES = new Set(['40001', '40P01', '55P03', '26000', '42P05']);

/**
 * Returns whether a transaction can be retried immediately: it lost a conflict, timed out waiting for a lock (whose holder may
 * have been starved of CPU), or a pooler lost a prepared statement.
 */
export function isRolledBack(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return ROLLED_BACK_STATES.has(getErrorCode(error) ?? '') || isRolledBack(error.cause);
}

/** Returns whether Postgres canceled a statement because it took longer than `statement_timeout`. */
export function isStatementTimeout(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return getErrorCode(error) === '57014' || isStatementTimeout(error.cause);
}

/** Returns an error's own code: a SQLSTATE, or an error code of the operating system. */
function getErrorCode(error: Error): string | undefined {
	return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
