import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import type {
	CaseAttempt,
	CaseResultStatus,
	SuiteRunStatus,
	SuiteRunTrigger,
	SuiteSchedule,
} from '#lib/contract/suite.ts';
import type { CaseCheck, CaseContext } from '#lib/contract/test-case.ts';
import { challengers } from './ai.ts';
import { chat_sessions } from './chat-sessions.ts';
import {
	at,
	boolean,
	createdAt,
	doublePrecision,
	id,
	integer,
	jsonb,
	ref,
	text,
} from './columns.ts';
import { siteRef, type ConnectorSettings } from './sites.ts';
import { users } from './users.ts';

/** Test cases: saved conversations with checks. */
export const cases = pgTable(
	'cases',
	{
		id: id(),
		site_id: siteRef('cascade').notNull(),
		title: text().notNull(),
		/** The visitor's messages, with personal details replaced. */
		lines: text().array().notNull(),
		context: jsonb().$type<CaseContext>().notNull().default({}),
		checks: jsonb().$type<CaseCheck[]>().notNull(),
		expected: text(),
		/** The number of the visitor's message that `expected` answers, from 1; 0 for the greeting, null for the whole chat. */
		expected_line: integer(),
		/** The chat that the case was created from. */
		source_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		created_by: text().notNull(),
		created_at: createdAt(),
		updated_at: at().notNull().defaultNow(),
	},
	(table) => [
		// The cases of a site, newest first.
		index('cases_site').on(table.site_id, table.created_at, table.id),
		// The cases of all sites, newest first.
		index('cases_list').on(table.created_at, table.id),
		// The cases created from a chat.
		index('cases_source')
			.on(table.source_id)
			.where(sql`${table.source_id} is not null`),
	],
);

/** Sets of cases that run together. */
export const suites = pgTable(
	'suites',
	{
		id: id(),
		site_id: siteRef('cascade').notNull(),
		name: text().notNull(),
		schedule: text().$type<SuiteSchedule>(),
		/** When the schedule starts the next run. */
		next_run_at: at(),
		/** Whether this is the suite of chats with open review issues; at most one per site. */
		is_of_issues: boolean().notNull().default(false),
		created_at: createdAt(),
	},
	(table) => [
		// The suites of a site and of all sites, newest first.
		index('suites_site').on(table.site_id, table.created_at, table.id),
		index('suites_list').on(table.created_at, table.id),
		// Suites whose schedule is due.
		index('suites_due')
			.on(table.next_run_at)
			.where(sql`${table.next_run_at} is not null`),
		uniqueIndex('suites_issues')
			.on(table.site_id)
			.where(sql`${table.is_of_issues}`),
	],
);

export const suite_cases = pgTable(
	'suite_cases',
	{
		suite_id: ref()
			.notNull()
			.references(() => suites.id, { onDelete: 'cascade' }),
		case_id: ref()
			.notNull()
			.references(() => cases.id, { onDelete: 'cascade' }),
		position: integer().notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.suite_id, table.case_id] }),
		// The suites of a case.
		index('suite_cases_case').on(table.case_id),
	],
);

