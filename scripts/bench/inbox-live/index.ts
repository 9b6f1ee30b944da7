import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { DESKTOP } from '../../../tests/support/browser.ts';
import { launchChromium } from '../../../tests/support/chromium.ts';
import { FIRST_LOAD_BEFORE, measureInbox } from '../../../tests/support/first-load.ts';
import { startServer, type ServerProcess } from '../../../tests/support/process.ts';
import { signInAt } from '../../../tests/support/server-api.ts';
import type { Bench, Goal, Measurement } from '../bench.ts';
import { openSeededDatabase, SECRET_KEY, startSeededPostgres } from '../seeded-database.ts';
import { summarizeTrace, type TraceSummary } from './trace.ts';
import { startVisitors } from './visitors.ts';

/** Chat sessions in the baseline's database, unless the large database has fewer. */
const BASELINE_SESSIONS = 1_000;
const DEFAULT_SESSIONS = 100_000;

/** The inbox in Chromium with many chat sessions: its JavaScript, its first paint, and its longest task while 50 messages per second arrive. */
export const inboxLive: Bench = {
	name: 'inbox-live',
	async run({ seconds, rounds, sessions = DEFAULT_SESSIONS }) {
		const postgres = await startSeededPostgres();
		const browser = await launchChromium();
		try {
			const small = await openDashboard(
				postgres.url,
				Math.min(BASELINE_SESSIONS, sessions),
				browser,
			);
			const large = await openDashboard(postgres.url, sessions, browser);
			const paint = createMeasurement(
				`inbox: first useful paint at ${sessions} ÷ at ${BASELINE_SESSIONS} chat sessions`,
				'≤ 1000 ms',
			);
			const scripts = await measureScripts(large);
			const tasks = createMeasurement(
				'inbox: longest task (CPU) at 50 events per second ÷ without events',
				'≤ 100 ms',
			);
			let layoutShift = 0;
			for (let round = 0; round < rounds; round += 1) {
				paint.rounds.push({
					baseline: await measureFirstPaint(small),
					ours: await measureFirstPaint(large),
				});
				const withoutEvents = await traceNavigation(large, seconds, { isLive: false });
				const withEvents = await traceNavigation(large, seconds, { isLive: true });
				tasks.rounds.push({
					baseline: withoutEvents.longestTaskMs,
					ours: withEvents.longestTaskMs,
				});
				layoutShift = Math.max(layoutShift, withEvents.layoutShift);
			}
			await small.close();
			await large.close();
			tasks.name += ` (layout shift ${layoutShift.toFixed(4)})`;
			return [paint, tasks, ...scripts];
		} finally {
			await browser.close();
			await postgres.stop();
		}
	},
};

const createMeasurement = (name: string, goal: Goal, unit = 'ms'): Measurement => ({
	name,
	unit,
	rounds: [],
	goal,
});

interface Dashboard {
	server: ServerProcess;
	seeded: Awaited<ReturnType<typeof openSeededDatabase>>;
	browser: Browser;
	page: Page;
	close(): Promise<void>;
}

/** Starts a server on a seeded database, and opens a page signed in as its admin. */
async function openDashboard(
	postgres: string,
	sessions: number,
	browser: Browser,
): Promise<Dashboard> {
	const seeded = await openSeededDatabase(postgres, sessions);
	const server = await startServer({ DATABASE_URL: seeded.url, SECRET_KEY });
	const [name = '', value = ''] = (await signInAt(server.url)).split('=');
	const context = await browser.newContext(DESKTOP);
	await context.addCookies([{ name, value, url: server.url }]);
	const page = await context.newPage();
	return {
		server,
		seeded,
		browser,
		page,
		async close() {
			await context.close();
			await server.stop();
			await seeded.close();
		},
	};
}

/** Compares the size of the first load's JavaScript with that of November 2026. Measured once, because it is the same in each round. */
async function measureScripts({ browser, server, page }: Dashboard): Promise<Measurement[]> {
	const context = await browser.newContext({
		...DESKTOP,
		storageState: await page.context().storageState(),
	});
	const current = await measureInbox(await context.newPage(), server.url);
	await context.close();
	const parsed = createMeasurement(
		'inbox JavaScript, first load: parsed ÷ in November 2026',
		'≤ 0.7',
		'KB',
	);
	const transferred = createMeasurement(
		'inbox JavaScript, first load: transferred ÷ in November 2026',
		'≤ 0.7',
		'KB',
	);
	parsed.rounds.push({
		ours: current.parsedKilobytes,
		baseline: FIRST_LOAD_BEFORE.parsedKilobytes,
	});
	transferred.rounds.push({
		ours: current.transferredKilobytes,
		baseline: FIRST_LOAD_BEFORE.transferredKilobytes,
	});
	return [parsed, transferred];
}

/** Returns the time from the start of the navigation to the frame that shows the first row, in ms. */
async function measureFirstPaint({ page, server }: Dashboard): Promise<number> {
	await page.goto('about:blank');
	await page.goto(`${server.url}/inbox`, { waitUntil: 'commit' });
	return page.evaluate<number>(WAIT_FOR_FIRST_ROW);
}

// A string, because transpiled functions may use helpers that the page doesn't have.
const WAIT_FOR_FIRST_ROW = `new Promise((resolve) => {
	const checkRow = () => document.querySelector('[data-row]') ? resolve(performance.now()) : requestAnimationFrame(checkRow);
	requestAnimationFrame(checkRow);
})`;

/** Traces the page's main thread while an agent moves through the list. */
async function traceNavigation(
	{ page, server, seeded, browser }: Dashboard,
	seconds: number,
	{ isLive }: { isLive: boolean },
): Promise<TraceSummary> {
	// Not the tests' `gotoDashboard`, which only runs inside vitest.
	await page.goto(`${server.url}/inbox`);
	await page.locator('[data-row]').first().waitFor();
	await page.waitForLoadState('networkidle');
	const visitors = isLive ? await startVisitors(seeded.ctx, server.url) : undefined;
	await browser.startTracing(page, {
		categories: [
			'toplevel',
			'devtools.timeline',
			'disabled-by-default-devtools.timeline',
			'loading',
		],
	});
	const deadline = performance.now() + seconds * 1000;
	while (performance.now() < deadline) {
		await page.keyboard.press('j');
		await sleep(250);
	}
	const summary = summarizeTrace(await browser.stopTracing());
	visitors?.stop();
	if (visitors?.getSentCount() === 0) throw new Error('no message was stored');
	return summary;
}
