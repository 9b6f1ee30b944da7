import { z } from 'zod';
import { flagChange } from './check.ts';
import { sessionPayload } from './common.ts';
import { defineAction, defineEvent } from './define-event.ts';
import { review, reviewLockChange } from './review.ts';
import { suiteRun } from './suite.ts';
import { testCase } from './test-case.ts';

const run = z.object({ suite_run: suiteRun });

/** Events of reviews, flags, test cases and suite runs: part of the table in `events.ts`. */
export const qualityEvents = {
	'review.submitted': defineEvent(sessionPayload({ review }), {
		agents: 'team',
		audit: 'reviewed a chat',
		webhooks: {
			'review.submitted': {
				label: 'Review',
				hint: 'A reviewer decides on a chat.',
				key: ({ review }) => review.id,
			},
			'review.issue': {
				label: 'Review issue',
				hint: 'A review found an issue.',
				key: ({ review }) => review.id,
				when: ({ review }) => review.qa_status === 'issue',
			},
		},
	}),
	/** The chat session was added to the review queue. */
	'review.queued': defineEvent(sessionPayload({}), { agents: 'team' }),
	'review.lock_changed': defineEvent(reviewLockChange, { agents: 'team' }),
	/** The flags of a finished chat changed after its automatic checks ran. */
	'session.flagged': defineEvent(flagChange, { agents: 'team' }),
	'flag.dismissed': defineEvent(flagChange, {
		agents: 'team',
		audit: 'dismissed a flag',
		activity: ['review', ({ detail: { rule } }) => `dismissed the flag “${String(rule)}”`],
	}),
	'flag.restored': defineEvent(flagChange, {
		agents: 'team',
		audit: 'restored a flag',
		activity: ['review', ({ detail: { rule } }) => `restored the flag “${String(rule)}”`],
	}),

	'case.created': defineEvent(z.object({ case: testCase }), {
		agents: 'quality:read',
		audit: 'created the test case {target}',
		activity: ['review', 'saved it as a test case'],
	}),
	'case.updated': defineEvent(z.object({ case: testCase }), {
		agents: 'quality:read',
		audit: 'changed the test case {target}',
	}),
	'case.deleted': defineEvent(z.object({ case_id: z.number().int() }), {
		agents: 'quality:read',
		audit: 'deleted the test case {target}',
	}),
	'cases.exported': defineAction('exported test cases of {target}'),
	/** A suite was created, changed or deleted. */
	'suite.changed': defineEvent(z.object({ suite_id: z.number().int(), site: z.string() }), {
		agents: 'quality:read',
	}),
	'suite.created': defineAction('created the suite {target}'),
	'suite.updated': defineAction('changed the suite {target}'),
	'suite.deleted': defineAction('deleted the suite {target}'),
	'suite_run.started': defineEvent(run, {
		agents: 'quality:read',
		audit: 'ran the suite {target}',
	}),
	/** A case of the run has ended. */
	'suite_run.updated': defineEvent(run, { agents: 'quality:read' }),
	'suite_run.finished': defineEvent(run, {
		agents: 'quality:read',
		webhooks: {
			'suite_run.finished': {
				label: 'Suite run finished',
				hint: 'A suite has run against your AI, or its run was canceled.',
				key: ({ suite_run }) => suite_run.id,
			},
		},
	}),
	'suite_run.cancelled': defineAction('canceled a run of the suite {target}'),
	/** Internal to a process: a case can start, or a case's chat has ended. */
	'suite_run.due': defineEvent(z.object({}), {}),
};
