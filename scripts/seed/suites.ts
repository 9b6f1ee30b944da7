import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { CaseAttempt, RunMessage } from '#lib/contract/suite.ts';
import { toCaseContent, type TestCase } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, suite_run_cases, suite_runs } from '#lib/server/core/db/schema/index.ts';
import { createSuite } from '#lib/server/quality/suites/index.ts';
import { insertCase } from '#lib/server/quality/suites/cases.ts';
import { draftCase, findOrigin } from '#lib/server/quality/suites/origin.ts';
import { DAY, SECOND } from './calendar.ts';
import { Random } from './random.ts';
import type { Team } from './team.ts';

const MAX_SITES = 2;
const MAX_CASES = 8;
const RUN_COUNT = 12;
const VERSIONS = ['autumn-1', 'autumn-2', 'autumn-3'];
const ANSWERS = [
	'Thank you. Which part of the work is most urgent for you?',
	'Understood. Could you tell me your budget?',
	'Thanks, I noted that. When would you like to start?',
	'Perfect, we will be in touch within 24 hours.',
];
const chatRows = z.array(z.object({ session_id: z.string() }));

/** Saves chats with review issues as test cases, and runs them as a suite whose pass rate rises with each version. */
export async function makeSuites(tx: Ctx, team: Team, now: Date): Promise<void> {
	const asAdmin: Ctx = {
		...tx,
		actor: { ...team.admin, type: 'user', email: '', role: 'admin', confirmed_at: now },
	};
	const { rows } = await tx.db.execute(sql`
		select site_id as id from chat_sessions where qa_status in ('issue', 'fixed') and visitor_message_count > 1
		group by site_id order by count(*) desc, site_id limit ${MAX_SITES}`);
	for (const { id } of z.array(z.object({ id: z.coerce.number() })).parse(rows)) {
		const [site] = await tx.db.select().from(sites).where(eq(sites.id, id));
		if (!site) continue;
		const testCases = await createIssueCases(asAdmin, site);
		const case_ids = testCases.map((testCase) => testCase.id);
		const input = {
			site: site.key,
			name: 'Before each release',
			case_ids,
			schedule: 'weekly' as const,
		};
		const suite = await createSuite(asAdmin, input);
		const random = new Random(`suite ${suite.id}`);
		for (let run = 0; run < RUN_COUNT; run += 1) {
			const at = new Date(now.getTime() - (RUN_COUNT - run) * 2.5 * DAY);
			await insertRun(asAdmin, { suite_id: suite.id, site, testCases, at, run, random });
		}
	}
}

async function createIssueCases(ctx: Ctx, site: { id: number; key: string }): Promise<TestCase[]> {
	const { rows } = await ctx.db.execute(sql`
		select public_id as session_id from chat_sessions
		where site_id = ${site.id} and qa_status in ('issue', 'fixed') and visitor_message_count > 1
		order by last_activity_at desc, id desc limit ${MAX_CASES}`);
	const testCases: TestCase[] = [];
	for (const { session_id } of chatRows.parse(rows)) {
		const content = toCaseContent(await draftCase(ctx, session_id));
		testCases.push(
			await insertCase(ctx, site, content, { origin: await findOrigin(ctx, session_id) }),
		);
	}
	return testCases;
}

interface SeededRun {
	suite_id: number;
	site: typeof sites.$inferSelect;
	testCases: TestCase[];
	at: Date;
	run: number;
	random: Random;
}

/** Inserts a finished run: later versions pass more cases. */
async function insertRun(
	ctx: Ctx,
	{ suite_id, site, testCases, at, run, random }: SeededRun,
): Promise<void> {
	const version = VERSIONS[Math.floor((run * VERSIONS.length) / RUN_COUNT)] ?? null;
	const share = 0.45 + (0.5 * run) / RUN_COUNT;
	const pickStatus = (index: number) => {
		if (index / testCases.length >= share) return 'failed' as const;
		return random.chance(0.08) ? ('flaky' as const) : ('passed' as const);
	};
	const statuses = testCases.map((_, index) => pickStatus(index));
	const count = (status: string) => statuses.filter((each) => each === status).length;
	const [passed, flaky, failed] = [count('passed'), count('flaky'), count('failed')];
	const finished_at = new Date(at.getTime() + testCases.length * 9 * SECOND);
	const [row] = await ctx.db
		.insert(suite_runs)
		.values({
			suite_id,
			site_id: site.id,
			connector: site.connector,
			trigger: 'schedule',
			started_by: 'Schedule',
			status: failed > 0 ? 'failed' : 'passed',
			...{ version, total: testCases.length, passed, failed, flaky },
			pass_rate: Math.round((1_000 * (passed + flaky)) / testCases.length) / 10,
			created_at: at,
			started_at: at,
			finished_at,
		})
		.returning({ id: suite_runs.id });
	if (!row) return;
	await ctx.db.insert(suite_run_cases).values(
		testCases.map((testCase, index) => ({
			...toCaseContent(testCase),
			title: testCase.title,
			run_id: row.id,
			case_id: testCase.id,
			position: index + 1,
			status: statuses[index] ?? 'passed',
			attempts: generateAttempts(testCases[index], statuses[index], { at, run, random }),
			start_count: 1,
			started_at: at,
			finished_at,
		})),
	);
}

function generateAttempts(
	testCase: TestCase | undefined,
	status: string | undefined,
	{ at, run, random }: Pick<SeededRun, 'at' | 'run' | 'random'>,
): CaseAttempt[] {
	if (!testCase) return [];
	const createAttempt = (ok: boolean): CaseAttempt => ({
		ok,
		checks: testCase.checks.map(({ type }, index) => ({
			type,
			ok: ok || index > 0,
			detail: ok || index > 0 ? 'As expected.' : 'The AI failed to answer message 1: timeout.',
		})),
		transcript: generateTranscript(testCase, at, run),
		lead: {},
		is_complete: ok,
		ai_ms: Math.round(random.around(testCase.lines.length * 1_400)),
		error: null,
	});
	if (status === 'passed') return [createAttempt(true)];
	if (status === 'flaky') return [createAttempt(false), createAttempt(true)];
	return [createAttempt(false), createAttempt(false), createAttempt(false)];
}

const generateTranscript = ({ lines }: TestCase, at: Date, run: number): RunMessage[] =>
	lines.flatMap((message, index) => {
		const timestamp = new Date(at.getTime() + index * 4 * SECOND).toISOString();
		const base = { timestamp, line: index + 1, is_fallback: false };
		const answer = ANSWERS[(index + Math.floor(run / 4)) % ANSWERS.length] ?? '';
		return [
			{ ...base, sender: 'visitor' as const, message, ms: null },
			{ ...base, sender: 'ai' as const, message: answer, ms: 1_200 + 150 * index },
		];
	});
