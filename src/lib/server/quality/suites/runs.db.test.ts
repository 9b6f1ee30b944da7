// @module-tag thorough
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createSuiteOf } from '../../../../../tests/factories/suite.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { AiMode } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import type { SuiteRun } from '#lib/contract/suite.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	alerts,
	automation_errors,
	deliveries,
	mails,
	sites,
	suite_run_cases,
	suite_runs,
} from '#lib/server/core/db/schema/index.ts';
import { deleteSession, listSessions } from '#lib/server/conversations/sessions/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { listLeads } from '#lib/server/leads/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { submitReview } from '../reviews/index.ts';
import {
	createCase,
	createSuite,
	getCase,
	getCaseResult,
	getRun,
	getSuite,
	listCases,
	listRuns,
	listSuites,
	replayIssues,
	startRun,
	updateCase,
} from './index.ts';
import { continueRuns } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
let agent: Ctx;
let admin: Ctx;

beforeAll(async () => {
	t.app.turns.start();
	agent = await createUserCtx(t);
	admin = await createUserCtx(t, { role: 'admin' });
});
afterAll(() => t.app.turns.drain(0));

const createSiteWithAi = (mode: AiMode, values: Parameters<typeof createSite>[1] = {}) =>
	createSite(t.app, {
		connector: { type: 'n8n', url: standIn().ai.url(mode), auth_header: null },
		...values,
	});

/** Continues a run, as the job does, until it has ended. */
const waitForEnd = ({ id }: Pick<SuiteRun, 'id'>) =>
	vi.waitFor(async () => {
		await continueRuns(t.ctx());
		const run = await getRun(agent, id);
		expect(run.finished_at).not.toBeNull();
		return run;
	});

const run = async (suiteId: number, ...input: [Parameters<typeof startRun>[2]?]) =>
	waitForEnd(await startRun(admin, suiteId, ...input));

const passingCheck = { type: 'answer_contains' as const, text: 'budget' };
const failingCheck = { type: 'answer_contains' as const, line: 1, text: 'the price list' };

