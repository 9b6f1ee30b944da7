import type { ServerResponse } from 'node:http';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createSuiteOf } from '../../../../../tests/factories/suite.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { AiMode } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import type { CaseAttempt } from '#lib/contract/suite.ts';
import { getTrial, setChallenger, stopTrial } from '#lib/server/ai/challengers/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { deliveries, suite_run_cases, suite_runs } from '#lib/server/core/db/schema/index.ts';
import { cancelRun, getCaseResult, getRun, startRun, updateCase } from './index.ts';
import { continueRuns } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
let agent: Ctx;
let admin: Ctx;

beforeAll(async () => {
	t.app.turns.start();
	agent = await createUserCtx(t, { name: 'Grace' });
	admin = await createUserCtx(t, { role: 'admin' });
});
afterAll(() => t.app.turns.drain(0));

const webhook = (mode: AiMode | 'published') => ({
	type: 'n8n' as const,
	url: standIn().ai.url(mode),
	auth_header: null,
});

const createSuiteWithLines = (site: string, ...lines: string[]) => {
	const checks = [{ type: 'no_fallback' as const }];
	return createSuiteOf(agent, site, ...lines.map((line) => ({ lines: [line], checks })));
};

const waitForRun = (id: number, condition: (run: Awaited<ReturnType<typeof getRun>>) => void) =>
	vi.waitFor(async () => {
		await continueRuns(t.ctx());
		const run = await getRun(agent, id);
		condition(run);
		return run;
	});
const waitForEnd = ({ id }: { id: number }) =>
	waitForRun(id, ({ finished_at }) => expect(finished_at).not.toBeNull());

describe('a canceled run', () => {
	it('keeps its results, names who canceled it, and sends nothing more', async () => {
		const held: ServerResponse[] = [];
		standIn().ai.published = ({ response, chat }) => {
			if (chat.message === 'Wait') held.push(response);
			else response.end(JSON.stringify({ reply: 'Hello!' }));
		};
		// One test at a time.
		const { key } = await createSite(t.app, {
			connector: webhook('published'),
			max_concurrent_turns: 2,
		});
		const url = 'https://example.com/hook';
		await createEndpoint(t.ctx(), { site: key, url, events: ['suite_run.finished'] });
		const { id, ids } = await createSuiteWithLines(key, 'One', 'Wait', 'Three');
		const { id: runId } = await startRun(agent, id);
		await waitForRun(runId, ({ passed }) => {
			expect(passed).toBe(1);
			expect(held).toHaveLength(1);
		});
		const audience = t.ctx({ type: 'api_key', id: null, name: 'k', scopes: ['quality:read'] });
		await expect(cancelRun(audience, runId)).rejects.toMatchObject({ code: 'forbidden' });
		const [one, two] = await Promise.all([cancelRun(agent, runId), cancelRun(agent, runId)]);
		expect(one).toEqual(two);
		expect(one).toMatchObject({
			status: 'cancelled',
			...{ passed: 1, failed: 0, flaky: 0, pass_rate: null },
			error: 'Canceled by Grace after 1 of 3 test cases.',
			finished_at: expect.any(String) as string,
		});
		const cancelled = await getRun(agent, runId);
		expect(cancelled.results.map(({ case_id, status }) => [case_id, status])).toEqual([
			[ids[0], 'passed'],
			[ids[1], 'cancelled'],
			[ids[2], 'cancelled'],
		]);
		expect(cancelled.results[0]?.transcript).toHaveLength(3);

		held[0]?.end(JSON.stringify({ reply: 'At last' }));
		await vi.waitFor(async () => {
			const { rows } = await t.app.db.execute(sql`
				select from ai_turns where finished_at is null and chat_session_id in (
					select chat_session_id from suite_run_cases where run_id = ${runId})`);
			expect(rows).toEqual([]);
		});
		await continueRuns(t.ctx());
		expect(await getRun(agent, runId)).toEqual(cancelled);
		const sent = standIn().ai.recorder.requests.map(({ body }) => body.toString());
		expect(sent.filter((body) => body.includes('Three'))).toEqual([]);
		const rows = await t.app.db.select().from(deliveries);
		expect(rows.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
			{ data: { suite_run: { id: runId, status: 'cancelled' } } },
		]);
	});

	it('is neither the previous nor the best run, and lets other runs of its site start', async () => {
		const { key } = await createSite(t.app, { connector: webhook('never-answers') });
		const { id, ids } = await createSuiteWithLines(key, 'One');
		const { id: runId } = await startRun(agent, id);
		await continueRuns(t.ctx());
		await cancelRun(agent, runId);
		await expect(cancelRun(agent, 999_999)).rejects.toMatchObject({ code: 'not_found' });
		const next = await waitForEnd(
			await startRun(admin, id, { connector: { type: 'n8n', url: standIn().ai.url('object') } }),
		);
		expect(next).toMatchObject({ status: 'passed', previous: null, best: null, newly_passed: [] });
		const { compared } = await getCaseResult(agent, next.id, ids[0] ?? 0);
		expect(compared).toBeNull();
		// A run that has ended doesn't change.
		expect(await cancelRun(agent, next.id)).toMatchObject({ status: 'passed', pass_rate: 100 });
	});
});

