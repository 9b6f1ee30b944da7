import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
	issueReplayInput,
	type SuiteRun,
	type SuiteRunInput,
	suiteRunInput,
	type SuiteRunTrigger,
} from '#lib/contract/suite.ts';
import { toCaseContent, MAX_SUITE_CASES } from '#lib/contract/test-case.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	challengers,
	type ConnectorSettings,
	suite_runs,
	suites,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireTeam } from '#lib/server/core/permissions.ts';
import { getSite, sealConnector } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { insertCase, getActorName } from './cases.ts';
import { draftCase, getOrigin } from './origin.ts';
import { readRun } from './run-rows.ts';
import { getNextRunTime } from './suites.ts';

/**
 * Starts a run of a suite's cases, as they are now, against the site's AI, its challenger or another webhook. Needs
 * `quality:write`; only admins and API keys may name another webhook. Throws `not_found`, `invalid` for a suite without cases, and
 * `conflict` while 20 runs of its site have not ended, or without a challenger on trial.
 */
export async function startRun(
	ctx: Ctx,
	suiteId: number,
	input: SuiteRunInput = {},
): Promise<SuiteRun> {
	requireTeam(ctx, 'quality:write');
	const { connector, arm } = parse(suiteRunInput, input);
	if (connector && ctx.actor.type === 'user') requireAdmin(ctx);
	const candidate =
		connector &&
		sealConnector(
			ctx,
			{ ...connector, auth_header: connector.auth_header ?? null },
			{ type: 'scripted' },
		);
	const trigger = ctx.actor.type === 'api_key' ? 'api' : 'user';
	return inTransaction(ctx, async (tx) => {
		await requireRunCapacity(tx, sql`(select site_id from suites where id = ${suiteId})`);
		return createRun(tx, suiteId, { trigger, connector: candidate, arm });
	});
}

/** The maximum number of unfinished runs per site, since each stores a copy of its cases. Scheduled runs wait for the previous one. */
const MAX_OPEN_RUNS = 20;

/** Locks the site's row until the transaction ends, so that parallel starts can't exceed the maximum. Throws `conflict`. */
async function requireRunCapacity(tx: Ctx, siteId: SQL): Promise<void> {
	await tx.db.execute(sql`select from sites where id = ${siteId} for no key update`);
	const { rows } = await tx.db.execute(sql`
		select count(*)::int as count from suite_runs where site_id = ${siteId} and finished_at is null`);
	if (Number(rows[0]?.['count']) < MAX_OPEN_RUNS) return;
	throw conflict(`${MAX_OPEN_RUNS} runs of this site have not ended: wait for one, or cancel one`);
}

interface NewRun {
	trigger: SuiteRunTrigger;
	/** The settings to test in place of the site's AI. */
	connector?: ConnectorSettings | undefined;
	arm?: 'champion' | 'challenger' | undefined;
}

/** Starts a run against the site's AI, its challenger or the given settings. Doesn't check permissions. Throws like `startRun`. */
async function createRun(
	ctx: Ctx,
	suiteId: number,
	{ trigger, connector, arm }: NewRun,
): Promise<SuiteRun> {
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(
			sql`select site_id, name from suites where id = ${suiteId} for no key update`,
		);
		const [suite] = z.array(z.object({ site_id: z.coerce.number(), name: z.string() })).parse(rows);
		if (!suite) throw notFound(`suite ${suiteId}`);
		const site = await getSite(tx, { id: suite.site_id });
		const challenger = arm === 'challenger' ? await getChallenger(tx, site.id) : undefined;
		const now = tx.app.clock();
		const [run] = await tx.db
			.insert(suite_runs)
			.values({
				suite_id: suiteId,
				site_id: site.id,
				connector: connector ?? challenger?.connector ?? site.connector,
				is_candidate: connector !== undefined,
				challenger_id: challenger?.id,
				trigger,
				user_id: tx.actor.type === 'user' ? tx.actor.id : null,
				started_by: trigger === 'schedule' ? 'Schedule' : getActorName(tx.actor),
				total: 0,
				created_at: now,
			})
			.returning({ id: suite_runs.id });
		if (!run) throw new Error('an inserted suite run was not returned');
		const { rowCount } = await tx.db.execute(sql`
			with copied as (
				insert into suite_run_cases (run_id, case_id, source_id, position, title, lines, context, checks, expected, expected_line)
				select ${run.id}::bigint, c.id, c.source_id, row_number() over (order by member.position, c.id), c.title, c.lines,
					c.context, c.checks, c.expected, c.expected_line
				from suite_cases member join cases c on c.id = member.case_id where member.suite_id = ${suiteId}
				returning row(lines, context, checks, expected, expected_line)::text as content
			)
			update suite_runs set total = copied.count, content_digest = copied.digest from (
				select count(*)::int as count, encode(sha256(convert_to(string_agg(content, '' order by content), 'UTF8')), 'hex') as digest
				from copied
			) copied where id = ${run.id} and copied.count > 0`);
		if (!rowCount)
			throw new AppError(
				'invalid',
				'this suite has no test cases: save a chat as a test case first',
			);
		const target = { type: 'suite', id: suiteId, name: suite.name };
		await audit(tx, { action: 'suite_run.started', target, detail: { run: run.id } });
		const startedRun = await readRun(tx, run.id);
		await record(tx, 'suite_run.started', { suite_run: startedRun });
		await record(tx, 'suite_run.due', {});
		return startedRun;
	});
}