describe('a run', () => {
	it('sends each case’s lines after the answers, judges it, and repeats what fails up to three times', async () => {
		const { key } = await createSiteWithAi('object');
		const { id, ids } = await createSuiteOf(
			agent,
			key,
			{ lines: ['One', 'Two'], checks: [passingCheck, { type: 'no_fallback' }] },
			{ lines: ['Three'], checks: [passingCheck, failingCheck] },
		);
		const started = await startRun(agent, id);
		expect(started).toMatchObject({ status: 'queued', total: 2, trigger: 'user', site: key });
		const result = await waitForEnd(started);
		expect(result).toMatchObject({
			status: 'failed',
			...{ passed: 1, failed: 1, flaky: 0, pass_rate: 50, error: null },
			version: expect.stringMatching(/^settings-[0-9a-f]{8}$/) as string,
			results: [
				{
					case_id: ids[1],
					status: 'failed',
					attempts: 3,
					checks: [
						{ type: 'answer_contains', ok: true },
						{
							type: 'answer_contains',
							ok: false,
							detail: '“the price list” is not in the answer to message 1.',
						},
					],
				},
				{ case_id: ids[0], status: 'passed', attempts: 1 },
			],
		});
		const { transcript } = result.results[1] ?? { transcript: [] };
		expect(transcript.map(({ sender, line }) => [sender, line])).toEqual([
			['ai', 0],
			['visitor', 1],
			['ai', 1],
			['visitor', 2],
			['ai', 2],
		]);
		expect(transcript.filter(({ sender }) => sender === 'ai').every(({ ms }) => ms !== null)).toBe(
			true,
		);
	});

	it('shows a case that passes only when repeated as flaky', async () => {
		const { key } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key, {
			lines: ['Hello'],
			checks: [{ type: 'no_fallback' }],
		});
		standIn().ai.next('error-in-workflow');
		const { status, passed, flaky, results } = await run(id);
		expect({ status, passed, flaky }).toEqual({ status: 'passed', passed: 0, flaky: 1 });
		expect(results).toMatchObject([{ status: 'flaky', attempts: 2, checks: [{ ok: false }] }]);
		const { id: runId } = (await listRuns(agent, id)).items[0] ?? { id: 0 };
		const detail = await getCaseResult(agent, runId, results[0]?.case_id ?? 0);
		expect(detail.all_attempts.map(({ ok }) => ok)).toEqual([false, true]);
	});

	it('starts with the page, language and values of its case, and can let the visitor write first', async () => {
		const { key } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key, {
			lines: ['Hello'],
			context: {
				page_url: 'https://example.com/roofs',
				language: 'de-DE',
				known: { name: 'Alex', email: 'alex@example.com' },
				visitor_starts: true,
			},
			checks: [{ type: 'field_equals', key: 'email', value: 'ALEX@example.com' }],
		});
		const before = standIn().ai.recorder.requests.length;
		const { status, results } = await run(id);
		expect([status, results[0]?.checks]).toEqual(['passed', expect.anything()]);
		const [call, ...more] = standIn().ai.recorder.requests.slice(before);
		expect(more).toEqual([]);
		expect(call?.json()).toMatchObject({
			...{ action: 'message', message: 'Hello', is_test: true, channel: 'test' },
			visitor: { page_url: 'https://example.com/roofs', language: 'de-DE' },
			lead: { name: 'Alex', email: 'alex@example.com' },
		});
	});

	it('judges completion, fields, turns and handoff by what the AI did', async () => {
		const { key } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key, {
			lines: ['Hello', 'More'],
			context: { visitor_starts: true },
			checks: [
				{ type: 'completed' },
				{ type: 'max_turns', n: 1 },
				{ type: 'field_equals', key: 'name', value: 'Ada Lovelace' },
				{ type: 'field_absent', key: 'company' },
				{ type: 'handoff', requested: true },
				{ type: 'answered_in_time', seconds: 60 },
			],
		});
		standIn().ai.next('completed', ({ response }) => {
			response.end(JSON.stringify({ reply: 'I will get someone.', handoff: { reason: 'angry' } }));
		});
		const { results } = await run(id);
		expect(results[0]?.checks.map(({ type, ok }) => [type, ok])).toEqual([
			['completed', true],
			['max_turns', true],
			['field_equals', true],
			['field_absent', true],
			['handoff', true],
			['answered_in_time', true],
		]);
	});

	it('asks a judge with the transcript and what was expected', async () => {
		const asked: unknown[] = [];
		const judge = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				asked.push(JSON.parse(Buffer.concat(chunks).toString()));
				response.end(JSON.stringify([{ pass: asked.length > 1, reason: 'Second thoughts' }]));
			});
		});
		await new Promise<void>((resolve) => judge.listen(0, '127.0.0.1', resolve));
		onTestFinished(() => void judge.close());
		const url = `http://127.0.0.1:${(judge.address() as AddressInfo).port}/`;
		const { key } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key);
		const checks = [{ type: 'judge' as const, url }];
		const asked_for = { expected: 'Ask for the email', suite_ids: [id] };
		await createCase(admin, { site: key, lines: ['Hello'], checks, ...asked_for });
		const { status, results } = await run(id);
		expect(status).toBe('passed');
		expect(results).toMatchObject([
			{ status: 'flaky', checks: [{ ok: false, detail: 'Second thoughts' }] },
		]);
		expect(asked[0]).toMatchObject({
			expected: 'Ask for the email',
			transcript: [{ sender: 'ai' }, { sender: 'visitor', message: 'Hello' }, { sender: 'ai' }],
			case: { site: key },
		});
	});

	it('is compared with the previous and the best run, and lists new failures first', async () => {
		const { key } = await createSiteWithAi('object');
		const { id, ids } = await createSuiteOf(
			agent,
			key,
			{ lines: ['One'], checks: [passingCheck] },
			{ lines: ['Two'], checks: [failingCheck] },
			{ lines: ['Three'], checks: [passingCheck] },
		);
		const first = await run(id);
		expect(first).toMatchObject({ previous: null, best: null, newly_failed: [], newly_passed: [] });
		await updateCase(agent, ids[1] ?? 0, { checks: [passingCheck] });
		await updateCase(agent, ids[2] ?? 0, { checks: [failingCheck] });
		const second = await run(id);
		expect(second).toMatchObject({
			previous: { id: first.id, pass_rate: 66.7, passed: 2, total: 3 },
			best: { id: first.id, passed: 2, total: 3 },
			newly_failed: [ids[2]],
			newly_passed: [ids[1]],
		});
		expect(second.results.map(({ case_id }) => case_id)).toEqual([ids[2], ids[1], ids[0]]);
		expect(await getRun(agent, first.id)).toEqual(first);
		const detail = await getCaseResult(agent, second.id, ids[0] ?? 0);
		expect(detail.compared).toMatchObject({
			with: 'previous',
			transcript: [{}, { message: 'One' }, {}],
		});
		const light = await getRun(agent, second.id, { transcripts: 'false' });
		expect(light.results.map(({ transcript }) => transcript)).toEqual([[], [], []]);
		const [suite] = (await listSuites(agent, { site: key })).items;
		expect(suite?.runs.map((each) => each.id)).toEqual([first.id, second.id]);
	});

	it('is the last result of its cases, unless it tests a candidate', async () => {
		const { key } = await createSiteWithAi('object');
		const { id, ids } = await createSuiteOf(agent, key, { lines: ['One'], checks: [passingCheck] });
		const getLastResults = async () => {
			const [listed] = (await listCases(agent, { site: key })).items;
			const [inSuite] = (await getSuite(agent, id)).cases;
			expect(inSuite?.last_result).toEqual(listed?.last_result);
			expect((await getCase(agent, ids[0] ?? 0)).last_result).toEqual(listed?.last_result);
			return listed?.last_result;
		};
		expect(await getLastResults()).toBeNull();
		const first = await run(id);
		const result = { status: 'passed', run_id: first.id, at: expect.any(String) as string };
		expect(await getLastResults()).toEqual(result);
		const url = standIn().ai.url('not-registered');
		await run(id, { connector: { type: 'n8n', url, auth_header: null } });
		expect(await getLastResults()).toEqual(result);
	});

	it('tests another webhook instead of the site’s AI, and deletes its secret', async () => {
		const { key } = await createSiteWithAi('not-registered');
		const { id } = await createSuiteOf(agent, key, {
			lines: ['Hello'],
			checks: [{ type: 'no_fallback' }],
		});
		const url = standIn().ai.url('contract-2');
		const before = standIn().ai.recorder.requests.length;
		const auth_header = { name: 'X-Candidate', value: 'open sesame' };
		const result = await run(id, { connector: { type: 'n8n', url, auth_header } });
		expect(result).toMatchObject({ status: 'passed', candidate_url: url, version: 'autumn' });
		const calls = standIn().ai.recorder.requests.slice(before);
		expect(calls.map(({ headers }) => headers['x-candidate'])).toEqual([
			'open sesame',
			'open sesame',
		]);
		expect(calls.every(({ headers }) => headers['x-frontdesk-test'] === '1')).toBe(true);
		const [row] = await t.app.db.select().from(suite_runs).where(eq(suite_runs.id, result.id));
		expect(row?.connector).toEqual({ type: 'n8n', url, auth_header: null });
		const refused = startRun(agent, id, { connector: { type: 'n8n', url } });
		await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
	});

	it('uses the AI settings of its site from when it started', async () => {
		const { key, id: site_id } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key, {
			lines: ['Hello'],
			checks: [{ type: 'no_fallback' }],
		});
		const started = await startRun(agent, id);
		const connector = {
			type: 'n8n' as const,
			url: standIn().ai.url('not-registered'),
			auth_header: null,
		};
		await t.app.db.update(sites).set({ connector }).where(eq(sites.id, site_id));
		expect(await waitForEnd(started)).toMatchObject({ status: 'passed' });
		expect(await run(id)).toMatchObject({
			status: 'error',
			error: 'The AI did not answer: Workflow not active.',
		});
	});
});

