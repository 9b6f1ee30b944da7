import { describe, expect, it } from 'vitest';
import { errorGroup } from '#lib/contract/automation-error.ts';
import { pageSchema } from '#lib/contract/common.ts';
import { createChat } from '../factories/chat.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });
const page = pageSchema(errorGroup);

const report = (body: unknown) => call('POST', '/api/errors', { body });
const reportFailure = async (body: unknown) => {
	const response = await report(body);
	expect(response.status).toBe(201);
	return (await response.json()) as { id: number; group_id: number };
};
const list = async (query = '') => {
	const response = await call('GET', `/api/errors?${query}`);
	expect(response.status).toBe(200);
	const body: unknown = await response.json();
	expect(body).toEqual(page.parse(body));
	return page.parse(body);
};
const findGroup = async (id: number) =>
	(await list('limit=200')).items.find((group) => group.id === id);

/** Returns the body that an n8n error workflow sends, including the node's parameters. */
const createN8nFailure = (name: string) => ({
	execution: {
		id: '231',
		url: 'https://n8n.example.com/workflow/1/executions/231',
		retryOf: '34',
		error: {
			name: 'NodeOperationError',
			message: 'The service was not able to process your request',
			stack: 'NodeOperationError: …',
			node: { name: 'AI Agent', parameters: { systemMessage: 'the secret prompt' } },
			context: { request: { headers: { authorization: 'Bearer hunter2' } } },
		},
		lastNodeExecuted: 'AI Agent',
		mode: 'webhook',
		executionContext: { version: 1 },
	},
	workflow: { id: '1', name },
});

describe('a failure of a workflow', () => {
	it('is accepted in every wrapping that n8n sends, and stored without parameters and secrets', async () => {
		const { session_id } = await createChat(t.ctx());
		const plain = createN8nFailure('Wrapped');
		const bodies = [
			plain,
			[plain],
			{ body: plain },
			{ body: [plain] },
			{ ...plain, session_id },
			{ ...plain, sessionId: session_id, extra: { a: 1 } },
		];
		const groups = new Set<number>();
		for (const body of bodies) groups.add((await reportFailure(body)).group_id);
		expect(groups.size).toBe(1);
		const group = await findGroup([...groups][0] ?? 0);
		expect(group).toMatchObject({
			workflow: 'Wrapped',
			node: 'AI Agent',
			count: bodies.length,
			last_error: { session_id, execution_id: '231', execution_url: plain.execution.url },
		});
		expect(JSON.stringify(group)).not.toMatch(/secret prompt|hunter2/);
	});

	it('may come from a trigger, or in the short form', async () => {
		const trigger = {
			trigger: { error: { message: 'No connection' }, mode: 'trigger' },
			workflow: { id: '1', name: 'Mails' },
		};
		expect(await findGroup((await reportFailure(trigger)).group_id)).toMatchObject({
			workflow: 'Mails',
			message: 'No connection',
		});
		const short = {
			workflow: 'Nightly',
			node: 'Fetch',
			message: 'Timed out',
			severity: 'critical',
		};
		expect(await findGroup((await reportFailure(short)).group_id)).toMatchObject(short);
	});

	it('may contain any text', async () => {
		const { group_id } = await reportFailure({
			workflow: '=1+1\u0000',
			message: `<script>alert(1)</script> \ud800 ${'x'.repeat(9000)}`,
		});
		expect(await findGroup(group_id)).toMatchObject({
			workflow: '=1+1',
			message: expect.stringMatching(/^<script>alert\(1\)<\/script> \ufffd x+$/) as string,
		});
	});

	it('can be resolved, and reopens with the next occurrence', async () => {
		const body = { workflow: 'Again', message: 'It broke' };
		const { group_id } = await reportFailure(body);
		const resolve = (resolved: boolean) =>
			call('PATCH', `/api/errors/${group_id}`, { body: { resolved } });
		const first = errorGroup.parse(await (await resolve(true)).json());
		expect(first.resolved_at).not.toBeNull();
		expect(await (await resolve(true)).json()).toEqual(first);
		expect((await list('resolved=true&workflow=Again')).items).toHaveLength(1);
		await reportFailure(body);
		expect(await findGroup(group_id)).toMatchObject({ count: 2, resolved_at: null });
		expect((await list('resolved=true&workflow=Again')).items).toEqual([]);
		expect(errorGroup.parse(await (await resolve(false)).json()).resolved_at).toBeNull();
	});

	it.each([
		[null],
		[7],
		[[]],
		[{}],
		[{ workflow: 'a' }],
		[{ message: 'a' }],
		[{ workflow: '', message: 'a' }],
		[{ workflow: 'a', message: ['b'] }],
		[{ workflow: 'a', message: 'b', severity: 'bad' }],
		[{ execution: {}, workflow: { name: 'a' } }],
		[{ execution: 1, workflow: 1 }],
		[[createN8nFailure('a'), createN8nFailure('b')]],
		[{ body: { body: { body: {} } } }],
		[{ body: [] }],
	])('is rejected as invalid: %j', async (body) => {
		await expectProblem(await report(body), 'invalid');
	});
});

describe('groups of failures', () => {
	it('are listed in keyset pages, last seen first', async () => {
		for (const workflow of ['First', 'Second', 'Third'])
			await reportFailure({ workflow, message: 'paged' });
		const first = await list('limit=2');
		expect(first.items.map(({ workflow }) => workflow)).toEqual(['Third', 'Second']);
		const second = await list(`limit=1&cursor=${first.next_cursor ?? ''}`);
		expect(second.items.map(({ workflow }) => workflow)).toEqual(['First']);
	});

	it.each(['resolved=maybe', 'limit=0', 'cursor=x'])('reject the query %s', async (query) => {
		await expectProblem(await call('GET', `/api/errors?${query}`), 'invalid');
	});

	it('are empty for an unknown workflow', async () => {
		expect(await list('workflow=%00nothing&resolved=false')).toEqual({
			items: [],
			next_cursor: null,
		});
	});

	it.each(['999999', 'x', '0', '%00', '99999999999999999999'])('%s is 404', async (id) => {
		await expectProblem(
			await call('PATCH', `/api/errors/${id}`, { body: { resolved: true } }),
			'not_found',
		);
	});

	it.each([[{}], [{ resolved: 'true' }], [{ resolved: true, more: 1 }], [null]])(
		'are not updated with %j',
		async (body) => {
			await expectProblem(await call('PATCH', '/api/errors/1', { body }), 'invalid');
		},
	);
});
