import { z } from 'zod';
import { filterText, pageQuery, sender, sessionId, timestamp } from './common.ts';
import { authHeaderInput, webhookUrl } from './outbound-call.ts';
import { siteKey } from './site.ts';
import { caseContext, lastResult, MAX_SUITE_CASES } from './test-case.ts';
import { trimmedString } from './text.ts';

/** A case that fails is repeated until it passes, up to this many attempts in all. */
export const MAX_ATTEMPTS = 3;

export const suiteSchedule = z.enum(['hourly', 'daily', 'weekly']);
export type SuiteSchedule = z.infer<typeof suiteSchedule>;

const suiteRunStatus = z.enum(['queued', 'running', 'passed', 'failed', 'error', 'cancelled']);
export type SuiteRunStatus = z.infer<typeof suiteRunStatus>;

/** The kind of actor that started a run. */
const suiteRunTrigger = z.enum(['user', 'api', 'schedule']);
export type SuiteRunTrigger = z.infer<typeof suiteRunTrigger>;

/** One immutable execution of a suite's cases against one version of a site's AI. */
export const suiteRun = z
	.object({
		id: z.number().int(),
		suite_id: z.number().int(),
		suite: z.string(),
		site: siteKey,
		status: suiteRunStatus,
		/** The version that answered. Null until the run has ended. */
		version: z.string().nullable(),
		/** The webhook that was tested instead of the site's AI. Null for the site's AI and for its challenger. */
		candidate_url: z.string().nullable(),
		/** Whether the run tested the challenger on trial. */
		is_challenger: z.boolean(),
		trigger: suiteRunTrigger,
		/** The name of the user or API key, or "Schedule". */
		started_by: z.string(),
		/** `total` = `passed` + `flaky` + `failed` once the run has ended, unless it was canceled before. */
		total: z.number().int(),
		passed: z.number().int(),
		/** Cases that did not pass in any of three attempts, or could not be run. */
		failed: z.number().int(),
		/** Cases that passed only when repeated. */
		flaky: z.number().int(),
		/** The percentage of cases that passed, flaky ones included. Null until the run has ended, and if it was canceled. */
		pass_rate: z.number().nullable(),
		/** Cases that passed in the suite's previous run and failed in this one, and vice versa. */
		newly_failed: z.array(z.number().int()),
		newly_passed: z.array(z.number().int()),
		/** Why the run could not judge the AI, or who canceled it. Null unless `status` is `error` or `cancelled`. */
		error: z.string().nullable(),
		created_at: timestamp,
		started_at: timestamp.nullable(),
		finished_at: timestamp.nullable(),
	})
	.meta({ id: 'SuiteRun' });
export type SuiteRun = z.infer<typeof suiteRun>;

const comparedRun = z.object({
	id: z.number().int(),
	pass_rate: z.number(),
	total: z.number().int(),
	/** Cases that passed, flaky ones included. */
	passed: z.number().int(),
	version: z.string().nullable(),
});

/** A set of cases that run together. */
export const suite = z
	.object({
		id: z.number().int(),
		site: siteKey,
		site_name: z.string(),
		name: z.string(),
		/** Null if the suite runs only when someone starts it. */
		schedule: suiteSchedule.nullable(),
		next_run_at: timestamp.nullable(),
		case_count: z.number().int(),
		/** The latest 20 runs, oldest first. */
		runs: z.array(suiteRun),
		created_at: timestamp,
	})
	.meta({ id: 'Suite' });
export type Suite = z.infer<typeof suite>;

export const suiteDetail = suite
	.extend({
		/** In the order in which they run. */
		cases: z.array(
			z.object({
				id: z.number().int(),
				title: z.string(),
				lines: z.number().int(),
				last_result: lastResult.nullable(),
			}),
		),
	})
	.meta({ id: 'SuiteDetail' });
export type SuiteDetail = z.infer<typeof suiteDetail>;

const caseIds = z
	.array(z.number().int().positive())
	.max(MAX_SUITE_CASES)
	.refine((ids) => new Set(ids).size === ids.length, 'list each case once');
const suiteName = trimmedString(100);

export const suiteInput = z
	.strictObject({
		site: siteKey,
		name: suiteName,
		case_ids: caseIds,
		schedule: suiteSchedule.nullable().optional(),
	})
	.meta({ id: 'SuiteInput' });
export type SuiteInput = z.input<typeof suiteInput>;

export const suiteUpdate = z
	.strictObject({
		name: suiteName.optional(),
		/** Replaces the suite's cases, in this order. */
		case_ids: caseIds.optional(),
		schedule: suiteSchedule.nullable().optional(),
	})
	.meta({ id: 'SuiteUpdate' });
