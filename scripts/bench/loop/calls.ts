import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { getTrial, listSitesOnTrial } from '#lib/server/ai/challengers/index.ts';
import { getTurnTrace, listSiteTurns, listTurns } from '#lib/server/ai/turns/index.ts';
import { listSessions } from '#lib/server/conversations/sessions/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { getOutcome, listLeads } from '#lib/server/leads/index.ts';
import { listChecks } from '#lib/server/quality/checks/index.ts';
import {
	countByReviewer,
	countReviews,
	listReviewItems,
} from '#lib/server/quality/reviews/index.ts';
import {
	draftCase,
	getCase,
	getCaseResult,
	getRun,
	getSuite,
	listCases,
	listRuns,
	listSuites,
} from '#lib/server/quality/suites/index.ts';
import { getStatistics } from '#lib/server/statistics/index.ts';
import { SPREAD_DAYS } from '../filled-database.ts';

export const GROUPS = [
	'cases, suites and runs',
	'review and checks',
	'challenger and versions',
	'leads by outcome',
	'turns and traces',
] as const;
export type Calls = Record<(typeof GROUPS)[number], Call[]>;
export interface Call {
	name: string;
	run(): Promise<unknown>;
}

const idRowsSchema = z.array(
	z.object({
		suite: z.coerce.number(),
		run: z.coerce.number(),
		case_id: z.coerce.number(),
		session: z.string(),
		message: z.coerce.number(),
		turn: z.string(),
		won_session: z.string(),
	}),
);

/** Creates the server calls that the pages of the improvement loop make, for one database. */
export async function createLoopCalls(ctx: Ctx): Promise<Calls> {
	const { rows } = await ctx.db.execute(sql`
		select (select max(id) from suites) as suite, (select max(id) from suite_runs) as run, (select max(case_id) from suite_cases) as case_id,
			s.public_id as session, m.id as message, m.turn_id as turn, (
				select public_id from chat_sessions where id = (
					select chat_session_id from lead_outcomes where stage = 'won' and is_current limit 1)) as won_session
		from (select * from messages where sender = 'ai' order by id limit 1) m join chat_sessions s on s.id = m.chat_session_id`);
	const [ids] = idRowsSchema.parse(rows);
	if (!ids) throw new Error('the database has no chats with messages');
	const site = 'default';
	const createCall = (name: string, run: () => Promise<unknown>): Call => ({ name, run });
	const { next_cursor } = await listCases(ctx, { limit: 50 });
	const createLeadCall = (outcome: 'won' | 'lost' | 'none', grouped = true) =>
		createCall(`leads: ${outcome}${grouped ? ', grouped' : ''}`, () =>
			listLeads(ctx, { outcome, grouped, limit: 50 }),
		);
	const createReviewCall = (
		qa_status: 'unchecked' | 'issue' | 'fixed' | 'passed',
		flagged?: boolean,
	) =>
		createCall(`review: ${qa_status}${flagged ? ', flagged' : ''}`, () =>
			listReviewItems(ctx, { qa_status, limit: 50, ...(flagged && { flagged }) }),
		);
	const from = new Date(Date.now() - (SPREAD_DAYS - 2) * 86_400_000).toISOString().slice(0, 10);
	const to = new Date().toISOString().slice(0, 10);
	return {
		'cases, suites and runs': [
			createCall('suites', () => listSuites(ctx, {})),
			createCall('suites of a site', () => listSuites(ctx, { site })),
			createCall('suite', () => getSuite(ctx, ids.suite)),
			createCall('sites with a trial', () => listSitesOnTrial(ctx)),
			createCall('runs', () => listRuns(ctx, ids.suite, { limit: 50 })),
			createCall('run', () => getRun(ctx, ids.run)),
			createCall('run without transcripts', () => getRun(ctx, ids.run, { transcripts: 'false' })),
			createCall('result', () => getCaseResult(ctx, ids.run, ids.case_id)),
			createCall('cases', () => listCases(ctx, { limit: 50 })),
			createCall('cases, second page', () =>
				listCases(ctx, { limit: 50, cursor: next_cursor ?? undefined }),
			),
			createCall('cases of a site', () => listCases(ctx, { site, limit: 50 })),
			createCall('cases of a suite', () => listCases(ctx, { suite_id: ids.suite, limit: 50 })),
			createCall('case', () => getCase(ctx, ids.case_id)),
			createCall('draft of a test case', () => draftCase(ctx, ids.session)),
		],
		'review and checks': [
			createReviewCall('unchecked'),
			createReviewCall('unchecked', true),
			createReviewCall('issue'),
			createReviewCall('fixed'),
			createReviewCall('passed'),
			createCall('review counts', () => countReviews(ctx)),
			createCall('reviewers', () => countByReviewer(ctx, {})),
			createCall('checks', () => listChecks(ctx)),
			createCall('chats with issues', () => listSessions(ctx, { qa_status: 'issue', limit: 8 })),
		],
		'challenger and versions': [
			createCall('trial', () => getTrial(ctx, site)),
			createCall('statistics by version', () =>
				getStatistics(ctx, { site, from, to, time_zone: 'Europe/Berlin', group_by: 'version' }),
			),
			createCall('statistics of all sites by version', () =>
				getStatistics(ctx, { from, to, time_zone: 'Europe/Berlin', group_by: 'version' }),
			),
		],
		'leads by outcome': [
			createLeadCall('won'),
			createLeadCall('lost'),
			createLeadCall('none'),
			createLeadCall('won', false),
			createCall('leads of a site: won', () => listLeads(ctx, { outcome: 'won', site, limit: 50 })),
			createCall('outcome', () => getOutcome(ctx, ids.won_session)),
		],
		'turns and traces': [
			createCall('turns', () => listTurns(ctx, { limit: 50 })),
			createCall('failed turns', () => listTurns(ctx, { failed: true, limit: 50 })),
			createCall('turns of a site', () => listTurns(ctx, { site, limit: 50 })),
			createCall('AIs of all sites', () => listSiteTurns(ctx)),
			createCall('trace of a message', () => getTurnTrace(ctx, { message_id: ids.message })),
			createCall('trace of a turn', () => getTurnTrace(ctx, { turn_id: ids.turn })),
		],
	};
}