describe('a run always ends with a result', () => {
	it('when several processes continue it concurrently, each case once and within the site’s limit', async () => {
		const { key } = await createSiteWithAi('object', { max_concurrent_turns: 4 });
		const lines = Array.from({ length: 7 }, (_, index) => ({
			lines: [`Line ${index}`],
			checks: [passingCheck],
		}));
		const { id } = await createSuiteOf(agent, key, ...lines);
		const { id: runId } = await startRun(agent, id);
		const running = z.array(z.object({ count: z.number() }));
		let most = 0;
		const result = await vi.waitFor(async () => {
			await Promise.all([1, 2, 3].map(() => continueRuns(t.ctx())));
			const { rows } = await t.app.db.execute(sql`
				select count(*)::int as count from suite_run_cases where run_id = ${runId} and status = 'running'`);
			most = Math.max(most, running.parse(rows)[0]?.count ?? 0);
			const found = await getRun(agent, runId);
			expect(found.finished_at).not.toBeNull();
			return found;
		});
		expect(most).toBeLessThanOrEqual(2);
		expect(result).toMatchObject({ status: 'passed', passed: 7, failed: 0, flaky: 0 });
		expect(result.results.map(({ attempts }) => attempts)).toEqual(lines.map(() => 1));
	});

	it('when the AI can’t be reached', async () => {
		const { key } = await createSiteWithAi('forbidden');
		const { id } = await createSuiteOf(agent, key, {
			lines: ['1', '2', '3', '4', '5'],
			checks: [passingCheck],
		});
		expect(await run(id)).toMatchObject({
			status: 'error',
			failed: 1,
			results: [{ status: 'error', attempts: 3 }],
		});
	});

	it('when its site was archived', async () => {
		const { key, id: site_id } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key, { lines: ['Hello'] });
		const started = await startRun(agent, id);
		await t.app.db.update(sites).set({ archived_at: new Date() }).where(eq(sites.id, site_id));
		expect(await waitForEnd(started)).toMatchObject({
			status: 'error',
			error: expect.stringContaining('could not start') as string,
		});
	});

	it('when a test chat is deleted while it runs', async () => {
		const { key } = await createSiteWithAi('never-answers');
		const { id } = await createSuiteOf(agent, key, { lines: ['Hello'] });
		const started = await startRun(agent, id);
		await continueRuns(t.ctx());
		const { results } = await getRun(agent, started.id);
		await deleteSession(t.ctx(), results[0]?.session_id ?? '');
		expect(await waitForEnd(started)).toMatchObject({
			status: 'error',
			error: expect.stringContaining('deleted') as string,
		});
	});

	it('when a chat never ends', async () => {
		const { key } = await createSiteWithAi('never-answers');
		const { id } = await createSuiteOf(agent, key, { lines: ['Hello'] });
		const started = await startRun(agent, id);
		await continueRuns(t.ctx());
		t.advance(46 * 60_000);
		expect(await waitForEnd(started)).toMatchObject({
			status: 'error',
			error: expect.stringContaining('45 minutes') as string,
		});
	});

	it('and repeats an attempt that a crash interrupted, without counting it', async () => {
		const { key } = await createSiteWithAi('object');
		const { id, ids } = await createSuiteOf(agent, key, {
			lines: ['Hello'],
			checks: [passingCheck],
		});
		const started = await startRun(agent, id);
		await continueRuns(t.ctx());
		await vi.waitFor(async () => {
			const [row] = await t.app.db
				.select()
				.from(suite_run_cases)
				.where(eq(suite_run_cases.case_id, ids[0] ?? 0));
			expect(row?.is_answered).toBe(true);
		});
		await t.app.db.execute(sql`
			update ai_turns set outcome = 'interrupted' where chat_session_id in (
				select chat_session_id from suite_run_cases where run_id = ${started.id})`);
		expect(await waitForEnd(started)).toMatchObject({
			status: 'passed',
			flaky: 0,
			results: [{ attempts: 1 }],
		});
		const [row] = await t.app.db
			.select()
			.from(suite_run_cases)
			.where(eq(suite_run_cases.case_id, ids[0] ?? 0));
		expect(row?.start_count).toBe(2);
	});

	it('and isn’t started without cases', async () => {
		const { key } = await createSiteWithAi('object');
		const { id } = await createSuiteOf(agent, key);
		await expect(startRun(agent, id)).rejects.toMatchObject({ code: 'invalid' });
		expect((await getSuite(agent, id)).runs).toEqual([]);
	});
});

