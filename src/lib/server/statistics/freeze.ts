import { inArray, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';
import { counted_sessions } from '../core/db/schema/index.ts';
import { ALL_SITES, COUNTERS, DAY_MINUTES } from './counters.ts';
import { lockCounters, recountSessions, storeContributions } from './fold.ts';
import { isCommonSource } from './source.ts';
import { addToCounters, Tally } from './tally.ts';
import { addWidgetCounts, foldWidgetEvents, widgetCount } from './widget-events.ts';

/** Below both counts, the name of a source or campaign could identify a single visitor. */
const MIN_CHATS = 5;
const MIN_VIEWS = 50;
const OTHER = 'other';

interface SourceNames {
	source: string;
	campaign: string;
}
type RareNames = Record<keyof SourceNames, Set<string>>;

/**
 * Makes the current contributions of these chat sessions permanent, so that deleting the sessions doesn't change any total.
 * Sources and campaigns so rare that they could identify a visitor are merged into `other`. With `isOneVisitor`, all these
 * chats belong to the same visitor, and therefore don't make a name more common. Must run in the transaction that erases
 * them.
 */
export async function freezeContributions(
	tx: Ctx,
	ids: number[],
	{ isOneVisitor }: { isOneVisitor: boolean },
): Promise<void> {
	await lockCounters(tx);
	const tally = new Tally();
	await recountSessions(tx, ids, tally);
	await foldWidgetEvents(tx, tally);
	await addToCounters(tx.db, tally);
	const frozenRows = await tx.db
		.update(counted_sessions)
		.set({ is_kept: true })
		.where(inArray(counted_sessions.chat_session_id, ids))
		.returning({ id: counted_sessions.id, contribution: counted_sessions.contribution });
	const contributions = frozenRows.flatMap(({ id, contribution }) =>
		contribution ? [{ id, contribution }] : [],
	);
	const names = contributions.map(({ contribution }) => contribution);
	const rareNames = {
		source: await findRareNames(tx, 'source', names, isOneVisitor),
		campaign: await findRareNames(tx, 'campaign', names, isOneVisitor),
	};
	if (rareNames.source.size + rareNames.campaign.size > 0)
		await mergeRareNames(tx, contributions, rareNames);
}

const totals = z.object({ name: z.string(), chats: z.coerce.number(), views: z.coerce.number() });

async function findRareNames(
	tx: Ctx,
	column: keyof SourceNames,
	contributions: SourceNames[],
	isOneVisitor: boolean,
): Promise<Set<string>> {
	const chatsByName = new Map<string, number>();
	for (const { [column]: name } of contributions) {
		const isCommon = name === '' || name === OTHER || (column === 'source' && isCommonSource(name));
		if (!isCommon) chatsByName.set(name, (chatsByName.get(name) ?? 0) + 1);
	}
	if (chatsByName.size === 0) return new Set();
	const name = sql.identifier(column);
	const { rows } = await tx.db.execute(sql`
		select ${name} as name, sum(sessions) as chats, sum(shown + opened) as views from statistics_sources
		where site_id = ${ALL_SITES} and grain = ${DAY_MINUTES} and ${createNameCondition(column, chatsByName.keys())} group by 1`);
	const rareRows = z
		.array(totals)
		.parse(rows)
		.filter(({ name, chats, views }) => {
			const otherChats = chats - (isOneVisitor ? (chatsByName.get(name) ?? 0) : 0);
			return otherChats < MIN_CHATS && views < MIN_VIEWS;
		});
	return new Set(rareRows.map(({ name }) => name));
}

/** Merges rare names into `other` in these contributions, in all widget counts and in the counters. */
async function mergeRareNames(
	tx: Ctx,
	contributions: Parameters<typeof storeContributions>[1],
	rareNames: RareNames,
): Promise<void> {
	const merge = <T extends SourceNames>(row: T): T => ({
		...row,
		source: rareNames.source.has(row.source) ? OTHER : row.source,
		campaign: rareNames.campaign.has(row.campaign) ? OTHER : row.campaign,
	});
	const hasRareName = ({ source, campaign }: SourceNames) =>
		rareNames.source.has(source) || rareNames.campaign.has(campaign);
	const tally = new Tally();
	const changedContributions = contributions.filter(({ contribution }) =>
		hasRareName(contribution),
	);
	for (const { contribution } of changedContributions) {
		tally.add(contribution, -1);
		tally.add(merge(contribution));
	}
	await storeContributions(
		tx,
		changedContributions.map(({ id, contribution }) => ({ id, contribution: merge(contribution) })),
	);
	const rareCondition = sql`(${createNameCondition('source', rareNames.source)} or ${createNameCondition('campaign', rareNames.campaign)})`;
	const { rows } = await tx.db.execute(
		sql`delete from widget_counts where ${rareCondition} returning *`,
	);
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
	const emptyConditions = COUNTERS.map((name) => sql`${sql.identifier(name)} = 0`);
	await tx.db.execute(
		sql`delete from statistics_sources where ${rareCondition} and ${sql.join(emptyConditions, sql` and `)}`,
	);
	await tx.db.execute(sql`
		delete from statistics_values where kind = 'source' and value = 0
			and (key = any(${sql.param([...rareNames.source])}::text[]) or ${createNameCondition('campaign', rareNames.campaign)})`);
}

const createNameCondition = (column: keyof SourceNames, names: Iterable<string>): SQL =>
	sql`${sql.identifier(column)} = any(${sql.param([...names])}::text[])`;
