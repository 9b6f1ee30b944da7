import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../core/db/client.ts';
import { addBins } from './bins.ts';
import { COUNTERS, HISTOGRAMS, type Counter, type Histogram } from './counters.ts';
import type { Period } from './period.ts';

/** Counters and histograms of some time. */
export interface Figures {
	counts: Record<Counter, number>;
	bins: Record<Histogram, number[]>;
}

export const noFigures = (): Figures => ({
	counts: Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Figures['counts'],
	bins: { first_byte_bins: [], answer_bins: [], complete_bins: [] },
});

export function addFigures(to: Figures, from: Figures): Figures {
	for (const name of COUNTERS) to.counts[name] += from.counts[name];
	for (const name of HISTOGRAMS) addBins(to.bins[name], from.bins[name]);
	return to;
}

const isoTimes = (times: number[]) => sql.param(times.map((ms) => new Date(ms).toISOString()));
const numbers = z.record(z.string(), z.coerce.number());
const bucket = z.object({
	day: z.number(),
	first_byte_bins: z.string(),
	answer_bins: z.string(),
	complete_bins: z.string(),
});

/** The figures of every day of a period. */
export async function readDays(db: Db, site_id: number, period: Period): Promise<Figures[]> {
	const days = period.days.map(noFigures);
	const where = sql`site_id = ${site_id} and grain = ${period.grain}
		and bucket_at >= ${new Date(period.from).toISOString()} and bucket_at < ${new Date(period.to).toISOString()}`;
	const day = sql`width_bucket(bucket_at, ${isoTimes(period.days.map(({ from }) => from))}::timestamptz[])`;
	const sums = COUNTERS.map((name) => sql`sum(${sql.identifier(name)}) as ${sql.identifier(name)}`);
	const counted = await db.execute(
		sql`select ${day} as day, ${sql.join(sums, sql`, `)} from statistics_times where ${where} group by 1`,
	);
	for (const row of z.array(numbers).parse(counted.rows)) {
		const counts = days[Number(row['day']) - 1]?.counts;
		if (counts) for (const name of COUNTERS) counts[name] = row[name] ?? 0;
	}
	const binned = await db.execute(sql`
		select ${day} as day, first_byte_bins::text, answer_bins::text, complete_bins::text
		from statistics_times where ${where} and (answer_bins <> '{}' or complete_bins <> '{}')`);
	for (const row of z.array(bucket).parse(binned.rows)) {
		const bins = days[row.day - 1]?.bins;
		if (bins) for (const name of HISTOGRAMS) addBins(bins[name], readArray(row[name]));
	}
	return days;
}

/** Postgres' text of an array of integers. */
const readArray = (text: string): number[] =>
	text === '{}' ? [] : text.slice(1, -1).split(',').map(Number);