it('a site can have at most twenty open runs, even if they are started concurrently', async () => {
	const { key, id: site_id } = await createSiteWithAi('object');
	const { id } = await createSuiteOf(agent, key, { lines: ['Hello'] });
	const { id: otherId } = await createSuiteOf(agent, key, { lines: ['Hello'] });
	const starts = Array.from({ length: 22 }, (_, index) =>
		startRun(agent, index % 2 ? otherId : id),
	);
	const outcomes = await Promise.allSettled(starts);
	const refusals = outcomes.flatMap((outcome) =>
		outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
	);
	expect(refusals).toMatchObject([{ code: 'conflict' }, { code: 'conflict' }]);
	await expect(startRun(agent, id)).rejects.toMatchObject({ code: 'conflict' });
	const elsewhere = await createSuiteOf(agent, (await createSiteWithAi('object')).key, {
		lines: ['Hello'],
	});
	expect(await startRun(agent, elsewhere.id)).toMatchObject({ status: 'queued' });
	await t.app.db
		.update(suite_runs)
		.set({ status: 'error', finished_at: t.app.clock() })
		.where(eq(suite_runs.site_id, site_id));
	expect(await startRun(agent, id)).toMatchObject({ status: 'queued' });
});

describe('a run’s chats', () => {
	it('are never delivered, counted, mailed, alerted or listed; only its end is delivered', async () => {
		const { key, id: site_id } = await createSiteWithAi('completed');
		const url = `${standIn().url}/lead`;
		const events = [
			'lead.completed',
			'session.created',
			'lead.updated',
			'suite_run.finished',
		] as const;
		await createEndpoint(t.ctx(), { site: key, url, events: [...events] });
		const { id } = await createSuiteOf(agent, key, {
			lines: ['I am Ada, ada@example.com'],
			checks: [{ type: 'completed' }],
		});
		const result = await run(id);
		expect(result.status).toBe('passed');
		await foldStatistics(t.ctx());
		const rows = await t.app.db.select().from(deliveries);
		expect(rows.map(({ event }) => event)).toEqual(['suite_run.finished']);
		expect(JSON.parse(rows[0]?.body ?? '')).toMatchObject({
			type: 'suite_run.finished',
			data: {
				suite_run: {
					id: result.id,
					suite_id: id,
					site: key,
					status: 'passed',
					version: result.version,
				},
			},
		});
		expect((await listSessions(agent, { site: key })).items).toEqual([]);
		expect((await listLeads(agent, { site: key })).items).toEqual([]);
		for (const table of [automation_errors, mails, alerts]) {
			expect(await t.app.db.select().from(table)).toEqual([]);
		}
		const { rows: counted } = await t.app.db.execute(sql`
			select from counted_sessions where chat_session_id in (select id from chat_sessions where site_id = ${site_id})`);
		expect(counted).toEqual([]);
	});
});

