import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Page, pageQuery } from '#lib/contract/common.ts';
import {
	caseAttempt,
	type CaseResult,
	type CaseResultDetail,
	caseResultStatus,
	type RunMessage,
	type SuiteRun,
	type SuiteRunDetail,
	suiteRunQuery,
} from '#lib/contract/suite.ts';
import { caseContext } from '#lib/contract/test-case.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, runRead, runReads } from '#lib/server/core/db/reads.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { judgeAnsweredCases, toTranscript } from './judge-cases.ts';
import { startQueuedCases } from './run-cases.ts';
import { readRuns } from './run-rows.ts';
import { startScheduledRuns } from './start-run.ts';

/** Returns a page of a suite's runs, newest first. Needs `quality:read`. */
export async function listRuns(
	ctx: Ctx,
	suiteId: number,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<SuiteRun>> {
	requireTeam(ctx, 'quality:read');
	const { limit, cursor } = parse(pageQuery, input);
	const cursorCondition = cursor ? sql`r.id < ${decodeCursor(cursor).id}` : sql`true`;
	const rows = await runRead(
		ctx.db,
		readRuns(sql`r.suite_id = ${suiteId} and ${cursorCondition}`, limit + 1),
	);
	return toPage(rows, limit, (run) => run.created_at);
}

const comparisonRows = z.array(
	z.object({
		id: z.coerce.number(),
		pass_rate: z.number(),
		total: z.number(),
		passed: z.number(),
		version: z.string().nullable(),
	}),
);
const COMPARISON_COLUMNS = sql`id, pass_rate, total, passed + flaky as passed, version`;
const readComparison = (
	query: ReturnType<typeof sql>,
): Read<z.infer<typeof comparisonRows>[number] | null> => ({
	query,
	parse: (rows) => comparisonRows.parse(rows)[0] ?? null,
});

/** Returns a run with its results, most important first. Needs `quality:read`. Throws `not_found`. */
export async function getRun(
	ctx: Ctx,
	id: number,
	input: z.input<typeof suiteRunQuery> = {},
): Promise<SuiteRunDetail> {
	requireTeam(ctx, 'quality:read');
	const includesTranscripts = parse(suiteRunQuery, input).transcripts === 'true';
	const suiteCondition = sql`suite_id = (select suite_id from suite_runs where id = ${id})`;
	const { run, previous, best, results } = await runReads(ctx.db, {
		run: readRuns(sql`r.id = ${id}`, 1),
		previous: readComparison(sql`
			select ${COMPARISON_COLUMNS} from suite_runs where ${suiteCondition} and id < ${id} and pass_rate is not null
			order by id desc limit 1`),
		best: readComparison(sql`
			select ${COMPARISON_COLUMNS} from suite_runs where ${suiteCondition} and id < ${id} and pass_rate is not null
			order by pass_rate desc, id desc limit 1`),
		results: readResults(sql`c.run_id = ${id}`, includesTranscripts),
	});
	const [suiteRun] = run;
	if (!suiteRun) throw notFound(`suite run ${id}`);
	return { ...suiteRun, previous, best, results: sortResults(results, suiteRun) };
}

/** Sorts results: newly failed, other failures, newly passed, flaky, running, then the rest, each in the suite's order. */
function sortResults(
	results: CaseResult[],
	{ newly_failed, newly_passed }: SuiteRun,
): CaseResult[] {
	const [newlyFailedIds, newlyPassedIds] = [new Set(newly_failed), new Set(newly_passed)];
	const rank = ({ case_id, status }: CaseResult) => {
		if (newlyFailedIds.has(case_id)) return 0;
		if (status === 'failed' || status === 'error') return 1;
		if (newlyPassedIds.has(case_id)) return 2;
		if (status === 'flaky') return 3;
		return status === 'running' ? 4 : 5;
	};
	return results.toSorted((a, b) => rank(a) - rank(b));
}

const resultRow = z.object({
	case_id: z.coerce.number(),
	title: z.string(),
	status: caseResultStatus,
	attempts: z.number(),
	shown: caseAttempt.partial({ transcript: true }).nullable(),
	session_id: z.string().nullable(),
});

/** The attempt that a result shows: the latest failure, else the latest attempt. */
const SHOWN_ATTEMPT = sql`(select attempt.value from jsonb_array_elements(c.attempts) with ordinality as attempt (value, number)
	order by (attempt.value -> 'ok')::boolean, attempt.number desc limit 1)`;

/** The maximum length of a run's transcripts together, because 1,000 long cases would not fit into memory. `getCaseResult` returns full transcripts. */
const MAX_TRANSCRIPTS_LENGTH = 8_000_000;

const readResults = (
	where: ReturnType<typeof sql>,
	includesTranscripts: boolean,
): Read<CaseResult[]> => ({
	query: sql`
		select c.case_id, c.title, c.status, jsonb_array_length(c.attempts) as attempts, s.public_id as session_id,
			case when ${includesTranscripts} and sum(length(c.attempts::text)) over (order by c.position) <= ${MAX_TRANSCRIPTS_LENGTH}
				then ${SHOWN_ATTEMPT} else ${SHOWN_ATTEMPT} - 'transcript' end as shown
		from suite_run_cases c left join chat_sessions s on s.id = c.chat_session_id
		where ${where} order by c.position`,
	parse: (rows) => z.array(resultRow).parse(rows).map(presentResult),
});

const presentResult = ({ shown, ...row }: z.infer<typeof resultRow>): CaseResult => ({
	...row,
	checks: shown?.checks ?? [],
	transcript: shown?.transcript ?? [],
	ai_ms: shown?.ai_ms ?? null,
});

const detailRow = z.object({
	lines: z.array(z.string()),
	context: caseContext,
	expected: z.string().nullable(),
	expected_line: z.number().nullable(),
	all_attempts: z.array(caseAttempt),
	origin_id: z.coerce.number().nullable(),
	origin_session_id: z.string().nullable(),
	previous: z.array(caseAttempt).nullable(),
});

/**
 * Returns one result of a run with all attempts, and the transcript to compare it with: from the previous run, or else from
 * the chat that the case was created from. Needs `quality:read`. Throws `not_found`.
 */
export async function getCaseResult(
	ctx: Ctx,
	runId: number,
	caseId: number,
): Promise<CaseResultDetail> {
	requireTeam(ctx, 'quality:read');
	const where = sql`c.run_id = ${runId} and c.case_id = ${caseId}`;
	const { results, details } = await runReads(ctx.db, {
		results: readResults(where, true),
		details: {
			query: sql`
				select c.lines, c.context, c.expected, c.expected_line, c.attempts as all_attempts, origin.id as origin_id,
					origin.public_id as origin_session_id, (
						select before.attempts from suite_run_cases before where before.case_id = c.case_id and before.run_id < c.run_id
							and before.status in ('passed', 'flaky', 'failed', 'error') order by before.run_id desc limit 1) as previous
				from suite_run_cases c left join cases kept on kept.id = c.case_id
				left join chat_sessions origin on origin.id = kept.source_id where ${where}`,
			parse: (rows: unknown[]) => z.array(detailRow).parse(rows),
		},
	});
	const [[result], [detail]] = [results, details];
	if (!result || !detail) throw notFound(`the result of test case ${caseId}`);
	const { previous, origin_id, ...fields } = detail;
	const previousTranscript = previous?.at(-1)?.transcript;
	const comparison = previousTranscript?.length
		? { with: 'previous' as const, transcript: previousTranscript }
		: await readOrigin(ctx, origin_id, fields.origin_session_id);
	return { ...result, ...fields, compared: comparison };
}

/** Returns whether the caller may read chats: unlike test cases, the chats they were created from contain personal details. */
const canReadChats = ({ actor }: Ctx) =>
	actor.type !== 'api_key' ||
	actor.scopes.some((scope) => scope === 'sessions:read' || scope === 'admin');

async function readOrigin(
	ctx: Ctx,
	id: number | null,
	session_id: string | null,
): Promise<{ with: 'origin'; transcript: RunMessage[] } | null> {
	if (id === null || session_id === null || !canReadChats(ctx)) return null;
	const messages = await runRead(ctx.db, readMessages({ id, session_id }));
	return { with: 'origin', transcript: toTranscript(messages) };
}

/** The maximum number of rounds per job execution, so that a long suite run doesn't look like a hung job. The next execution follows immediately. */
const MAX_ROUNDS = 50;

/**
 * Advances all runs: starts the ones that are due, starts cases up to the sites' limits, and checks cases whose chats have
 * ended. Returns the number of steps. Doesn't check permissions.
 */
export async function continueRuns(ctx: Ctx, signal?: AbortSignal): Promise<number> {
	let steps = await startScheduledRuns(ctx);
	for (let round = 0; round < MAX_ROUNDS && !signal?.aborted; round += 1) {
		const judgedCount = await judgeAnsweredCases(ctx, signal);
		const startedCount = await startQueuedCases(ctx);
		if (judgedCount + startedCount === 0) break;
		steps += judgedCount + startedCount;
	}
	return steps;
}