describe('a run against the challenger', () => {
	it('tests the challenger on trial, affects no statistics, and requires a trial', async () => {
		const { key } = await createSite(t.app, { connector: webhook('object') });
		const { id } = await createSuiteWithLines(key, 'Hello');
		const none = startRun(agent, id, { arm: 'challenger' });
		await expect(none).rejects.toMatchObject({ code: 'conflict' });
		await setChallenger(admin, key, { connector: webhook('contract-2'), share_percent: 50 });
		const before = standIn().ai.recorder.requests.length;
		const result = await waitForEnd(await startRun(agent, id, { arm: 'challenger' }));
		expect(result).toMatchObject({
			status: 'passed',
			is_challenger: true,
			candidate_url: null,
			version: 'autumn',
		});
		const calls = standIn().ai.recorder.requests.slice(before);
		expect(new Set(calls.map(({ path }) => path))).toEqual(
			new Set([new URL(standIn().ai.url('contract-2')).pathname]),
		);
		await foldStatistics(t.ctx());
		const { challenger, comparison } = await getTrial(admin, key);
		expect(challenger?.ended_at).toBeNull();
		expect(comparison?.leads.challenger).toMatchObject({ count: 0, of: 0 });
		expect(comparison?.failures.challenger).toMatchObject({ count: 0, of: 0 });
		const both = { arm: 'challenger' as const, connector: webhook('object') };
		await expect(startRun(admin, id, both)).rejects.toMatchObject({ code: 'invalid' });
	});

	it('ends the trial if it passes fewer of the same cases than the champion’s, but not after an edit', async () => {
		const { key } = await createSite(t.app, { connector: webhook('object') });
		const { id, ids } = await createSuiteWithLines(key, 'Hello', 'I am Ada');
		await setChallenger(admin, key, { connector: webhook('contract-2'), share_percent: 50 });
		await waitForEnd(await startRun(agent, id));
		const isOnTrial = async () => (await getTrial(admin, key)).challenger?.ended_at === null;

		const [first = 0] = ids;
		const builder = t.ctx({ type: 'api_key', id: null, name: 'CI', scopes: ['quality:write'] });
		await updateCase(builder, first, {
			checks: [{ type: 'answer_contains', text: 'no AI says this' }],
		});
		const edited = await waitForEnd(await startRun(builder, id, { arm: 'challenger' }));
		expect(edited).toMatchObject({ status: 'failed', failed: 1 });
		expect(await isOnTrial()).toBe(true);

		// The champion fails the edited case, too.
		await waitForEnd(await startRun(agent, id));
		expect(await isOnTrial()).toBe(true);
		await updateCase(agent, first, { checks: [{ type: 'answer_contains', text: 'budget' }] });
		const [own, champions] = [
			await waitForEnd(await startRun(agent, id, { arm: 'challenger' })),
			await waitForEnd(await startRun(agent, id)),
		];
		expect([own.pass_rate, champions.pass_rate]).toEqual([50, 100]);
		expect((await getTrial(admin, key)).challenger).toMatchObject({
			ended_because: 'suite',
			ended_detail: { suite_run_id: own.id },
		});
		await expect(stopTrial(admin, key)).rejects.toMatchObject({ code: 'conflict' });
	});
});

it('a run returns at most eight million characters of transcripts, and each result its full transcript', async () => {
	const { key, id: site_id } = await createSite(t.app, {});
	const { id } = await createSuiteWithLines(key, 'One', 'Two', 'Three');
	const { id: run_id } = await startRun(agent, id);
	const message = 'x'.repeat(3_000_000);
	const attempt: CaseAttempt = {
		...{ ok: true, checks: [], lead: {}, is_complete: true, ai_ms: 1, error: null },
		transcript: [
			{
				sender: 'ai',
				message,
				timestamp: '2026-11-23T10:00:00.000Z',
				line: 0,
				is_fallback: false,
				ms: 1,
			},
		],
	};
	const finished_at = t.app.clock();
	await t.app.db
		.update(suite_run_cases)
		.set({ attempts: [attempt], status: 'passed', finished_at })
		.where(eq(suite_run_cases.run_id, run_id));
	await t.app.db
		.update(suite_runs)
		.set({ status: 'passed', passed: 3, pass_rate: 100, finished_at })
		.where(eq(suite_runs.site_id, site_id));
	const getMessageLengths = ({ results }: Awaited<ReturnType<typeof getRun>>) =>
		results.map(({ transcript }) => transcript[0]?.message.length);
	const run = await getRun(agent, run_id);
	expect(getMessageLengths(run)).toEqual([message.length, message.length, undefined]);
	expect(run.results.map(({ status, attempts, ai_ms }) => [status, attempts, ai_ms])).toEqual([
		['passed', 1, 1],
		['passed', 1, 1],
		['passed', 1, 1],
	]);
	expect(getMessageLengths(await getRun(agent, run_id, { transcripts: 'false' }))).toEqual([
		undefined,
		undefined,
		undefined,
	]);
	const whole = await getCaseResult(agent, run_id, run.results[2]?.case_id ?? 0);
	expect(whole.transcript[0]?.message).toHaveLength(message.length);
});
