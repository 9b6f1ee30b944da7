import {
	statisticsQuery,
	type Statistics,
	type StatisticsQuery,
} from '#lib/contract/statistics.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { parse } from '../core/parse.ts';
import { getSite } from '../sites/index.ts';
import { ALL_SITES } from './counters.ts';
import { presentFigures, presentTotals, shareOf } from './figures.ts';
import { foldStatistics } from './fold.ts';
import { periodsOf, presentPeriod, type Period } from './period.ts';
import { presentFunnel, presentHours } from './present-charts.ts';
import { presentKeys } from './present-keys.ts';
import { readGreetings, readHours, readKeys, readSites, readSources } from './read-sections.ts';
import { addFigures, noFigures, readDays, type Figures } from './read-times.ts';
import { judgeGreetings } from './wilson.ts';

/** What is folded before an answer: more than that is the job's, and the answer is a moment old then. */
export const FOLD_PAGES = 4;

/**
 * The statistics of a period: every number is of the chat sessions that began in it, test chats excluded. Throws
 * Invalid for a period that is none or too long, and NotFound for an unknown site.
 */
export async function getStatistics(ctx: Ctx, input: StatisticsQuery = {}): Promise<Statistics> {
	requireTeam(ctx, 'stats:read');
	const query = parse(statisticsQuery, input);
	const { period, before } = periodsOf(query, ctx.app.clock().getTime());
	const site_id = await siteOf(ctx, query.site);
	await foldStatistics(ctx, { mostPages: FOLD_PAGES });
	const { db } = ctx;
	const [days, daysBefore, hours, sources, sites, keys, greetings] = await Promise.all([
		readDays(db, site_id, period),
		readDays(db, site_id, before),
		readHours(db, site_id, period),
		readSources(db, site_id, period),
		readSites(db, site_id, period),
		readKeys(db, site_id, period),
		readGreetings(db, site_id, period),
	]);
	const totals = days.reduce(addFigures, noFigures());
	return {
		period: presentPeriod(period),
		previous_period: presentPeriod(before),
		totals: presentTotals(totals),
		previous: presentTotals(daysBefore.reduce(addFigures, noFigures())),
		daily: presentDays(period, days),
		daily_previous: presentDays(before, daysBefore),
		funnel: presentFunnel(totals),
		hours: presentHours(period, hours),
		sources: sources.map((row) => ({
			...row,
			completion_rate: shareOf(row.complete, row.sessions),
		})),
		sites: sites.map(({ failed_turns, passed, judged, ...row }) => ({
			...row,
			completion_rate: shareOf(row.complete, row.sessions),
			failure_rate: shareOf(failed_turns, row.turns),
			pass_rate: shareOf(passed, judged),
		})),
		...(await presentKeys(ctx, query.site, keys, totals.counts)),
		greetings: judgeGreetings(greetings),
	};
}

/** The row id of the site whose counters are asked for; throws NotFound. */
export const siteOf = async (ctx: Ctx, key: string | undefined): Promise<number> =>
	key === undefined ? ALL_SITES : (await getSite(ctx, { key })).id;

const presentDays = (period: Period, days: Figures[]): Statistics['daily'] =>
	period.days.map(({ date }, index) => ({
		date,
		...presentFigures(days[index] ?? noFigures()),
	}));