async function getChallenger(tx: Ctx, siteId: number) {
	const [challenger] = await tx.db
		.select({ id: challengers.id, connector: challengers.connector })
		.from(challengers)
		.where(and(eq(challengers.site_id, siteId), isNull(challengers.ended_at)));
	if (!challenger) throw conflict('no challenger is on trial');
	return challenger;
}

const dueSuitesSchema = z.array(
	z.object({ id: z.coerce.number(), schedule: z.enum(['hourly', 'daily', 'weekly']) }),
);

/** Starts the scheduled runs that are due. A suite that is still running is skipped until its next time. */
export async function startScheduledRuns(ctx: Ctx): Promise<number> {
	const now = ctx.app.clock();
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			select id, schedule from suites where next_run_at <= ${now.toISOString()}::timestamptz
			order by next_run_at limit 20 for no key update skip locked`);
		let startedCount = 0;
		for (const { id, schedule } of dueSuitesSchema.parse(rows)) {
			await tx.db
				.update(suites)
				.set({ next_run_at: getNextRunTime(schedule, now) })
				.where(sql`id = ${id}`);
			const { rows: readyRows } = await tx.db.execute(sql`
				select from sites site where site.id = (select site_id from suites where id = ${id}) and site.archived_at is null
					and exists (select from suite_cases where suite_id = ${id})
					and not exists (select from suite_runs where suite_id = ${id} and finished_at is null)`);
			if (readyRows.length === 0) continue;
			await createRun(tx, id, { trigger: 'schedule' });
			startedCount += 1;
		}
		return startedCount;
	});
}

/** The maximum number of chats that one run replays, most recent activity first. */
const MAX_ISSUES = 200;

/**
 * Replays all chats of a site that have an open review issue, as a run of the suite "Open issues". Creates test cases for
 * chats that have none. Needs `quality:write` and `sessions:read`. Throws `not_found`, `invalid` without open issues, and `conflict`
 * like `startRun`.
 */
export async function replayIssues(
	ctx: Ctx,
	input: z.input<typeof issueReplayInput>,
): Promise<SuiteRun> {
	requireTeam(ctx, 'quality:write');
	const { site: key } = parse(issueReplayInput, input);
	return inTransaction(ctx, async (tx) => {
		const site = await getSite(tx, { key });
		await requireRunCapacity(tx, sql`${site.id}`);
		const { rows } = await tx.db.execute(sql`
			select s.public_id as session_id, (select id from cases where source_id = s.id order by id limit 1) as case_id
			from chat_sessions s where s.site_id = ${site.id} and s.qa_status = 'issue' and s.qa_status <> 'unchecked'
				and s.channel <> 'test' and s.visitor_message_count > 0
			order by s.last_activity_at desc, s.id desc limit ${MAX_ISSUES}`);
		const openChats = z
			.array(z.object({ session_id: z.string(), case_id: z.coerce.number().nullable() }))
			.parse(rows);
		if (openChats.length === 0)
			throw new AppError('invalid', 'this site has no chats with open issues');
		const caseIds: number[] = [];
		for (const { session_id, case_id } of openChats) {
			caseIds.push(case_id ?? (await createIssueCase(tx, site, session_id)));
		}
		const { rows: suiteRows } = await tx.db.execute(sql`
			insert into suites (site_id, name, is_of_issues, created_at)
			values (${site.id}, 'Open issues', true, ${tx.app.clock().toISOString()}::timestamptz)
			on conflict (site_id) where is_of_issues do update set name = suites.name returning id`);
		const [{ id }] = z.tuple([z.object({ id: z.coerce.number() })]).parse(suiteRows);
		await tx.db.execute(sql`delete from suite_cases where suite_id = ${id}`);
		await tx.db.execute(sql`
			insert into suite_cases (suite_id, case_id, position)
			select ${id}::bigint, given.id, given.ord
			from unnest(${sql.param(caseIds.slice(0, MAX_SUITE_CASES))}::bigint[]) with ordinality as given (id, ord)`);
		await record(tx, 'suite.changed', { suite_id: id, site: key });
		return createRun(tx, id, { trigger: tx.actor.type === 'api_key' ? 'api' : 'user' });
	});
}

async function createIssueCase(
	tx: Ctx,
	site: { id: number; key: string },
	sessionId: string,
): Promise<number> {
	const content = toCaseContent(await draftCase(tx, sessionId));
	const origin = await getOrigin(tx, sessionId);
	return (await insertCase(tx, site, content, { origin })).id;
}
