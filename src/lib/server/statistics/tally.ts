import { sql, type SQL } from 'drizzle-orm';
import type { Db } from '../core/db/client.ts';
import type { Contribution } from '../core/db/schema/index.ts';
import {
	ALL_SITES,
	getBucketStart,
	COUNTERS,
	DAY_MINUTES,
	HISTOGRAMS,
	HOUR_MINUTES,
	QUARTER_MINUTES,
	type Histogram,
} from './counters.ts';

/** A row of a counter table: values by column. */
export type CounterRow = Record<string, number | string | number[]>;
export const COUNTER_TABLES = [
	'statistics_times',
	'statistics_sources',
	'statistics_keys',
	'statistics_versions',
	'statistics_values',
] as const;
export type CounterTable = (typeof COUNTER_TABLES)[number];

/** The primary key columns of each table; all others are counters. */
export const KEY_COLUMNS: Record<CounterTable, readonly string[]> = {
	statistics_times: ['site_id', 'grain', 'bucket_at'],
	statistics_sources: ['site_id', 'grain', 'bucket_at', 'source', 'campaign'],
	statistics_keys: ['site_id', 'grain', 'bucket_at', 'kind', 'key'],
	statistics_versions: ['site_id', 'grain', 'bucket_at', 'version'],
	statistics_values: ['site_id', 'grain', 'bucket_at', 'kind', 'key', 'campaign', 'currency'],
};
const GRAINS: Record<CounterTable, readonly number[]> = {
	statistics_times: [QUARTER_MINUTES, HOUR_MINUTES, DAY_MINUTES],
	statistics_sources: [QUARTER_MINUTES, DAY_MINUTES],
	statistics_keys: [QUARTER_MINUTES, DAY_MINUTES],
	statistics_versions: [QUARTER_MINUTES, DAY_MINUTES],
	statistics_values: [QUARTER_MINUTES, DAY_MINUTES],
};

/** Sums contributions in memory into rows of the counter tables. */
export class Tally {
	readonly #rows: Record<CounterTable, Map<string, CounterRow>> = {
		statistics_times: new Map(),
		statistics_sources: new Map(),
		statistics_keys: new Map(),
		statistics_versions: new Map(),
		statistics_values: new Map(),
	};

	/** Adds a contribution, or subtracts it with a `sign` of -1. */
	add(contribution: Contribution, sign: 1 | -1 = 1): void {
		const { source, campaign, counts, keys, versions = {} } = contribution;
		for (const row of this.#getRows('statistics_times', contribution, {})) {
			addCountsAndBins(row, contribution, sign);
		}
		for (const [version, figures] of Object.entries(versions)) {
			for (const row of this.#getRows('statistics_versions', contribution, { version })) {
				addCountsAndBins(row, figures, sign);
			}
		}
		for (const row of this.#getRows('statistics_sources', contribution, { source, campaign })) {
			addCounts(row, counts, sign);
		}
		for (const [kind, key, count] of keys) {
			for (const row of this.#getRows('statistics_keys', contribution, { kind, key })) {
				addCounts(row, { count }, sign);
			}
		}
		this.#addWonValue(contribution, sign);
	}

	#addWonValue(contribution: Contribution, sign: 1 | -1): void {
		const { source, campaign, won_value } = contribution;
		if (!won_value) return;
		const { value, currency, keys } = won_value;
		const dimensions = [
			{ kind: 'total', key: '', campaign: '' },
			{ kind: 'source', key: source, campaign },
			...keys.map(([kind, key]) => ({ kind, key, campaign: '' })),
		];
		for (const dimension of dimensions) {
			const key = { ...dimension, currency };
			for (const row of this.#getRows('statistics_values', contribution, key)) {
				row['value'] = addAmount(String(row['value']), sign * value);
			}
		}
	}

	/** Returns whether adding this tally would change no counter. */
	isEmpty(): boolean {
		return COUNTER_TABLES.every((table) => this.listRows(table).length === 0);
	}

	/** Returns the rows of a table that have a nonzero counter. */
	listRows(table: CounterTable): CounterRow[] {
		const isKey = (column: string) => KEY_COLUMNS[table].includes(column);
		return [...this.#rows[table].values()].filter((row) =>
			Object.entries(row).some(
				([column, value]) =>
					!isKey(column) && (Array.isArray(value) ? value.some(Boolean) : Number(value) !== 0),
			),
		);
	}

	/**
	 * Returns the rows that count a contribution, and creates missing ones: per grain, one for its site and, except in
	 * `statistics_versions`, one for all sites.
	 */
	#getRows(
		table: CounterTable,
		{ site_id, bucket_at }: Contribution,
		dimensions: Record<string, string>,
	): CounterRow[] {
		const at = Date.parse(bucket_at);
		const sites = table === 'statistics_versions' ? [site_id] : [ALL_SITES, site_id];
		return GRAINS[table].flatMap((grain) =>
			sites.map((site) => {
				const bucket = new Date(getBucketStart(at, grain)).toISOString();
				const key = { site_id: site, grain, bucket_at: bucket, ...dimensions };
				const id = Object.values(key).join('\n');
				const row = this.#rows[table].get(id) ?? { ...key, ...createRow(table) };
				this.#rows[table].set(id, row);
				return row;
			}),
		);
	}
}

