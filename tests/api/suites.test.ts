import { sql } from 'drizzle-orm';
import { afterAll, expect, it, vi } from 'vitest';
import { suiteRunDetail } from '#lib/contract/suite.ts';
import { continueRuns } from '#lib/server/quality/suites/unchecked.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { makeEndpoint } from '../factories/delivery.ts';
import { useTestApi } from '../support/api.ts';
import { useStatementCount } from '../support/statements.ts';
import { useStandIn } from '../support/use-stand-in.ts';

vi.setConfig({ testTimeout: 120_000 });
const statements = useStatementCount();
const { t, call, keyFor } = useTestApi({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

afterAll(() => t.app.turns.drain(0));

it('a builder’s key keeps a case, runs it against a candidate, and reads the result', async () => {
	t.app.turns.start();
	await makeEndpoint(t.ctx(), standIn().webhooks.url('hook'), ['suite_run.finished']);
	const key = await keyFor('quality:write', 'quality:read');
	const send = async (method: string, path: string, body?: unknown) => {
		const response = await call(method, `/api/${path}`, { key, body });
		expect([path, response.status]).toEqual([path, response.status < 300 ? response.status : 200]);
		return (await response.json()) as { id: number; status?: string };
	};
	const checks = [{ type: 'answer_contains', line: 1, text: 'budget' }];
	const kept = await send('POST', 'cases', { site: 'default', lines: ['Hello'], checks });
	const suite = { site: 'default', name: 'Release', case_ids: [kept.id] };
	const { id } = await send('POST', 'suites', suite);
	const connector = { type: 'n8n', url: standIn().ai.url('object') };
	const run = await send('POST', `suites/${id}/runs`, { connector });
	expect(run).toMatchObject({ id: expect.any(Number) as number, status: 'queued' });
	const result = await vi.waitFor(async () => {
		await continueRuns(t.ctx());
		const found = suiteRunDetail.parse(await send('GET', `suite-runs/${run.id}`));
		expect(found.finished_at).not.toBeNull();
		return found;
	}, 60_000);
	expect(result).toMatchObject({
		status: 'passed',
		...{ total: 1, passed: 1, failed: 0, flaky: 0, newly_failed: [], newly_passed: [] },
		candidate_url: connector.url,
		results: [{ case_id: kept.id, status: 'passed', attempts: 1, checks: [{ ok: true }] }],
	});
	const weak = await keyFor('quality:read');
	const refused = await call('POST', `/api/suites/${id}/runs`, { key: weak, body: {} });
	expect(refused.status).toBe(403);
	const { rows } = await t.app.db.execute(sql`select event, chat_session_id from deliveries`);
	expect(rows).toEqual([{ event: 'suite_run.finished', chat_session_id: null }]);
});

it('every page of the loop takes at most four statements, the key included, with a thousand cases and a hundred runs', async () => {
	const key = await keyFor('admin');
	await t.app.db.execute(sql`
		with site as (select id from sites where key = 'default'),
		kept as (
			insert into cases (site_id, title, lines, checks, created_by)
			select site.id, 'Case ' || n, array['Hello'], '[]', 'Ada' from site, generate_series(1, 1000) n returning id
		), suite as (
			insert into suites (site_id, name) select id, 'Large' from site returning id, site_id
		), member as (
			insert into suite_cases (suite_id, case_id, position)
			select suite.id, kept.id, row_number() over (order by kept.id) from suite, kept
		), run as (
			insert into suite_runs (suite_id, site_id, connector, trigger, started_by, total, status, finished_at, pass_rate)
			select id, site_id, '{"type":"scripted"}', 'user', 'Ada', 1000, 'passed', now(), 100
			from suite, generate_series(1, 100) returning id
		)
		insert into suite_run_cases (run_id, case_id, position, title, lines, context, checks, status, finished_at, attempts)
		select run.id, kept.id, row_number() over (partition by run.id order by kept.id), 'Case', array['Hello'], '{}', '[]',
			'passed', now(), '[{"ok":true,"checks":[],"transcript":[],"lead":{},"is_complete":false,"ai_ms":1,"error":null}]'
		from (select max(id) as id from run) run, kept`);
	await t.app.db.execute(sql`
		insert into chat_sessions (public_id, site_id) select 'session_loop', id from sites where key = 'default'`);
	const { rows } = await t.app.db.execute(sql`
		select max(r.suite_id) as suite, max(r.id) as run, max(c.case_id) as kept
		from suite_runs r join suite_run_cases c on c.run_id = r.id`);
	const { suite, run, kept } = rows[0] ?? {};
	// The first use of a key is written down, and what is due for statistics is counted.
	await call('GET', '/api/suites', { key });
	const challenger = { connector: { type: 'scripted' }, share_percent: 50 };
	await call('PUT', '/api/sites/default/challenger', { key, body: challenger });
	await foldStatistics(t.ctx());
	const takesFew = async (path: string) => {
		const sent = await statements.during(async () => {
			const response = await call('GET', `/api/${path}`, { key });
			await response.text();
			expect([path, response.status]).toEqual([path, 200]);
		});
		expect([path, sent.length <= 4]).toEqual([path, true]);
	};
	for (const path of [
		'sites/default/challenger',
		'cases',
		'cases?site=default',
		`cases/${String(kept)}`,
		'suites',
		`suites/${String(suite)}`,
		`suites/${String(suite)}/runs`,
		`suite-runs/${String(run)}?transcripts=false`,
		`suite-runs/${String(run)}`,
		`suite-runs/${String(run)}/results/${String(kept)}`,
		'reviews',
		'reviews/counts',
		'checks',
		'leads?outcome=won',
		'sessions/session_loop/outcome',
		'turns',
	])
		await takesFew(path);
});
