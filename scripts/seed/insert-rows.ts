import { getTableName, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { Db } from '#lib/server/core/db/client.ts';

/** Inserts rows, including their ids, with one statement. The first row's keys determine the columns. */
export async function insertRows(db: Db, table: PgTable, rows: object[]): Promise<void> {
	const [first] = rows;
	if (!first) return;
	const name = sql.identifier(getTableName(table));
	const columns = sql.join(
		Object.keys(first).map((column) => sql.identifier(column)),
		sql`, `,
	);
	await db.execute(sql`
		insert into ${name} (${columns}) overriding system value
		select ${columns} from json_populate_recordset(null::${name}, ${JSON.stringify(rows)}::json)`);
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

/** Ids of one table, reserved from its sequence in advance, so that seeding works while a server is running. */
export class IdPool {
	readonly #table: PgTable;
	#ids: number[] = [];

	constructor(table: PgTable) {
		this.#table = table;
	}

	/** Ensures that at least `count` ids are available. */
	async fill(db: Db, count: number): Promise<void> {
		const missing = count - this.#ids.length;
		if (missing <= 0) return;
		const { rows } = await db.execute(sql`
			select nextval(pg_get_serial_sequence(${getTableName(this.#table)}, 'id')) as id
			from generate_series(1, ${missing}::integer)`);
		const newIds = idRows.parse(rows).map(({ id }) => id);
		this.#ids = [...newIds.reverse(), ...this.#ids];
	}

	next = (): number => {
		const id = this.#ids.pop();
		if (id === undefined) throw new Error(`no ids left for ${getTableName(this.#table)}`);
		return id;
	};
}
