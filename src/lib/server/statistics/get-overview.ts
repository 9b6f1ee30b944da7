import { overviewQuery, type Overview, type OverviewQuery } from '#lib/contract/overview.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { parse } from '../core/parse.ts';
import { readAttention } from './attention.ts';
import { presentFigures } from './figures.ts';
import { foldStatistics } from './fold.ts';
import { FOLD_PAGES, siteOf } from './get.ts';
import { makePeriod, shift } from './period.ts';
import { addFigures, noFigures, readDays, type Figures } from './read-times.ts';
import { addDays, dayOf, startOfDay } from './time-zone.ts';

const TREND_DAYS = 14;
const MINUTE_MS = 60_000;

/**
 * Today in a time zone, each against the same time of the day yesterday and a week ago (to the quarter of an hour), what
 * goes on now, and what needs attention. Throws NotFound for an unknown site.
 */
export async function getOverview(ctx: Ctx, input: OverviewQuery = {}): Promise<Overview> {
	requireTeam(ctx, 'stats:read');
	const { time_zone: zone, site } = parse(overviewQuery, input);
	const site_id = await siteOf(ctx, site);
	await foldStatistics(ctx, { mostPages: FOLD_PAGES });
	const now = ctx.app.clock().getTime();
	const today = dayOf(zone, now);
	const until = (days: number) => {
		const from = startOfDay(zone, addDays(today, days));
		// At least the first quarter of an hour: a period is never empty.
		return makePeriod(zone, from, Math.max(shift(zone, now, days), from + MINUTE_MS));
	};
	const sum = async (days: number) =>
		(await readDays(ctx.db, site_id, until(days))).reduce(addFigures, noFigures());
	const trend = makePeriod(zone, startOfDay(zone, addDays(today, 1 - TREND_DAYS)), now + MINUTE_MS);
	const [present, yesterday, lastWeek, days, attention] = await Promise.all([
		sum(0),
		sum(-1),
		sum(-7),
		readDays(ctx.db, site_id, trend),
		readAttention(ctx, site_id, now),
	]);
	return {
		as_of: new Date(now).toISOString(),
		today: soFar(present),
		yesterday: soFar(yesterday),
		last_week: soFar(lastWeek),
		trend: trend.days.map(({ date }, index) => {
			const { sessions = 0, complete = 0, leads = 0 } = days[index]?.counts ?? {};
			return { date, sessions, complete, leads };
		}),
		...attention,
	};
}

function soFar(figures: Figures): Overview['today'] {
	const { sessions, ai_engaged, complete, leads, completion_rate, answer_ms_p50 } =
		presentFigures(figures);
	return { sessions, ai_engaged, complete, leads, completion_rate, answer_ms_p50 };
}
