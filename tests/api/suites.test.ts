import { sql } from 'drizzle-orm';
import { afterAll, expect, it, vi } from 'vitest';
import { suiteRunDetail } from '#lib/contract/suite.ts';
import { continueRuns } from '#lib/server/quality/suites/unchecked.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { useTestApi } from '../support/api.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const { t, call, createKeyFor } = useTestApi({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

afterAll(() => t.app.turns.drain(0));

it('an API key saves a case, runs it against a candidate, and reads the result', async () => {
	t.app.turns.start();
	await createEndpoint(t.ctx(), {
		site: 'default',
		url: standIn().webhooks.url('hook'),
		events: ['suite_run.finished'],
	});
	const key = await createKeyFor('quality:write', 'quality:read');
	const send = async (method: string, path: string, body?: unknown) => {
		const response = await call(method, `/api/${path}`, { key, body });
		expect(response.status, path).toBeLessThan(300);
		return (await response.json()) as { id: number; status?: string };
	};
	const checks = [{ type: 'answer_contains', line: 1, text: 'budget' }];
	const testCase = await send('POST', 'cases', { site: 'default', lines: ['Hello'], checks });
	const suite = { site: 'default', name: 'Release', case_ids: [testCase.id] };
	const { id } = await send('POST', 'suites', suite);
	const connector = { type: 'n8n', url: standIn().ai.url('object') };
	const run = await send('POST', `suites/${id}/runs`, { connector });
	expect(run).toMatchObject({ id: expect.any(Number) as number, status: 'queued' });
	const result = await vi.waitFor(async () => {
		await continueRuns(t.ctx());
		const found = suiteRunDetail.parse(await send('GET', `suite-runs/${run.id}`));
		expect(found.finished_at).not.toBeNull();
		return found;
	});
	expect(result).toMatchObject({
		status: 'passed',
		...{ total: 1, passed: 1, failed: 0, flaky: 0, newly_failed: [], newly_passed: [] },
		candidate_url: connector.url,
		results: [{ case_id: testCase.id, status: 'passed', attempts: 1, checks: [{ ok: true }] }],
	});
	const readOnlyKey = await createKeyFor('quality:read');
	const refused = await call('POST', `/api/suites/${id}/runs`, { key: readOnlyKey, body: {} });
	expect(refused.status).toBe(403);
	const { rows } = await t.app.db.execute(sql`select event, chat_session_id from deliveries`);
	expect(rows).toEqual([{ event: 'suite_run.finished', chat_session_id: null }]);
});