/** Executions of suites. A finished run never changes. */
export const suite_runs = pgTable(
	'suite_runs',
	{
		id: id(),
		suite_id: ref()
			.notNull()
			.references(() => suites.id, { onDelete: 'cascade' }),
		site_id: siteRef('cascade').notNull(),
		status: text().$type<SuiteRunStatus>().notNull().default('queued'),
		/** The connector as it was when the run was created; its secrets are dropped when the run ends. */
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** Whether the run tests a different webhook instead of the site's AI. */
		is_candidate: boolean().notNull().default(false),
		/** The challenger that the run tests. */
		challenger_id: ref().references(() => challengers.id, { onDelete: 'set null' }),
		/** A digest of the cases' content. Runs with the same digest can be compared. */
		content_digest: text(),
		version: text(),
		trigger: text().$type<SuiteRunTrigger>().notNull(),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		started_by: text().notNull(),
		total: integer().notNull(),
		passed: integer().notNull().default(0),
		failed: integer().notNull().default(0),
		flaky: integer().notNull().default(0),
		pass_rate: doublePrecision(),
		/** Ids of cases whose result differs from the previous run's. */
		newly_failed: ref().array().notNull().default([]),
		newly_passed: ref().array().notNull().default([]),
		previous_id: ref(),
		error: text(),
		created_at: createdAt(),
		started_at: at(),
		finished_at: at(),
	},
	(table) => [
		// The runs of a suite, newest first.
		index('suite_runs_suite').on(table.suite_id, table.id),
		// The best run of a suite.
		index('suite_runs_best')
			.on(table.suite_id, table.pass_rate, table.id)
			.where(sql`${table.pass_rate} is not null`),
		// Runs that have not ended.
		index('suite_runs_open')
			.on(table.site_id, table.id)
			.where(sql`${table.finished_at} is null`),
		// Runs past their retention period.
		index('suite_runs_old').on(table.created_at),
		check(
			'suite_runs_status',
			sql`${table.status} in ('queued', 'running', 'passed', 'failed', 'error', 'cancelled')`,
		),
		check(
			'suite_runs_finished',
			sql`(${table.finished_at} is null) = (${table.status} in ('queued', 'running'))`,
		),
	],
);

/** The cases of a run as they were when it was created, and their results. */
export const suite_run_cases = pgTable(
	'suite_run_cases',
	{
		id: id(),
		run_id: ref()
			.notNull()
			.references(() => suite_runs.id, { onDelete: 'cascade' }),
		/** Not a foreign key: the result outlives its case. */
		case_id: ref().notNull(),
		/** The chat that the case was created from. Erasing its visitor must find this row even if the case is deleted. */
		source_id: ref(),
		position: integer().notNull(),
		title: text().notNull(),
		lines: text().array().notNull(),
		context: jsonb().$type<CaseContext>().notNull(),
		checks: jsonb().$type<CaseCheck[]>().notNull(),
		expected: text(),
		expected_line: integer(),
		status: text().$type<CaseResultStatus>().notNull().default('queued'),
		/** The finished attempts, in order. */
		attempts: jsonb().$type<CaseAttempt[]>().notNull().default([]),
		/** The number of starts, including those that a crash interrupted. */
		start_count: integer().notNull().default(0),
		/** The test chat of the latest attempt. */
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		/** The number of lines sent in that test chat. */
		sent_count: integer().notNull().default(0),
		/** Whether all lines were answered, so that the attempt can be judged. */
		is_answered: boolean().notNull().default(false),
		/** When the judging process's lease expires. */
		claimed_until: at(),
		started_at: at(),
		finished_at: at(),
	},
	(table) => [
		uniqueIndex('suite_run_cases_run').on(table.run_id, table.position),
		// The result of a case in a run, and the results of a case in all runs.
		index('suite_run_cases_case').on(table.case_id, table.run_id),
		// The results of cases created from a chat.
		index('suite_run_cases_source')
			.on(table.source_id)
			.where(sql`${table.source_id} is not null`),
		// The case that a test chat runs.
		uniqueIndex('suite_run_cases_session')
			.on(table.chat_session_id)
			.where(sql`${table.chat_session_id} is not null`),
		// Cases to start, in order.
		index('suite_run_cases_queued')
			.on(table.run_id, table.position)
			.where(sql`${table.status} = 'queued'`),
		// Running cases.
		index('suite_run_cases_running')
			.on(table.run_id, table.id)
			.where(sql`${table.status} = 'running'`),
		check(
			'suite_run_cases_status',
			sql`${table.status} in ('queued', 'running', 'passed', 'flaky', 'failed', 'error', 'cancelled')`,
		),
	],
);
