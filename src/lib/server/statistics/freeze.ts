import { inArray, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { counted_sessions } from '../core/db/schema/index.ts';
import { ALL_SITES, COUNTERS, DAY } from './counters.ts';
import { lockCounters, recountSessions, storeContributions } from './fold.ts';
import { isCommonSource } from './source.ts';
import { addToCounters, Tally } from './tally.ts';
import { addWidgetCounts, takeWidgetEvents, widgetCount } from './widget-events.ts';

/** A name in the links of fewer chats, and of fewer views of the widget, could be of one visitor. */
const MIN_CHATS = 5;
const MIN_VIEWS = 50;
const OTHER = 'other';

interface Names {
	source: string;
	campaign: string;
}
type Rare = Record<keyof Names, Set<string>>;

/**
 * Makes the current contributions of these chat sessions permanent, so that deleting the sessions doesn't change any total.
 * Sources and campaigns that are too rare to hide one visitor are merged into `other`; `isOneVisitor` states that all these
 * chats are of the same visitor, and count as none. Call it in the transaction that erases them.
 */
export async function freezeContributions(
	tx: Ctx,
	ids: number[],
	{ isOneVisitor }: { isOneVisitor: boolean },
): Promise<void> {
	await lockCounters(tx);
	const tally = new Tally();
	await recountSessions(tx, ids, tally);
	await takeWidgetEvents(tx, tally);
	await addToCounters(tx.db, tally);
	const kept = await tx.db
		.update(counted_sessions)
		.set({ is_kept: true })
		.where(inArray(counted_sessions.chat_session_id, ids))
		.returning({ id: counted_sessions.id, contribution: counted_sessions.contribution });
	const counted = kept.flatMap(({ id, contribution }) =>
		contribution ? [{ id, contribution }] : [],
	);
	const names = counted.map(({ contribution }) => contribution);
	const rare = {
		source: await findRare(tx, 'source', names, isOneVisitor),
		campaign: await findRare(tx, 'campaign', names, isOneVisitor),
	};
	if (rare.source.size + rare.campaign.size > 0) await mergeRare(tx, counted, rare);
}

const totals = z.object({ name: z.string(), chats: z.coerce.number(), views: z.coerce.number() });

async function findRare(
	tx: Ctx,
	column: keyof Names,
	contributions: Names[],
	isOneVisitor: boolean,
): Promise<Set<string>> {
	const chatsOf = new Map<string, number>();
	for (const { [column]: name } of contributions) {
		const isCommon = name === '' || name === OTHER || (column === 'source' && isCommonSource(name));
		if (!isCommon) chatsOf.set(name, (chatsOf.get(name) ?? 0) + 1);
	}
	if (chatsOf.size === 0) return new Set();
	const name = sql.identifier(column);
	const { rows } = await tx.db.execute(sql`
		select ${name} as name, sum(sessions) as chats, sum(shown + opened) as views from statistics_sources
		where site_id = ${ALL_SITES} and grain = ${DAY} and ${isAnyOf(column, chatsOf.keys())} group by 1`);
	const rare = z
		.array(totals)
		.parse(rows)
		.filter(({ name, chats, views }) => {
			const others = chats - (isOneVisitor ? (chatsOf.get(name) ?? 0) : 0);
			return others < MIN_CHATS && views < MIN_VIEWS;
		});
	return new Set(rare.map(({ name }) => name));
}

/** Merges rare names into `other` in these contributions, in all widget counts and in the counters. */
async function mergeRare(
	tx: Ctx,
	counted: Parameters<typeof storeContributions>[1],
	rare: Rare,
): Promise<void> {
	const merge = <T extends Names>(row: T): T => ({
		...row,
		source: rare.source.has(row.source) ? OTHER : row.source,
		campaign: rare.campaign.has(row.campaign) ? OTHER : row.campaign,
	});
	const hasRare = ({ source, campaign }: Names) =>
		rare.source.has(source) || rare.campaign.has(campaign);
	const tally = new Tally();
	const changed = counted.filter(({ contribution }) => hasRare(contribution));
	for (const { contribution } of changed) {
		tally.add(contribution, -1);
		tally.add(merge(contribution));
	}
	await storeContributions(
		tx,
		changed.map(({ id, contribution }) => ({ id, contribution: merge(contribution) })),
	);
	const isRare = sql`(${isAnyOf('source', rare.source)} or ${isAnyOf('campaign', rare.campaign)})`;
	const { rows } = await tx.db.execute(sql`delete from widget_counts where ${isRare} returning *`);
	for (const row of z.array(widgetCount).parse(rows)) {
		addWidgetCounts(tally, row, -1);
		addWidgetCounts(tally, merge(row));
		const { site_id, bucket_at, source, campaign, shown, opened } = merge(row);
		await tx.db.execute(sql`
			insert into widget_counts as kept (site_id, bucket_at, source, campaign, shown, opened)
			values (${site_id}, ${bucket_at.toISOString()}, ${source}, ${campaign}, ${shown}, ${opened})
			on conflict (bucket_at, site_id, source, campaign)
				do update set shown = kept.shown + excluded.shown, opened = kept.opened + excluded.opened`);
	}
	await addToCounters(tx.db, tally);
	const isEmpty = COUNTERS.map((name) => sql`${sql.identifier(name)} = 0`);
	await tx.db.execute(
		sql`delete from statistics_sources where ${isRare} and ${sql.join(isEmpty, sql` and `)}`,
	);
	await tx.db.execute(sql`
		delete from statistics_values where kind = 'source' and value = 0
			and (key = any(${sql.param([...rare.source])}::text[]) or ${isAnyOf('campaign', rare.campaign)})`);
}

const isAnyOf = (column: keyof Names, names: Iterable<string>): SQL =>
	sql`${sql.identifier(column)} = any(${sql.param([...names])}::text[])`;
