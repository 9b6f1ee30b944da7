/** SQLSTATE classes and codes, and what node-postgres and the network say, when the database is away or going down. */
const AWAY = /^(08...|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT)$/;
const AWAY_MESSAGES =
	/^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether a query failed because the database could not be reached, and may work when it is tried again. */
export function isDatabaseAway(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	if ('code' in error && typeof error.code === 'string' && AWAY.test(error.code)) return true;
	return AWAY_MESSAGES.test(error.message) || isDatabaseAway(error.cause);
}

/** Whether Postgres ended a transaction because it and another waited for each other: it may be run again. */
export function isDeadlock(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return ('code' in error && error.code === '40P01') || isDeadlock(error.cause);
}
