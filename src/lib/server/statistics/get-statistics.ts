import {
	statisticsQuery,
	type Statistics,
	type StatisticsQuery,
} from '#lib/contract/statistics.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { parse } from '../core/parse.ts';
import { getSite } from '../sites/unchecked.ts';
import { ALL_SITES } from './counters.ts';
import { foldStatistics } from './fold.ts';
import { periodsOf, presentPeriod, type Period } from './period.ts';
import {
	presentFigures,
	presentFunnel,
	presentHours,
	presentTotals,
	shareOf,
	winRateOf,
} from './present.ts';
import { compareGreetings, presentKeys, type ValueLookup } from './present-keys.ts';
import {
	addFigures,
	emptyFigures,
	readDays,
	readGreetings,
	readHours,
	readKeys,
	readSites,
	readSources,
	readValues,
	type Figures,
	type ValueRow,
} from './read-counters.ts';
import { readVersionChanges, readVersions } from './versions.ts';

/** How much a request folds before it reads. The job folds the rest, so the figures may lag a few seconds behind a peak. */
export const MAX_FOLD_PAGES = 4;

/**
 * Returns the statistics of a period. Every figure counts the chat sessions that started in it, without test chats. Throws
 * `invalid` for an empty or too long period, and `not_found` for an unknown site.
 */
export async function getStatistics(ctx: Ctx, input: StatisticsQuery = {}): Promise<Statistics> {
	requireTeam(ctx, 'stats:read');
	const query = parse(statisticsQuery, input);
	const { period, before } = periodsOf(query, ctx.app.clock().getTime());
	const site_id = await getSiteId(ctx, query.site);
	await foldStatistics(ctx, { maxPages: MAX_FOLD_PAGES });
	const { db } = ctx;
	const isByVersion = query.group_by === 'version';
	const [
		days,
		daysBefore,
		hours,
		sources,
		sites,
		keys,
		greetings,
		values,
		valuesBefore,
		versions,
		changes,
	] = await Promise.all([
		readDays(db, site_id, period),
		readDays(db, site_id, before),
		readHours(db, site_id, period),
		readSources(db, site_id, period),
		readSites(db, site_id, period),
		readKeys(db, site_id, period),
		readGreetings(db, site_id, period),
		readValues(db, site_id, period),
		readValues(db, site_id, before),
		isByVersion ? readVersions(db, site_id, period) : [],
		isByVersion && site_id !== ALL_SITES ? readVersionChanges(db, site_id, period) : [],
	]);
	const valuesOf = createValueLookup(values);
	const totals = days.reduce(addFigures, emptyFigures());
	return {
		period: presentPeriod(period),
		previous_period: presentPeriod(before),
		totals: presentTotals(totals, valuesOf({ kind: 'total', site: query.site })),
		previous: presentTotals(
			daysBefore.reduce(addFigures, emptyFigures()),
			createValueLookup(valuesBefore)({ kind: 'total', site: query.site }),
		),
		daily: presentDays(period, days),
		daily_previous: presentDays(before, daysBefore),
		funnel: presentFunnel(totals),
		hours: presentHours(period, hours),
		sources: sources.map(({ disqualified, lost, ...row }) => ({
			...row,
			completion_rate: shareOf(row.complete, row.sessions),
			win_rate: winRateOf({ ...row, disqualified, lost }),
			won_values: valuesOf({
				kind: 'source',
				key: row.source,
				campaign: row.campaign,
				site: query.site,
			}),
		})),
		sites: sites.map(({ failed_turns, passed, judged, disqualified, lost, ...row }) => ({
			...row,
			win_rate: winRateOf({ ...row, disqualified, lost }),
			won_values: valuesOf({ kind: 'total', site: row.site }),
			completion_rate: shareOf(row.complete, row.sessions),
			failure_rate: shareOf(failed_turns, row.turns),
			pass_rate: shareOf(passed, judged),
		})),
		...(await presentKeys(ctx, query.site, { keys, counts: totals.counts, valuesOf })),
		greetings: compareGreetings(greetings, valuesOf),
		versions: versions.map((row) => ({
			...row,
			won_values: valuesOf({ kind: 'version', key: row.version, site: row.site }),
		})),
		version_changes: changes,
	};
}

/** Returns the id under which a site's counters are stored, or that of all sites. Throws `not_found`. */
export const getSiteId = async (ctx: Ctx, key: string | undefined): Promise<number> =>
	key === undefined ? ALL_SITES : (await getSite(ctx, { key })).id;

const presentDays = (period: Period, days: Figures[]): Statistics['daily'] =>
	period.days.map(({ date }, index) => ({
		date,
		...presentFigures(days[index] ?? emptyFigures()),
	}));

/** Returns a function that finds the amounts of one row; without a `site`, of all sites together. */
function createValueLookup(rows: ValueRow[]): ValueLookup {
	return ({ kind, key = '', campaign = '', site }) =>
		rows
			.filter(
				(row) =>
					row.kind === kind &&
					row.key === key &&
					row.campaign === campaign &&
					row.site === (site ?? null),
			)
			.map(({ currency, value }) => ({ currency, value }));
}
