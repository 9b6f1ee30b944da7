import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { widgetEvents, type WidgetEvents } from '#lib/contract/widget.ts';
import type { Core, Ctx } from '../core/context.ts';
import { widget_events } from '../core/db/schema/index.ts';
import { parse } from '../core/parse.ts';
import { getSite } from '../sites/unchecked.ts';
import { getBucketStart, QUARTER_MINUTES } from './counters.ts';
import { getSource } from './source.ts';
import type { Tally } from './tally.ts';

type WidgetEventRow = typeof widget_events.$inferInsert;

const BATCH_SIZE = 500;

/** Stores events that widgets report, with or without a chat session. Public. Throws `not_found` for an unknown site. */
export async function countWidgetEvents(ctx: Ctx, input: WidgetEvents): Promise<void> {
	const parsed = parse(widgetEvents, input);
	const bucket_at = new Date(getBucketStart(ctx.app.clock().getTime(), QUARTER_MINUTES));
	const events = Array.isArray(parsed) ? parsed : [parsed];
	const siteIds = new Map<string, number>();
	for (const key of new Set(events.map(({ site }) => site))) {
		siteIds.set(key, (await getSite(ctx, { key })).id);
	}
	const rows = events.map(({ site, event, context = {} }) => ({
		site_id: siteIds.get(site) ?? 0,
		bucket_at,
		...getSource(context),
		shown: Number(event === 'shown'),
		opened: Number(event === 'opened'),
	}));
	await Promise.all(rows.map((row) => ctx.app.widgetEventWriter.write(row)));
}

interface QueuedRow {
	row: WidgetEventRow;
	resolve: () => void;
	reject: (error: unknown) => void;
}

/** Stores events that arrive together in one statement, since pages are shown far more often than chats start. */
export class WidgetEventWriter {
	readonly #app: Core;
	#queue: QueuedRow[] = [];
	#isWriting = false;

	constructor(app: Core) {
		this.#app = app;
	}

	write(row: WidgetEventRow): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#queue.push({ row, resolve, reject });
			if (!this.#isWriting) void this.#drain();
		});
	}

	async #drain(): Promise<void> {
		this.#isWriting = true;
		while (this.#queue.length > 0) {
			const batch = this.#queue.splice(0, BATCH_SIZE);
			try {
				await this.#app.db.insert(widget_events).values(batch.map(({ row }) => row));
				for (const { resolve } of batch) resolve();
			} catch (error) {
				for (const { reject } of batch) reject(error);
			}
		}
		this.#isWriting = false;
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		widgetEventWriter: WidgetEventWriter;
	}
}

const PAGE_SIZE = 5_000;
/** The maximum number of sources per site and quarter hour; further ones count as `other`, because links may contain any name. */
export const MAX_SOURCES = 200;

/** The widget events of one site, quarter hour and source. */
export const widgetCount = z.object({
	site_id: z.coerce.number(),
	bucket_at: z.coerce.date(),
	source: z.string(),
	campaign: z.string(),
	shown: z.number(),
	opened: z.number(),
});

/** Moves pending widget events into `widget_counts` and the tally. Returns the number of events moved. */
export async function foldWidgetEvents(tx: Ctx, tally: Tally): Promise<number> {
	const { rows } = await tx.db.execute(sql`
		with taken as (
			delete from widget_events where id in (select id from widget_events order by id limit ${PAGE_SIZE})
			returning *
		), known as (
			select bucket_at, site_id, count(*) as count
			from widget_counts where (bucket_at, site_id) in (select bucket_at, site_id from taken) group by 1, 2
		), names as (
			select bucket_at, site_id, source, campaign, kept.shown is not null as is_known, row_number() over (
				partition by bucket_at, site_id, kept.shown is null order by sum(taken.shown + taken.opened) desc
			) as rank
			from taken left join widget_counts kept using (bucket_at, site_id, source, campaign)
			group by 1, 2, 3, 4, kept.shown
		), counted as (
			select bucket_at, site_id, taken.shown, taken.opened,
				case when is_named then source else 'other' end as source,
				case when is_named then campaign else '' end as campaign
			from taken join names using (bucket_at, site_id, source, campaign)
				left join known using (bucket_at, site_id)
				cross join lateral (select is_known or rank + coalesce(known.count, 0) <= ${MAX_SOURCES} as is_named) named
		), added as (
			insert into widget_counts as kept (site_id, bucket_at, source, campaign, shown, opened)
			select site_id, bucket_at, source, campaign, sum(shown), sum(opened)
			from counted group by 1, 2, 3, 4
			on conflict (bucket_at, site_id, source, campaign)
				do update set shown = kept.shown + excluded.shown, opened = kept.opened + excluded.opened
		)
		select site_id, bucket_at, source, campaign, shown, opened from counted`);
	for (const row of z.array(widgetCount).parse(rows)) addWidgetCounts(tally, row);
	return rows.length;
}

/** Adds widget events of one site, quarter hour and source to the tally, or subtracts them with a `sign` of -1. */
export function addWidgetCounts(
	tally: Tally,
	row: z.infer<typeof widgetCount>,
	sign: 1 | -1 = 1,
): void {
	const { shown, opened, bucket_at, ...key } = row;
	const counts = { shown, opened };
	tally.add({ ...key, bucket_at: bucket_at.toISOString(), counts, bins: {}, keys: [] }, sign);
}
