import pg from 'pg';

interface DatabaseContents {
	/** The rows of each table as text. */
	tables: Record<string, string[]>;
	constraints: unknown[];
	/** The last value of each sequence. */
	sequences: unknown[];
}

/** Returns the contents of a database, to compare it with another one. */
export async function readContents(url: string): Promise<DatabaseContents> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	// Reads all rows as of one moment, even while a server is writing.
	await client.query('begin isolation level repeatable read');
	const { rows: names } = await client.query<{ name: string }>(
		`select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
	);
	const tables: Record<string, string[]> = {};
	for (const { name } of names) {
		const { rows } = await client.query<{ row: string }>(
			`select t::text as row from ${name} t order by 1`,
		);
		tables[name] = rows.map(({ row }) => row);
	}
	const { rows: constraints } = await client.query(
		`select conrelid::regclass::text as table, conname, pg_get_constraintdef(oid) as definition, convalidated
			from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n' order by 1, 2`,
	);
	const { rows: sequences } = await client.query(
		`select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1`,
	);
	await client.end();
	return { tables, constraints, sequences };
}
