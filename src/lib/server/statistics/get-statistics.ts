import { sql } from 'drizzle-orm';
import {
	statisticsQuery,
	type Statistics,
	type StatisticsQuery,
} from '#lib/contract/statistics.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { type Read, runReads } from '../core/db/reads.ts';
import { notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { periodsOf, presentPeriod, type Period } from './period.ts';
import {
	presentFigures,
	presentFunnel,
	presentHours,
	presentTotals,
	shareOf,
	winRateOf,
} from './present.ts';
import { compareGreetings, presentKeys, readLabels, type ValueLookup } from './present-keys.ts';
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
	scopeOf,
	type Figures,
	type ValueRow,
} from './read-counters.ts';
import { readVersionChanges, readVersions, timeVersionChanges } from './versions.ts';

/**
 * Returns the statistics of a period. Every figure counts the chat sessions that started in it, without test chats. Changes
 * count once the job has folded them, within about a second; `statistics.updated` announces that. Throws `invalid` for an
 * empty or too long period, and `not_found` for an unknown site.
 */
export async function getStatistics(ctx: Ctx, input: StatisticsQuery = {}): Promise<Statistics> {
	requireTeam(ctx, 'stats:read');
	const query = parse(statisticsQuery, input);
	const { period, before } = periodsOf(query, ctx.app.clock().getTime());
	const scope = scopeOf(query.site);
	const isByVersion = query.group_by === 'version';
	const read = await runReads(ctx.db, {
		days: readDays(scope, period),
		daysBefore: readDays(scope, before),
		hours: readHours(scope, period),
		sources: readSources(scope, period),
		sites: readSites(scope, period),
		keys: readKeys(scope, period),
		labels: readLabels(scope),
		greetings: readGreetings(scope, period),
		values: readValues(scope, period),
		valuesBefore: readValues(scope, before),
		versions: isByVersion ? readVersions(scope, period) : NO_ROWS,
		changes: isByVersion && !scope.isAll ? readVersionChanges(scope, period) : NO_ROWS,
	});
	const { days, daysBefore, labels, values, valuesBefore } = read;
	if (!labels) throw unknownSite(query.site);
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
		hours: presentHours(period, read.hours),
		sources: read.sources.map(({ disqualified, lost, ...row }) => ({
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
		sites: read.sites.map(({ failed_turns, passed, judged, disqualified, lost, ...row }) => ({
			...row,
			win_rate: winRateOf({ ...row, disqualified, lost }),
			won_values: valuesOf({ kind: 'total', site: row.site }),
			completion_rate: shareOf(row.complete, row.sessions),
			failure_rate: shareOf(failed_turns, row.turns),
			pass_rate: shareOf(passed, judged),
		})),
		...presentKeys(query.site, { ...read, labels, counts: totals.counts, valuesOf }),
		greetings: compareGreetings(read.greetings, valuesOf),
		versions: read.versions.map((row) => ({
			...row,
			won_values: valuesOf({ kind: 'version', key: row.version, site: row.site }),
		})),
		version_changes: await timeVersionChanges(ctx.db, scope, period, read.changes),
	};
}

const NO_ROWS: Read<never[]> = { query: sql`select where false`, parse: () => [] };

export const unknownSite = (key = '') => notFound(`a site with the key "${key}"`);

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
