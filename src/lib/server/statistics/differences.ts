import { bucketOf } from './counters.ts';
import { PLACES, type CounterRow, type CounterTable } from './tally.ts';

/** A counter that is not what a recount gives. */
export interface Difference {
	table: CounterTable;
	/** Which row: site, grain, time and names. */
	place: string;
	counter: string;
	kept: number;
	counted: number;
}

/** Where the kept rows of a table and those of a recount differ; a row that is missing is one of noughts. */
export function differencesOf(
	table: CounterTable,
	kept: CounterRow[],
	counted: CounterRow[],
): Difference[] {
	const [before, now] = [flat(table, kept), flat(table, counted)];
	const places = new Set([...before.keys(), ...now.keys()]);
	return [...places].flatMap((place) => {
		const [a, b] = [before.get(place), now.get(place)];
		const counters = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
		return [...counters].flatMap((counter) => {
			const [is, should] = [a?.get(counter) ?? 0, b?.get(counter) ?? 0];
			return is === should ? [] : [{ table, place, counter, kept: is, counted: should }];
		});
	});
}

/** Rows by their place, bins as counters of their own. */
function flat(table: CounterTable, rows: CounterRow[]): Map<string, Map<string, number>> {
	return new Map(rows.map((row) => [placeOf(table, row), countersOf(table, row)]));
}

function placeOf(table: CounterTable, row: CounterRow): string {
	return PLACES[table]
		.map((column) =>
			column === 'bucket_at' ? isoMinute(String(row[column])) : String(row[column]),
		)
		.join(' · ');
}

const isoMinute = (text: string) => new Date(bucketOf(Date.parse(text), 1)).toISOString();

function countersOf(table: CounterTable, row: CounterRow): Map<string, number> {
	const counters = new Map<string, number>();
	for (const [column, value] of Object.entries(row)) {
		if (PLACES[table].includes(column)) continue;
		if (Array.isArray(value)) value.forEach((n, bin) => counters.set(`${column}[${bin}]`, n));
		else counters.set(column, Number(value));
	}
	return counters;
}
