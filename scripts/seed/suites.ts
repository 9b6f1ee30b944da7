import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { CaseResultStatus } from '#lib/contract/suite.ts';
import { toCaseContent } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { runRead } from '#lib/server/core/db/reads.ts';
import { sites, suite_run_cases, suite_runs } from '#lib/server/core/db/schema/index.ts';
import { createSuite } from '#lib/server/quality/suites/index.ts';
import { insertCase } from '#lib/server/quality/suites/cases.ts';
import { toTranscript } from '#lib/server/quality/suites/judge-cases.ts';
import { draftCase, getOrigin } from '#lib/server/quality/suites/origin.ts';
import { generateAttempts, getVersion, type SeededCase } from './attempts.ts';
import { DAY, SECOND } from './calendar.ts';
import { Random } from './random.ts';
import type { Member, Team } from './team.ts';

const MAX_SITES = 2;
const MAX_CASES = 8;
const RUN_COUNT = 12;
const DAYS_BETWEEN_RUNS = 2.5;
const chatRows = z.array(z.object({ session_id: z.string(), ended_at: z.coerce.date() }));

/** Saves chats with review issues as test cases, and runs them as a suite whose results improve with each version. */
export async function createSuites(tx: Ctx, team: Team, now: Date): Promise<void> {
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
		const cases = await createIssueCases(asAdmin, site, now);
		const suite = await createSuite(asAdmin, {
			site: site.key,
			name: 'Before each release',
			case_ids: cases.map(({ testCase }) => testCase.id),
			schedule: 'weekly',
		});
		let previous: SeededRun | undefined;
		for (let index = 0; index < RUN_COUNT; index += 1) {
			const at = new Date(now.getTime() - (RUN_COUNT - index) * DAYS_BETWEEN_RUNS * DAY);
			const by = index % 3 === 0 ? undefined : team.admin;
			const run = { suite_id: suite.id, site, cases, at, index, previous, by };
			previous = await insertRun(asAdmin, run);
		}
	}
}

async function createIssueCases(
	ctx: Ctx,
	site: { id: number; key: string },
	now: Date,
): Promise<SeededCase[]> {
	const before = new Date(now.getTime() - (RUN_COUNT * DAYS_BETWEEN_RUNS + 2) * DAY);
	const { rows } = await ctx.db.execute(sql`
		select public_id as session_id, last_activity_at as ended_at from chat_sessions
		where site_id = ${site.id} and qa_status in ('issue', 'fixed') and visitor_message_count > 1
		order by last_activity_at < ${before.toISOString()}::timestamptz desc, last_activity_at desc, id desc limit ${MAX_CASES}`);
	const cases: SeededCase[] = [];
	for (const { session_id, ended_at } of chatRows.parse(rows)) {
		const at = new Date(Math.min(ended_at.getTime() + DAY, now.getTime()));
		const pastCtx: Ctx = { ...ctx, app: { ...ctx.app, clock: () => at } };
		const content = toCaseContent(await draftCase(pastCtx, session_id));
		const origin = await getOrigin(pastCtx, session_id);
		const testCase = await insertCase(pastCtx, site, content, { origin });
		const messages = await runRead(ctx.db, readMessages({ id: origin.id, session_id }));
		const transcript = toTranscript(messages);
		const answers = Array.from({ length: testCase.lines.length + 1 }, (_, line) =>
			transcript
				.filter((message) => message.line === line && message.sender === 'ai')
				.map(({ message }) => message)
				.join('\n\n'),
		);
		cases.push({ testCase, answers: await origin.details.replaceAll(answers) });
	}
	return cases;
}

interface SeededRun {
	id: number;
	statuses: CaseResultStatus[];
}
interface NewRun {
	suite_id: number;
	site: typeof sites.$inferSelect;
	cases: SeededCase[];
	at: Date;
	index: number;
	previous: SeededRun | undefined;
	/** The user who started the run; undefined if its schedule did. */
	by: Member | undefined;
}

/** Picks the results of a run: later runs pass more cases, but the last one breaks a case that had passed. */
function pickStatuses(random: Random, count: number, run: number): CaseResultStatus[] {
	const share = 0.45 + (0.5 * run) / RUN_COUNT;
	return Array.from({ length: count }, (_, index) => {
		const isBroken = run === RUN_COUNT - 1 && index === 1;
		if (isBroken || index / count >= share) return 'failed';
		return random.chance(0.08) ? 'flaky' : 'passed';
	});
}

/** Inserts a finished run, and returns it. */
async function insertRun(
	ctx: Ctx,
	{ suite_id, site, cases, at, index, previous, by }: NewRun,
): Promise<SeededRun> {
	const random = new Random(`suite ${suite_id} run ${index}`);
	const statuses = pickStatuses(random, cases.length, index);
	const countStatus = (status: string) =>
		statuses.filter((runStatus) => runStatus === status).length;
	const [passed, flaky, failed] = [
		countStatus('passed'),
		countStatus('flaky'),
		countStatus('failed'),
	];
	const listChanged = (from: 'failed' | 'passed', to: 'failed' | 'passed') => {
		const hasResult = (status: CaseResultStatus | undefined, expected: 'failed' | 'passed') =>
			status !== undefined && (status === 'failed') === (expected === 'failed');
		return cases.flatMap(({ testCase }, index) =>
			hasResult(previous?.statuses[index], from) && hasResult(statuses[index], to)
				? [testCase.id]
				: [],
		);
	};
	const finished_at = new Date(at.getTime() + cases.length * 9 * SECOND);
	const [row] = await ctx.db
		.insert(suite_runs)
		.values({
			suite_id,
			site_id: site.id,
			connector: site.connector,
			...(by
				? { trigger: 'user' as const, user_id: by.id, started_by: by.name }
				: { trigger: 'schedule' as const, started_by: 'Schedule' }),
			status: failed > 0 ? 'failed' : 'passed',
			version: getVersion(index / RUN_COUNT),
			total: cases.length,
			passed,
			failed,
			flaky,
			pass_rate: Math.round((1_000 * (passed + flaky)) / Math.max(1, cases.length)) / 10,
			newly_failed: listChanged('passed', 'failed'),
			newly_passed: listChanged('failed', 'passed'),
			previous_id: previous?.id,
			created_at: at,
			started_at: at,
			finished_at,
		})
		.returning({ id: suite_runs.id });
	if (!row) throw new Error('an inserted run was not returned');
	for (const [position, seededCase] of cases.entries()) {
		const status = statuses[position] ?? 'passed';
		await ctx.db.insert(suite_run_cases).values({
			...toCaseContent(seededCase.testCase),
			title: seededCase.testCase.title,
			run_id: row.id,
			case_id: seededCase.testCase.id,
			position: position + 1,
			status,
			attempts: await generateAttempts(seededCase, status, {
				at,
				version: getVersion(index / RUN_COUNT),
				random,
			}),
			start_count: 1,
			started_at: at,
			finished_at,
		});
	}
	return { id: row.id, statuses };
}
