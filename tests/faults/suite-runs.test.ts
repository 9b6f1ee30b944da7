import { expect, it, onTestFinished, vi } from 'vitest';
import { suite, suiteRunDetail } from '#lib/contract/suite.ts';
import { testCase } from '#lib/contract/test-case.ts';
import { createTestDatabase } from '../support/database.ts';
import { startServer } from '../support/process.ts';
import { callApi } from '../support/server-api.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const CASES = 8;
const standIn = useStandIn();

it('a suite run ends with a result for every case, although a process that runs it is killed', async () => {
	const database = await createTestDatabase();
	const environment = {
		DATABASE_URL: database.url,
		AI_WEBHOOK_URL: standIn().ai.url('late', { delay: 300 }),
		LEAD_WEBHOOK_URL: standIn().webhooks.url('lead'),
	};
	const [first, second] = await Promise.all([startServer(environment), startServer(environment)]);
	onTestFinished(async () => {
		await Promise.all([first.stop(), second.stop()]);
		await database.drop();
	});
	const case_ids: number[] = [];
	for (let number = 0; number < CASES; number += 1) {
		const body = {
			site: 'default',
			lines: [`Roof ${number}`, 'It leaks', 'alex@example.com'],
			checks: [{ type: 'no_fallback' }, { type: 'answer_contains', line: 2, text: 'budget' }],
		};
		case_ids.push(testCase.parse(await callApi(first.url, 'POST', 'cases', body)).id);
	}
	const created = await callApi(first.url, 'POST', 'suites', {
		site: 'default',
		name: 'Roofs',
		case_ids,
	});
	const { id } = suite.pick({ id: true }).parse(created);
	const run = suite
		.pick({ id: true })
		.parse(await callApi(first.url, 'POST', `suites/${id}/runs`, {}));
	// Some chats are in the middle of a turn of this process.
	await standIn().ai.recorder.waitFor(CASES);
	first.signal('SIGKILL');
	await first.exited;

	const ended = await vi.waitFor(
		async () => {
			const found = suiteRunDetail.parse(await callApi(second.url, 'GET', `suite-runs/${run.id}`));
			expect(found.finished_at).not.toBeNull();
			return found;
		},
		{ timeout: 120_000, interval: 200 },
	);
	expect(ended).toMatchObject({
		status: 'passed',
		total: CASES,
		passed: CASES,
		failed: 0,
		flaky: 0,
	});
	for (const { status, attempts, transcript } of ended.results) {
		expect([status, attempts]).toEqual(['passed', 1]);
		expect(transcript.filter(({ sender }) => sender === 'visitor')).toHaveLength(3);
	}
	const calls = standIn().ai.recorder.requests;
	expect(calls.filter(({ headers }) => headers['x-frontdesk-test'] !== '1')).toEqual([]);
	expect(standIn().webhooks.recorder('lead').requests).toEqual([]);
});
