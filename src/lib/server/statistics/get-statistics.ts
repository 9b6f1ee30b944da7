import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import {
	statisticsQuery,
	type Statistics,
	type StatisticsQuery,
} from '#lib/contract/statistics.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { type Read, readFromReplica, runReads } from '../core/db/reads.ts';
import { notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { getPeriods, presentPeriod, type Period } from './period.ts';
import {
	presentFigures,
	presentFunnel,
	presentHours,
	presentTotals,
	getShare,
	getWinRate,
} from './present.ts';
import { compareGreetings, presentKeys, readLabels, type ValueLookup } from './present-keys.ts';
import {
	addFigures,
	createFigures,
	readDays,
	readGreetings,
	readHours,
	readKeys,
	readSites,
	readSources,
	readValues,
	toScope,
	type Figures,
	type ValueRow,
} from './read-counters.ts';
import { readVersionChanges, readVersions, resolveChangeTimes } from './versions.ts';

/**
 * Returns the statistics of a period. Every figure counts the chat sessions that started in it, without test chats. Changes
 * are included once the job has folded them, within about a second; `statistics.updated` announces that. Throws `invalid` for
 * an empty or too long period, and `not_found` for an unknown site.
 */
export async function getStatistics(ctx: Ctx, input: StatisticsQuery = {}): Promise<Statistics> {
	requireTeam(ctx, 'stats:read');
	const query = parse(statisticsQuery, input);
	return readFromReplica(ctx, (replica) => readStatistics(replica, query));
}

async function readStatistics(
	ctx: Ctx,
	query: z.output<typeof statisticsQuery>,
): Promise<Statistics> {
	const { period, before: previousPeriod } = getPeriods(query, ctx.app.clock().getTime());
	const scope = toScope(query.site);
	const isByVersion = query.group_by === 'version';
	const results = await runReads(ctx.db, {
		days: readDays(scope, period),
		daysBefore: readDays(scope, previousPeriod),
		hours: readHours(scope, period),
		sources: readSources(scope, period),
		sites: readSites(scope, period),
		keys: readKeys(scope, period),
		labels: readLabels(scope),
		greetings: readGreetings(scope, period),
		values: readValues(scope, period),
		valuesBefore: readValues(scope, previousPeriod),
		versions: isByVersion ? readVersions(scope, period) : NO_ROWS,
		changes: isByVersion && !scope.isAll ? readVersionChanges(scope, period) : NO_ROWS,
	});
	const { days, daysBefore, labels, values, valuesBefore } = results;
	if (!labels) throw createUnknownSiteError(query.site);
	const findValues = createValueLookup(values);
	const totals = days.reduce(addFigures, createFigures());
	return {
		period: presentPeriod(period),
		previous_period: presentPeriod(previousPeriod),
		totals: presentTotals(totals, findValues({ kind: 'total', site: query.site })),
		previous: presentTotals(
			daysBefore.reduce(addFigures, createFigures()),
			createValueLookup(valuesBefore)({ kind: 'total', site: query.site }),
		),
		daily: presentDays(period, days),
		daily_previous: presentDays(previousPeriod, daysBefore),
		funnel: presentFunnel(totals),
		hours: presentHours(period, results.hours),
		sources: results.sources.map(({ disqualified, lost, ...row }) => ({
			...row,
			completion_rate: getShare(row.complete, row.sessions),
			win_rate: getWinRate({ ...row, disqualified, lost }),
			won_values: findValues({
				kind: 'source',
				key: row.source,
				campaign: row.campaign,
				site: query.site,
			}),
		})),
		sites: results.sites.map(({ failed_turns, passed, judged, disqualified, lost, ...row }) => ({
			...row,
			win_rate: getWinRate({ ...row, disqualified, lost }),
			won_values: findValues({ kind: 'total', site: row.site }),
			completion_rate: getShare(row.complete, row.sessions),
			failure_rate: getShare(failed_turns, row.turns),
			pass_rate: getShare(passed, judged),
		})),
		...presentKeys(query.site, { ...results, labels, counts: totals.counts, findValues }),
		greetings: compareGreetings(results.greetings, findValues),
		versions: results.versions.map((row) => ({
			...row,
			won_values: findValues({ kind: 'version', key: row.version, site: row.site }),
		})),
		version_changes: await resolveChangeTimes(ctx.db, scope, period, results.changes),
	};
}

const NO_ROWS: Read<never[]> = { query: sql`select where false`, parse: () => [] };

export const createUnknownSiteError = (key = '') => notFound(`a site with the key "${key}"`);

const presentDays = (period: Period, days: Figures[]): Statistics['daily'] =>
	period.days.map(({ date }, index) => ({
		date,
		...presentFigures(days[index] ?? createFigures()),
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
