import { describe, expect, it } from 'vitest';
import { errorReport } from '#lib/contract/automation-error.ts';
import { parseReport } from './parse-report.ts';

/** The examples in n8n's documentation. */
const documentedReport = {
	execution: {
		id: '231',
		url: 'https://n8n.example.com/workflow/1/executions/231',
		retryOf: '34',
		error: { message: 'Example Error Message', stack: 'Stacktrace' },
		lastNodeExecuted: 'Node With Error',
		mode: 'manual',
	},
	workflow: { id: '1', name: 'Example Workflow' },
};
const expectedFailure = {
	workflow: 'Example Workflow',
	node: 'Node With Error',
	message: 'Example Error Message',
	stack: 'Stacktrace',
	severity: 'error',
	session_id: null,
	execution_id: '231',
	execution_url: 'https://n8n.example.com/workflow/1/executions/231',
	turn_id: null,
	is_webhook_run: false,
};

/** A report from an AI Agent whose model failed, which includes the node's parameters. */
const agentFailureReport = {
	execution: {
		id: 7,
		url: 'http://127.0.0.1:5778/workflow/x/executions/7',
		error: {
			level: 'warning',
			tags: {},
			name: 'NodeOperationError',
			message: 'The service was not able to process your request',
			description: 'fake upstream exploded',
			messages: ['500 fake upstream exploded'],
			context: { request: { headers: { authorization: 'Bearer very-secret' } } },
			node: {
				name: 'AI Agent',
				parameters: { options: { systemMessage: 'secret prompt' } },
				credentials: { openAiApi: { id: 'c1', name: 'our key' } },
			},
		},
		mode: 'webhook',
	},
	workflow: { id: 'x', name: 'Chat' },
};

describe('a report in each of its forms', () => {
	it.each([
		['an execution', documentedReport],
		['a one-item array', [documentedReport]],
		['under body', { headers: { host: 'x' }, body: documentedReport }],
		['a one-item array of a webhook item', [{ body: [documentedReport] }]],
		[
			'numbers as ids',
			{ ...documentedReport, execution: { ...documentedReport.execution, id: 231 } },
		],
	])('is parsed from %s, before and after contract validation', (_, report) => {
		expect(parseReport(report)).toEqual(expectedFailure);
		expect(parseReport(errorReport.parse(report))).toEqual(expectedFailure);
	});

	it('has no execution when a trigger failed', () => {
		const report = {
			trigger: { error: documentedReport.execution.error, mode: 'trigger' },
			workflow: { id: 9 },
		};
		expect(parseReport(report)).toEqual({
			...expectedFailure,
			workflow: '9',
			node: null,
			execution_id: null,
			execution_url: null,
		});
	});

	it('is parsed from Frontdesk’s own form', () => {
		const report = {
			workflow: 'CRM sync',
			message: 'no such customer',
			node: 'Upsert',
			stack: 'at …',
			execution_id: 12,
			execution_url: 'https://crm.example.com/runs/12',
			severity: 'critical',
			session_id: 'session_abcdefghijkl',
		};
		expect(parseReport(report)).toEqual({
			...report,
			execution_id: '12',
			turn_id: null,
			is_webhook_run: false,
		});
	});

	it('can have a field named body in Frontdesk’s own form', () => {
		const report = { workflow: 'CRM', message: 'x', body: { workflow: 'other', message: 'y' } };
		expect(parseReport(report)).toMatchObject({ workflow: 'CRM', message: 'x' });
	});

	it('drops the parameters, credentials and context of a node', () => {
		const failure = parseReport(agentFailureReport);
		expect(failure).toEqual({
			workflow: 'Chat',
			node: 'AI Agent',
			message: 'The service was not able to process your request',
			stack: 'fake upstream exploded',
			severity: 'warning',
			session_id: null,
			turn_id: null,
			is_webhook_run: true,
			execution_id: '7',
			execution_url: 'http://127.0.0.1:5778/workflow/x/executions/7',
		});
	});
});

describe('the chat session of a report', () => {
	const id = 'session_abcdefghijklmnopqrstuvwx';

	it.each([
		['session_id beside the execution', { ...documentedReport, session_id: id }],
		['sessionId beside the execution', { ...documentedReport, sessionId: id }],
		['beside the body', { body: documentedReport, session_id: id }],
		[
			'in the error message',
			{
				...documentedReport,
				execution: {
					...documentedReport.execution,
					error: { message: `no lead for ${id}: stopped` },
				},
			},
		],
	])('%s', (_, report) => {
		expect(parseReport(report).session_id).toBe(id);
		expect(parseReport(errorReport.parse(report)).session_id).toBe(id);
	});

	it('can be a number, and is dropped when it is malformed', () => {
		expect(parseReport({ ...documentedReport, session_id: 42 }).session_id).toBe('42');
		expect(parseReport({ ...documentedReport, session_id: { a: 1 } }).session_id).toBeNull();
	});
});

describe('a report with overlong or invalid text', () => {
	it('is truncated and cleaned, not rejected', () => {
		const failure = parseReport({
			workflow: 'w'.repeat(1000),
			message: `bad\u0000 byte \ud800 ${'x'.repeat(10_000)}`,
			stack: 's'.repeat(100_000),
			execution_url: 'javascript:alert(1)',
		});
		expect(failure.workflow).toHaveLength(200);
		expect(failure.message.startsWith('bad byte \ufffd xxx')).toBe(true);
		expect(failure.message.length).toBeLessThanOrEqual(4000);
		expect(failure.stack).toHaveLength(20_000);
		expect(failure.execution_url).toBeNull();
	});

	// https://docs.n8n.io/flow-logic/error-handling/#error-data-at-trigger-node
	it.each([{ id: '', name: '' }, {}, { id: null, name: null }])(
		'is kept if n8n names no workflow: %j',
		(workflow) => {
			const report = { trigger: { error: { message: 'No webhook' }, mode: 'trigger' }, workflow };
			expect(parseReport(errorReport.parse(report)).workflow).toBe('Unknown workflow');
		},
	);

	it('says that n8n sent no message', () => {
		const { execution, workflow } = documentedReport;
		const report = { execution: { ...execution, error: {} }, workflow };
		expect(parseReport(report).message).toBe('n8n sent no message');
	});
});

describe('an invalid report', () => {
	it.each([
		['nothing', undefined, 'one report is expected'],
		['text', 'it broke', 'one report is expected'],
		['an empty array', [], 'one report is expected'],
		['two at once', [documentedReport, documentedReport], 'one report is expected'],
		['an empty object', {}, 'workflow'],
		['no message', { workflow: 'x' }, 'message'],
		['an empty message', { workflow: 'x', message: ' ' }, 'message'],
		['an unknown severity', { workflow: 'x', message: 'y', severity: 'bad' }, 'severity'],
		['an execution without error', { execution: {}, workflow: { id: '1' } }, 'execution.error'],
		['an execution without workflow', { execution: documentedReport.execution }, 'workflow'],
		['a body that is not an object', { body: 3 }, 'one report is expected'],
	])('is rejected with the path: %s', (_, report, path) => {
		expect(() => parseReport(report)).toThrow(path);
	});
});
