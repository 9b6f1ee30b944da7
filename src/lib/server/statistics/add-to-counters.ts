import { sql, type SQL } from 'drizzle-orm';
import type { Db } from '../core/db/client.ts';
import { COUNTERS, HISTOGRAMS } from './counters.ts';
import { PLACES, TABLES, type CounterTable, type Tally } from './tally.ts';

const CHANGES: Record<CounterTable, SQL[]> = {
	statistics_times: [...COUNTERS.map(sum), ...HISTOGRAMS.map(sumOfBins)],
	statistics_sources: COUNTERS.map(sum),
	statistics_keys: [sum('count')],
};

/** Brings the counter tables, or some of them, up by a tally; the caller holds COUNTERS_LOCK. */
export async function addToCounters(
	db: Db,
	tally: Tally,
	tables: readonly CounterTable[] = TABLES,
): Promise<void> {
	for (const table of tables) await add(db, tally, table);
}

const ROWS = 2_000;

async function add(db: Db, tally: Tally, table: CounterTable): Promise<void> {
	const rows = tally.rows(table);
	const name = sql.identifier(table);
	const place = PLACES[table].map((column) => sql.identifier(column));
	for (let start = 0; start < rows.length; start += ROWS) {
		const piece = JSON.stringify(rows.slice(start, start + ROWS));
		await db.execute(sql`
			insert into ${name} as kept
			select * from jsonb_populate_recordset(null::${name}, ${piece}::jsonb)
			on conflict (${sql.join(place, sql`, `)}) do update set ${sql.join(CHANGES[table], sql`, `)}`);
	}
}

function sum(column: string): SQL {
	const name = sql.identifier(column);
	return sql`${name} = kept.${name} + excluded.${name}`;
}

function sumOfBins(column: string): SQL {
	const name = sql.identifier(column);
	return sql`${name} = array(
		select coalesce(bins.kept, 0) + coalesce(bins.added, 0)
		from unnest(kept.${name}, excluded.${name}) with ordinality as bins(kept, added, bin) order by bins.bin)`;
}
