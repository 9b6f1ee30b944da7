import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../core/db/client.ts';
import { ALL_SITES, bucketOf, DAY, QUARTER } from './counters.ts';
import type { Period } from './period.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/**
 * The buckets that make up a period: whole days of UTC, and quarters of an hour at its two ends, so that the rows read
 * are as many for a busy site as for a quiet one.
 */
function bucketsOf({ from, to }: Period): SQL {
	const dayMs = DAY * 60_000;
	const first = bucketOf(from + dayMs - 1, DAY);
	const last = bucketOf(to, DAY);
	const between = (grain: number, start: number, end: number) =>
		sql`(grain = ${grain} and bucket_at >= ${iso(start)} and bucket_at < ${iso(end)})`;
	if (first >= last) return between(QUARTER, from, to);
	return sql`(${between(DAY, first, last)} or ${between(QUARTER, from, first)} or ${between(QUARTER, last, to)})`;
}

const sourceCounts = z.object({
	source: z.string(),
	campaign: z.string(),
	shown: z.coerce.number(),
	opened: z.coerce.number(),
	sessions: z.coerce.number(),
	ai_engaged: z.coerce.number(),
	contact_given: z.coerce.number(),
	complete: z.coerce.number(),
	leads: z.coerce.number(),
});

/** The hundred sources and campaigns with the most chat sessions. */
export async function readSources(db: Db, site_id: number, period: Period) {
	const { rows } = await db.execute(sql`
		select source, campaign, sum(shown) as shown, greatest(sum(opened), sum(sessions)) as opened,
			sum(sessions) as sessions, sum(ai_engaged) as ai_engaged, sum(contact_given) as contact_given,
			sum(complete) as complete, sum(leads) as leads
		from statistics_sources where site_id = ${site_id} and ${bucketsOf(period)}
		group by source, campaign having sum(sessions) > 0 or sum(shown) > 0 or sum(opened) > 0
		order by sum(sessions) desc, sum(shown) desc, source, campaign limit 100`);
	return z.array(sourceCounts).parse(rows);
}

const siteCounts = z.object({
	site: z.string(),
	site_name: z.string(),
	sessions: z.coerce.number(),
	ai_engaged: z.coerce.number(),
	complete: z.coerce.number(),
	leads: z.coerce.number(),
	turns: z.coerce.number(),
	failed_turns: z.coerce.number(),
	passed: z.coerce.number(),
	judged: z.coerce.number(),
});

/** Every site that had a chat session, at most 200, the busiest first. */
export async function readSites(db: Db, site_id: number, period: Period) {
	const which = site_id === ALL_SITES ? sql`t.site_id = site.id` : sql`t.site_id = ${site_id}`;
	const { rows } = await db.execute(sql`
		select site.key as site, site.name as site_name, c.* from sites site cross join lateral (
			select sum(sessions) as sessions, sum(ai_engaged) as ai_engaged, sum(complete) as complete,
				sum(leads) as leads, sum(turns) as turns, sum(failed_turns) as failed_turns, sum(passed) as passed,
				sum(passed + issue + fixed) as judged
			from statistics_times t where ${which} and t.site_id = site.id and ${bucketsOf(period)}
		) c
		where c.sessions > 0 order by c.sessions desc, site.id limit 200`);
	return z.array(siteCounts).parse(rows);
}

const keyCount = z.object({ kind: z.string(), key: z.string(), count: z.coerce.number() });
export type KeyCount = z.infer<typeof keyCount>;

/** What is counted by a name, the hundred largest of each kind. */
export async function readKeys(db: Db, site_id: number, period: Period): Promise<KeyCount[]> {
	const { rows } = await db.execute(sql`
		select kind, key, count from (
			select kind, key, sum(count) as count,
				row_number() over (partition by kind order by sum(count) desc, key) as rank
			from statistics_keys where site_id = ${site_id} and kind not like 'greeting%' and ${bucketsOf(period)}
			group by kind, key having sum(count) > 0
		) ranked where rank <= 100 order by kind, rank`);
	return z.array(keyCount).parse(rows);
}

const greetingCount = z.object({
	site: z.string(),
	variant: z.string(),
	text: z.string().nullable(),
	opened: z.coerce.number(),
	completed: z.coerce.number(),
});

/** How each site's greetings did: at most 100. */
export async function readGreetings(db: Db, site_id: number, period: Period) {
	const which = site_id === ALL_SITES ? sql`site_id <> ${ALL_SITES}` : sql`site_id = ${site_id}`;
	const { rows } = await db.execute(sql`
		select site.key as site, k.key as variant, k.opened, k.completed,
			(select g ->> 'text' from jsonb_array_elements(site.greetings) g where g ->> 'key' = k.key limit 1) as text
		from (
			select site_id, key, sum(count) filter (where kind = 'greeting_opened') as opened,
				coalesce(sum(count) filter (where kind = 'greeting_completed'), 0) as completed
			from statistics_keys
			where ${which} and kind in ('greeting_opened', 'greeting_completed') and ${bucketsOf(period)}
			group by site_id, key
		) k join sites site on site.id = k.site_id
		where k.opened > 0 order by site.key, k.key limit 100`);
	return z.array(greetingCount).parse(rows);
}

const hourCount = z.object({ at: z.coerce.number(), sessions: z.number(), complete: z.number() });

/** The busy buckets of a period, for its heat map. */
export async function readHours(db: Db, site_id: number, period: Period) {
	const { rows } = await db.execute(sql`
		select extract(epoch from bucket_at) * 1000 as at, sessions, complete from statistics_times
		where site_id = ${site_id} and grain = ${period.grain} and bucket_at >= ${iso(period.from)}
			and bucket_at < ${iso(period.to)} and sessions > 0`);
	return z.array(hourCount).parse(rows);
}
