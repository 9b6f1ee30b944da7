import { goto } from '$app/navigation';
import { toast } from 'svelte-sonner';
import { api, call, formatError } from '#lib/client/api/call.ts';
import { formatCount } from '#lib/numbers.ts';
import { LiveList, type PageQuery } from '#lib/client/live/live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { LiveValue } from '#lib/client/live/live-value.svelte.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Suite, SuiteDetail, SuiteRun, SuiteRunDetail } from '#lib/contract/suite.ts';
import type { TestCase } from '#lib/contract/test-case.ts';

const MAX_HISTORY = 20;

/** Adds or updates a run in a suite's history, oldest first. */
export function withRun(runs: readonly SuiteRun[], run: SuiteRun): SuiteRun[] {
	const isKnown = runs.some(({ id }) => id === run.id);
	if (isKnown) return runs.map((known) => (known.id === run.id ? pickNewerRun(known, run) : known));
	return [...runs, run].sort((a, b) => a.id - b.id).slice(-MAX_HISTORY);
}

/** Returns the more advanced version of a run: events from several processes can arrive out of order. */
const pickNewerRun = (known: SuiteRun, received: SuiteRun): SuiteRun => {
	const getProgress = ({ passed, failed, flaky, finished_at }: SuiteRun) =>
		finished_at === null ? passed + failed + flaky : Infinity;
	return getProgress(received) >= getProgress(known) ? received : known;
};

const getEventRun = ({ name, payload }: LiveEvent): SuiteRun | undefined =>
	name === 'suite_run.started' || name === 'suite_run.updated' || name === 'suite_run.finished'
		? payload.suite_run
		: undefined;

/** The suites of a site or of all sites, with their latest runs. */
export class SuiteList extends LiveList<Suite> {
	readonly #site: string | undefined;

	constructor(page: Page<Suite>, site: string | undefined) {
		super(page);
		this.#site = site;
	}

	protected fetch(query: PageQuery): Promise<Page<Suite>> {
		return call(api.suites.$get({ query: { ...(this.#site && { site: this.#site }), ...query } }));
	}

	protected applyEvent(event: LiveEvent): void {
		if (event.name === 'suite.changed') this.refreshSoon();
		const run = getEventRun(event);
		const suite = run && this.items.find(({ id }) => id === run.suite_id);
		if (suite) this.replace({ ...suite, runs: withRun(suite.runs, run) });
	}
}

/** The test cases of a site or of all sites, newest first. */
export class CaseList extends LiveList<TestCase> {
	readonly #site: string | undefined;

	constructor(page: Page<TestCase>, site: string | undefined) {
		super(page);
		this.#site = site;
	}

	protected fetch(query: PageQuery): Promise<Page<TestCase>> {
		return call(api.cases.$get({ query: { ...(this.#site && { site: this.#site }), ...query } }));
	}

	protected applyEvent(event: LiveEvent): void {
		const { name, payload } = event;
		// A finished run changes the last result of its cases.
		if (name === 'suite_run.finished') this.refreshSoon();
		else if (name === 'case.deleted') this.removeWhere(({ id }) => id === payload.case_id);
		else if (name === 'case.updated') this.replace(payload.case);
		else if (name === 'case.created' && (!this.#site || payload.case.site === this.#site)) {
			this.prepend(payload.case);
		}
	}
}

const REFRESH_INTERVAL_MS = 800;

/** A suite, refetched when it changes. */
export const createLiveSuite = (live: LiveSocket, suite: SuiteDetail) =>
	new LiveValue<SuiteDetail>(
		live,
		{
			fetch: () => call(api.suites[':id'].$get({ param: { id: suite.id } })),
			isRelevant: (event) =>
				event.name === 'case.updated' ||
				event.name === 'case.deleted' ||
				(event.name === 'suite.changed' && event.payload.suite_id === suite.id) ||
				getEventRun(event)?.suite_id === suite.id,
			minIntervalMs: () => REFRESH_INTERVAL_MS,
		},
		suite,
	);

/** A run without its transcripts, refetched while it is in progress. */
export const createLiveRun = (live: LiveSocket, run: SuiteRunDetail) =>
	new LiveValue<SuiteRunDetail>(
		live,
		{
			fetch: () =>
				call(
					api['suite-runs'][':id'].$get({
						param: { id: run.id },
						query: { transcripts: 'false' },
					}),
				),
			isRelevant: (event) => getEventRun(event)?.id === run.id,
			minIntervalMs: () => REFRESH_INTERVAL_MS,
		},
		run,
	);

const TOAST_MS = 15_000;

/** Offers to run a site's newest suite with test cases, to verify that an issue was fixed. */
export async function offerRun({ site }: { site: string }): Promise<void> {
	const page = await call(api.suites.$get({ query: { site, limit: '20' } })).catch(() => undefined);
	const suite = page?.items.find(({ case_count }) => case_count > 0);
	if (!suite) return;
	toast(`Run the suite “${suite.name}” to verify the fix?`, {
		duration: TOAST_MS,
		action: { label: 'Run suite', onClick: () => void runSuite(suite.id, { opensRun: true }) },
	});
}

interface RunOptions {
	/** The site's AI to test; its champion by default. */
	arm?: 'challenger' | undefined;
	/** Whether to open the run's page. */
	opensRun?: boolean;
}

/** Starts a run of a suite; shows a toast if that fails. */
export async function runSuite(suiteId: number, { arm, opensRun }: RunOptions = {}): Promise<void> {
	try {
		const param = { id: String(suiteId) };
		const { id } = await call(api.suites[':id'].runs.$post({ param, json: { arm } }));
		if (opensRun) await goto(`/suites/runs/${id}`);
	} catch (error) {
		toast.error(formatError(error));
	}
}

/** "1 test case", "8 test cases". */
export const formatCaseCount = (count: number) =>
	`${formatCount(count)} ${count === 1 ? 'test case' : 'test cases'}`;

/** "1 message", "8 messages". */
export const formatMessageCount = (count: number) =>
	`${formatCount(count)} ${count === 1 ? 'message' : 'messages'}`;

/** Returns the result of a run, such as "7 of 8 passed" or "3 of 8 done". Flaky cases count as passed. */
export function formatRunResult({ status, passed, flaky, failed, total }: SuiteRun): string {
	const doneCount = passed + flaky + failed;
	switch (status) {
		case 'queued':
			return 'Queued';
		case 'running':
			return `${doneCount} of ${total} done`;
		case 'passed':
		case 'failed':
			return `${passed + flaky} of ${total} passed`;
		case 'error':
			return 'Couldn’t run';
		case 'cancelled':
			return `Canceled after ${doneCount} of ${total}`;
	}
}

/** Returns the AI that a run tested: "challenger" or "candidate"; null for the champion. */
export const getRunArm = ({ is_challenger, candidate_url }: SuiteRun) =>
	is_challenger ? 'challenger' : candidate_url === null ? null : 'candidate';