describe('a schedule', () => {
	it('starts one run when it is due, and the next a period later', async () => {
		const { key } = await createSiteWithAi('object');
		const { ids } = await createSuiteOf(agent, key, { lines: ['Hello'], checks: [passingCheck] });
		const { id } = await createSuite(agent, {
			site: key,
			name: 'Nightly',
			case_ids: ids,
			schedule: 'daily',
		});
		await continueRuns(t.ctx());
		expect((await listRuns(agent, id)).items).toEqual([]);
		t.advance(24 * 3_600_000 + 1_000);
		await Promise.all([continueRuns(t.ctx()), continueRuns(t.ctx())]);
		const [scheduled, ...more] = (await listRuns(agent, id)).items;
		expect(more).toEqual([]);
		expect(scheduled).toMatchObject({ trigger: 'schedule', started_by: 'Schedule' });
		if (scheduled) expect(await waitForEnd(scheduled)).toMatchObject({ status: 'passed' });
		await continueRuns(t.ctx());
		expect((await listRuns(agent, id)).items).toHaveLength(1);
	});
});

describe('replaying all open issues', () => {
	it('runs the chats with issues, each saved as one case', async () => {
		const { key } = await createSiteWithAi('object');
		const chats = [];
		for (const message of ['One', 'Two', 'Three']) {
			chats.push(await createChat(t.ctx(), { site: key, messages: [message] }));
		}
		for (const { session_id } of chats.slice(0, 2)) {
			await submitReview(agent, session_id, {
				qa_status: 'issue',
				notes: 'Wrong',
				expected: 'Right',
			});
		}
		const first = await waitForEnd(await replayIssues(agent, { site: key }));
		expect(first).toMatchObject({ suite: 'Open issues', total: 2, status: 'passed' });
		expect(first.results.map(({ title }) => title).sort()).toEqual(['One', 'Two']);
		const second = await waitForEnd(await replayIssues(agent, { site: key }));
		expect(second).toMatchObject({
			suite_id: first.suite_id,
			total: 2,
			previous: { id: first.id },
		});
		const detail = await getCaseResult(agent, first.id, first.results[0]?.case_id ?? 0);
		expect(detail).toMatchObject({
			expected: 'Right',
			origin_session_id: expect.any(String) as string,
			compared: { with: 'origin' },
		});
		const { key: quiet } = await createSiteWithAi('object');
		await expect(replayIssues(agent, { site: quiet })).rejects.toMatchObject({ code: 'invalid' });
	});
});