function createRow(table: CounterTable): CounterRow {
	if (table === 'statistics_keys') return { count: 0 };
	if (table === 'statistics_values') return { value: '0' };
	const row: CounterRow = Object.fromEntries(COUNTERS.map((name) => [name, 0]));
	if (table !== 'statistics_sources') for (const histogram of HISTOGRAMS) row[histogram] = [];
	return row;
}

function addCountsAndBins(
	row: CounterRow,
	{ counts, bins }: Pick<Contribution, 'counts' | 'bins'>,
	sign: number,
): void {
	addCounts(row, counts, sign);
	for (const histogram of HISTOGRAMS) addToHistogram(row, histogram, bins[histogram] ?? {}, sign);
}

function addCounts(row: CounterRow, counts: Record<string, number>, sign: number): void {
	for (const [name, count] of Object.entries(counts)) row[name] = Number(row[name]) + sign * count;
}

/** The number of decimal places of an amount. */
const AMOUNT_DECIMALS = 4;

/** Adds an amount to a sum in decimal notation. Exact, unlike a sum of numbers. */
function addAmount(sum: string, amount: number): string {
	const [whole = '0', decimals = ''] = sum.replace('-', '').split('.');
	const stored =
		BigInt(whole + decimals.padEnd(AMOUNT_DECIMALS, '0')) * (sum.startsWith('-') ? -1n : 1n);
	const total = stored + BigInt(Math.round(amount * 10 ** AMOUNT_DECIMALS));
	const digits = String(total < 0n ? -total : total).padStart(AMOUNT_DECIMALS + 1, '0');
	return `${total < 0n ? '-' : ''}${digits.slice(0, -AMOUNT_DECIMALS)}.${digits.slice(-AMOUNT_DECIMALS)}`;
}

function addToHistogram(
	row: CounterRow,
	histogram: Histogram,
	counts: Record<string, number>,
	sign: number,
): void {
	const bins = row[histogram];
	if (!Array.isArray(bins)) return;
	for (const [bin, count] of Object.entries(counts)) {
		while (bins.length <= Number(bin)) bins.push(0);
		bins[Number(bin)] = (bins[Number(bin)] ?? 0) + sign * count;
	}
}

const FIGURE_ASSIGNMENTS = [
	...COUNTERS.map(createSumAssignment),
	...HISTOGRAMS.map(createBinsAssignment),
];
const ASSIGNMENTS: Record<CounterTable, SQL[]> = {
	statistics_times: FIGURE_ASSIGNMENTS,
	statistics_versions: FIGURE_ASSIGNMENTS,
	statistics_sources: COUNTERS.map(createSumAssignment),
	statistics_keys: [createSumAssignment('count')],
	statistics_values: [createSumAssignment('value')],
};

/** Adds a tally to the counter tables, or to some of them. The caller must hold `COUNTERS_LOCK_KEY`. */
export async function addToCounters(
	db: Db,
	tally: Tally,
	tables: readonly CounterTable[] = COUNTER_TABLES,
): Promise<void> {
	for (const table of tables) await upsertRows(db, tally, table);
}

const BATCH_SIZE = 2_000;

async function upsertRows(db: Db, tally: Tally, table: CounterTable): Promise<void> {
	const rows = tally.listRows(table);
	const name = sql.identifier(table);
	const key = KEY_COLUMNS[table].map((column) => sql.identifier(column));
	for (let start = 0; start < rows.length; start += BATCH_SIZE) {
		const batch = JSON.stringify(rows.slice(start, start + BATCH_SIZE));
		await db.execute(sql`
			insert into ${name} as stored
			select * from jsonb_populate_recordset(null::${name}, ${batch}::jsonb)
			on conflict (${sql.join(key, sql`, `)}) do update set ${sql.join(ASSIGNMENTS[table], sql`, `)}`);
	}
}

function createSumAssignment(column: string): SQL {
	const name = sql.identifier(column);
	return sql`${name} = stored.${name} + excluded.${name}`;
}

function createBinsAssignment(column: string): SQL {
	const name = sql.identifier(column);
	return sql`${name} = array(
		select coalesce(bins.stored, 0) + coalesce(bins.added, 0)
		from unnest(stored.${name}, excluded.${name}) with ordinality as bins(stored, added, bin) order by bins.bin)`;
}
