import type { Db } from './client.ts';

/**
 * Runs SQL with `$1` parameters as a named prepared statement, which each connection parses and plans once. For the few
 * large statements that run for every message. A name must always be used with the same text.
 */
export async function executePrepared(
	db: Db,
	name: string,
	text: string,
	values: unknown[],
): Promise<unknown[]> {
	const query = db._.session.prepareQuery({ sql: text, params: values }, undefined, name, false);
	const { rows } = (await query.execute()) as { rows: unknown[] };
	return rows;
}