export type SuiteUpdate = z.input<typeof suiteUpdate>;

export const suiteListQuery = pageQuery.extend({ site: filterText.optional() });

/** A webhook to test instead of the site's AI. */
const candidateConnector = z.strictObject({
	type: z.literal('n8n'),
	url: webhookUrl,
	auth_header: authHeaderInput.required().nullable().optional(),
});
export const suiteRunInput = z
	.strictObject({
		connector: candidateConnector.optional(),
		/** `challenger` tests the challenger on trial instead of the champion. */
		arm: z.enum(['champion', 'challenger']).optional(),
	})
	.refine(({ connector, arm }) => connector === undefined || arm === undefined, {
		path: ['arm'],
		message: 'omit it if `connector` is set',
	})
	.meta({ id: 'SuiteRunInput' });
export type SuiteRunInput = z.input<typeof suiteRunInput>;

/** Replays the visitor's messages of every chat of a site that has an open review issue. */
export const issueReplayInput = z.strictObject({ site: siteKey }).meta({ id: 'IssueReplayInput' });

const checkResult = z.object({
	type: z.string(),
	ok: z.boolean(),
	/** The expected and the actual result, in a sentence. */
	detail: z.string(),
});
export type CheckResult = z.infer<typeof checkResult>;

const runMessage = z.object({
	sender,
	message: z.string(),
	timestamp,
	/** The number of the visitor's message, or of the one that the AI's message answers, from 1. 0 for the greeting. */
	line: z.number().int(),
	is_fallback: z.boolean(),
	/** For answers: the time from claiming the turn to its end. */
	ms: z.number().int().nullable(),
});
export type RunMessage = z.infer<typeof runMessage>;

/** `cancelled`: its run was canceled before the case ended. */
export const caseResultStatus = z.enum([
	'queued',
	'running',
	'passed',
	'flaky',
	'failed',
	'error',
	'cancelled',
]);
export type CaseResultStatus = z.infer<typeof caseResultStatus>;

/** One attempt of a case. */
export const caseAttempt = z.object({
	ok: z.boolean(),
	checks: z.array(checkResult),
	transcript: z.array(runMessage),
	/** The lead's values, by key. */
	lead: z.record(z.string(), z.string()),
	is_complete: z.boolean(),
	/** The total duration of the turns. */
	ai_ms: z.number().int(),
	/** Why the attempt could not be judged. */
	error: z.string().nullable(),
});
export type CaseAttempt = z.infer<typeof caseAttempt>;

/** The result of one case in a run. Checks and transcript are those of the last failed attempt, or of the last attempt if none failed. */
const caseResult = z
	.object({
		case_id: z.number().int(),
		title: z.string(),
		status: caseResultStatus,
		/** The number of attempts. */
		attempts: z.number().int(),
		checks: z.array(checkResult),
		/** Empty until the case has ended, with `transcripts=false`, or if all transcripts exceed 8 MB. */
		transcript: z.array(runMessage),
		ai_ms: z.number().int().nullable(),
		/** The test chat of the last attempt. Null once it was deleted. */
		session_id: sessionId.nullable(),
	})
	.meta({ id: 'CaseResult' });
export type CaseResult = z.infer<typeof caseResult>;

export const suiteRunDetail = suiteRun
	.extend({
		/** The suite's previous run, and its best earlier run. */
		previous: comparedRun.nullable(),
		best: comparedRun.nullable(),
		/** Newly failed cases first, then other failed ones, newly passed ones, flaky ones, and the rest in the suite's order. */
		results: z.array(caseResult),
	})
	.meta({ id: 'SuiteRunDetail' });
export type SuiteRunDetail = z.infer<typeof suiteRunDetail>;

/** Everything about one case in a run. */
export const caseResultDetail = caseResult
	.extend({
		lines: z.array(z.string()),
		context: caseContext,
		expected: z.string().nullable(),
		expected_line: z.number().int().nullable(),
		/** The chat that the case was saved from. */
		origin_session_id: sessionId.nullable(),
		all_attempts: z.array(caseAttempt),
		/** The baseline for the answers: the case in the previous run, or else the chat that the case was saved from. */
		compared: z
			.object({ with: z.enum(['previous', 'origin']), transcript: z.array(runMessage) })
			.nullable(),
	})
	.meta({ id: 'CaseResultDetail' });
export type CaseResultDetail = z.infer<typeof caseResultDetail>;

/** `transcripts=false` omits transcripts, which makes the results of large suites smaller. Beyond 8 MB they are always omitted. */
export const suiteRunQuery = z.object({
	transcripts: z.enum(['true', 'false']).default('true'),
});
