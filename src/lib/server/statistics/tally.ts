import type { Contribution } from '../core/db/schema/index.ts';
import {
	ALL_SITES,
	bucketOf,
	COUNTERS,
	DAY,
	HISTOGRAMS,
	HOUR,
	QUARTER,
	type Histogram,
} from './counters.ts';

/** A row of a counter table, by column. */
export type CounterRow = Record<string, number | string | number[]>;
export const TABLES = ['statistics_times', 'statistics_sources', 'statistics_keys'] as const;
export type CounterTable = (typeof TABLES)[number];

/** The columns that say what a row counts; they are each table's primary key. */
export const PLACES: Record<CounterTable, readonly string[]> = {
	statistics_times: ['site_id', 'grain', 'bucket_at'],
	statistics_sources: ['site_id', 'grain', 'bucket_at', 'source', 'campaign'],
	statistics_keys: ['site_id', 'grain', 'bucket_at', 'kind', 'key'],
};
const GRAINS: Record<CounterTable, readonly number[]> = {
	statistics_times: [QUARTER, HOUR, DAY],
	statistics_sources: [QUARTER, DAY],
	statistics_keys: [QUARTER, DAY],
};

/** Adds contributions up, in memory, into the rows of the counter tables. */
export class Tally {
	readonly #rows: Record<CounterTable, Map<string, CounterRow>> = {
		statistics_times: new Map(),
		statistics_sources: new Map(),
		statistics_keys: new Map(),
	};

	/** Adds a contribution, or with -1 takes it out. */
	add(contribution: Contribution, sign: 1 | -1 = 1): void {
		const { source, campaign, counts, bins, keys } = contribution;
		for (const row of this.#places('statistics_times', contribution, {})) {
			addCounts(row, counts, sign);
			for (const histogram of HISTOGRAMS) addBins(row, histogram, bins[histogram] ?? {}, sign);
		}
		for (const row of this.#places('statistics_sources', contribution, { source, campaign })) {
			addCounts(row, counts, sign);
		}
		for (const [kind, key, count] of keys) {
			for (const row of this.#places('statistics_keys', contribution, { kind, key })) {
				addCounts(row, { count }, sign);
			}
		}
	}

	/** The rows of a table that say anything. */
	rows(table: CounterTable): CounterRow[] {
		const isPlace = (column: string) => PLACES[table].includes(column);
		return [...this.#rows[table].values()].filter((row) =>
			Object.entries(row).some(
				([column, value]) =>
					!isPlace(column) && (Array.isArray(value) ? value.some(Boolean) : value !== 0),
			),
		);
	}

	/** The rows that something of a site and time is counted in: of the site and of all, in every grain. */
	#places(
		table: CounterTable,
		{ site_id, bucket_at }: Contribution,
		names: Record<string, string>,
	): CounterRow[] {
		const at = Date.parse(bucket_at);
		return GRAINS[table].flatMap((grain) =>
			[ALL_SITES, site_id].map((site) => {
				const bucket = new Date(bucketOf(at, grain)).toISOString();
				const place = { site_id: site, grain, bucket_at: bucket, ...names };
				const key = Object.values(place).join('\n');
				const row = this.#rows[table].get(key) ?? { ...place, ...emptyRow(table) };
				this.#rows[table].set(key, row);
				return row;
			}),
		);
	}
}

function emptyRow(table: CounterTable): CounterRow {
	if (table === 'statistics_keys') return { count: 0 };
	const row: CounterRow = Object.fromEntries(COUNTERS.map((name) => [name, 0]));
	if (table === 'statistics_times') for (const histogram of HISTOGRAMS) row[histogram] = [];
	return row;
}

function addCounts(row: CounterRow, counts: Record<string, number>, sign: number): void {
	for (const [name, count] of Object.entries(counts)) row[name] = Number(row[name]) + sign * count;
}

function addBins(
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
