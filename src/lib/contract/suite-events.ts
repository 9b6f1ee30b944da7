import { z } from 'zod';
import { act, event } from './define-event.ts';
import { suiteRun } from './suite.ts';
import { testCase } from './test-case.ts';

const run = z.object({ suite_run: suiteRun });

/** The events of cases, suites and their runs: a part of the table in `events.ts`. */
export const suiteEvents = {
	'case.created': event(z.object({ case: testCase }), {
		agents: 'quality:read',
		audit: 'created the test case {target}',
		activity: ['review', 'kept it as a test case'],
	}),
	'case.updated': event(z.object({ case: testCase }), {
		agents: 'quality:read',
		audit: 'changed the test case {target}',
	}),
	'case.deleted': event(z.object({ case_id: z.number().int() }), {
		agents: 'quality:read',
		audit: 'deleted the test case {target}',
	}),
	'cases.exported': act('exported test cases of {target}'),
	/** A suite was created, changed or deleted. */
	'suite.changed': event(z.object({ suite_id: z.number().int(), site: z.string() }), {
		agents: 'quality:read',
	}),
	'suite.created': act('created the suite {target}'),
	'suite.updated': act('changed the suite {target}'),
	'suite.deleted': act('deleted the suite {target}'),
	'suite_run.started': event(run, { agents: 'quality:read', audit: 'ran the suite {target}' }),
	/** A case of the run has ended. */
	'suite_run.updated': event(run, { agents: 'quality:read' }),
	'suite_run.finished': event(run, {
		agents: 'quality:read',
		webhooks: {
			'suite_run.finished': {
				label: 'Suite run finished',
				hint: 'All cases of a suite have run against your AI.',
				key: ({ suite_run }) => suite_run.id,
			},
		},
	}),
	/** Internal to a process: a case can start, or its chat has ended. */
	'suite_run.due': event(z.object({}), {}),
};
