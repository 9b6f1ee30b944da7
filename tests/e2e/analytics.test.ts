// @module-tag thorough
import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { statistics, type Statistics } from '#lib/contract/statistics.ts';
import { updateSession } from '#lib/server/conversations/sessions/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { createChat } from '../factories/chat.ts';
import { useTestApp } from '../support/app.ts';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DAYTIME_ZONE, DESKTOP, gotoDashboard, useBrowser } from '../support/browser.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { ADMIN_ENVIRONMENT, readApi } from '../support/server-api.ts';
import { startServer, type ServerProcess } from '../support/process.ts';

const SMALL: BrowserContextOptions = { viewport: { width: 360, height: 780 }, hasTouch: true };

const browser = useBrowser();
const t = useTestApp();
let server: ServerProcess;

beforeAll(async () => {
	for (const name of ['Maya Hartmann', 'Tomás Rivera', 'Priya Nair'])
		await createCompletedChat(name);
	await createChat(t.ctx(), {});
	await createChat(t.ctx(), { channel: 'test' });
	await foldStatistics(t.ctx());
	server = await startServer({ DATABASE_URL: t.databaseUrl, ...ADMIN_ENVIRONMENT });
});
afterAll(() => server.stop());

async function createCompletedChat(name: string): Promise<void> {
	const { session_id } = await createChat(t.ctx(), { lead: { name, email: 'a@b.example' } });
	await updateSession(t.ctx(), session_id, { completion_status: 'complete' });
}

/** Opens a page in a browser whose time zone is far from the server's. */
const open = (path: string, options: BrowserContextOptions = DESKTOP): Promise<Page> =>
	browser.openSignedIn(server.url + path, { ...options, timezoneId: DAYTIME_ZONE });

const readStatistics = (query: string): Promise<Statistics> =>
	readApi(server.url, `stats?time_zone=${encodeURIComponent(DAYTIME_ZONE)}&${query}`, statistics);

/** Locates the figure below a label. */
const locateFigure = (page: Page, label: string) =>
	page.locator('p', { hasText: new RegExp(`^${label}$`) }).locator('xpath=following-sibling::p[1]');

/** Returns every color of the first chart, as `red,green,blue`. */
const readDrawnColors = (page: Page) =>
	page.evaluate(() => {
		const canvas = document.querySelector('canvas');
		const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
		const colors = new Set<string>();
		for (let index = 0; pixels && index < pixels.length; index += 4) {
			const [red, green, blue, alpha = 0] = pixels.subarray(index, index + 4);
			if (alpha === 255) colors.add(`${red},${green},${blue}`);
		}
		return [...colors];
	});

function readDistanceToEnd(section: Element): number {
	const scroller = section.closest('[data-scroller]');
	if (!scroller) throw new Error('The section is outside a page.');
	return scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
}

describe('analytics', () => {
	it("shows the API's numbers as a chart, as a table and as CSV", async () => {
		const page = await open('/analytics?period=7d');
		const { daily } = await readStatistics('');
		const days = daily.slice(-7).map(({ date }) => date);
		const { totals } = await readStatistics(`from=${days[0]}&to=${days.at(-1)}`);
		expect(totals).toMatchObject({ sessions: 4, complete: 3, leads: 3 });
		await page.getByText('Only 4 chats in this period').waitFor();
		await expect.poll(() => locateFigure(page, 'Chats').innerText()).toBe(String(totals.sessions));
		await expect
			.poll(() => locateFigure(page, 'Completed').innerText())
			.toBe(String(totals.complete));
		await expect.poll(() => locateFigure(page, 'Leads').innerText()).toBe(String(totals.leads));
		await page.getByRole('img', { name: /^Chats by day\. 4 chats/ }).waitFor();

		await page.getByRole('button', { name: 'Chats by day: view as table' }).click();
		const rows = page.getByRole('table', { name: 'Chats by day' }).locator('tbody tr');
		await expect.poll(() => rows.count()).toBe(7);
		await expect.poll(() => rows.last().innerText()).toMatch(new RegExp(`${days.at(-1)}\\s+4`));

		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name: 'Chats by day: download as CSV' }).click(),
		]);
		expect(download.suggestedFilename()).toBe(`chats-${days[0]}-to-${days.at(-1)}.csv`);
		const csv = await readFile(await download.path(), 'utf8');
		expect(csv.split('\r\n').at(-2)).toBe(`${days.at(-1)},4,0`);
	});

	it('gives every chart a table, a CSV download and a summary', async () => {
		const page = await open('/analytics?period=7d');
		await page.getByText('Only 4 chats in this period').waitFor();
		const headings = page.getByRole('main').getByRole('heading', { level: 2 });
		const titles = await headings.allInnerTexts();
		expect(titles.length).toBeGreaterThanOrEqual(10);
		let tables = 0;
		for (const title of titles) {
			const card = page.getByRole('region', { name: title, exact: true });
			const download = card.getByRole('button', { name: `${title}: download as CSV` });
			await expect.poll(() => download.count(), { message: title }).toBe(1);
			await expect
				.poll(() => card.locator('p').first().innerText(), { message: title })
				.toMatch(/\S.*\.$/);
			if ((await card.locator('header p').count()) === 0) continue;
			const switcher = card.getByRole('button', { name: `${title}: view as table` });
			if ((await switcher.count()) > 0) await switcher.click();
			await card.getByRole('table', { name: title }).waitFor();
			tables++;
		}
		expect(tables).toBeGreaterThanOrEqual(4);
	});

	it('keeps the period and comparison in the URL, and updates its numbers live', async () => {
		const page = await open('/analytics');
		await page.getByRole('button', { name: 'Period: Last 28 days' }).click();
		await page.getByRole('button', { name: 'Today' }).click();
		await page.waitForURL('**/analytics?period=today');
		await page.getByRole('switch', { name: 'Compare' }).click();
		await page.waitForURL('**/analytics?period=today&compare=off');
		await page.keyboard.press('Escape');
		await gotoDashboard(page, page.url());
		await page.getByRole('button', { name: 'Period: Today' }).waitFor();
		const before = Number(await locateFigure(page, 'Chats').innerText());
		const started = await fetch(`${server.url}/api/embed-chat/sessions`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ site: 'default' }),
		});
		expect(started.status).toBe(201);
		await locateFigure(page, 'Chats')
			.getByText(String(before + 1), { exact: true })
			.waitFor();
	});

	it('redraws its charts in the colors of the new theme', async () => {
		const page = await open('/analytics', { ...DESKTOP, colorScheme: 'light' });
		await page.getByRole('img', { name: /^Chats by day/ }).waitFor();
		const waitForColor = (color: string) =>
			vi.waitFor(async () => expect(await readDrawnColors(page)).toContain(color));
		await waitForColor('11,110,95');
		await page.screenshot({ path: `${SCREENSHOTS}/analytics-light.png` });
		await page.emulateMedia({ colorScheme: 'dark' });
		await waitForColor('63,196,172');
		expect(await readDrawnColors(page)).not.toContain('11,110,95');
	});

	it.each([1440, 1024, 390])('highlights the section in view, %i px wide', async (width) => {
		const page = await open('/analytics?period=7d#outcomes', { viewport: { width, height: 900 } });
		const nav = page.getByRole('navigation', { name: 'Sections' });
		const expectCurrent = async (name: string) => {
			await expect.poll(() => nav.locator('[aria-current]').allInnerTexts()).toEqual([name]);
			const { x = -1, width: length = 0 } =
				(await nav.getByRole('link', { name }).boundingBox()) ?? {};
			expect(x).toBeGreaterThanOrEqual(0);
			expect(x + length).toBeLessThanOrEqual(width);
		};
		const section = page.getByRole('region', { name: 'Outcomes', exact: true });
		await expectCurrent('Outcomes');
		await expect.poll(async () => (await section.boundingBox())?.y).toBeLessThan(250);
		await nav.getByRole('link', { name: 'Reviews' }).click();
		await expectCurrent('Reviews');
		await page.mouse.move(width / 2, 600);
		await page.mouse.wheel(0, -20_000);
		await expectCurrent('Over time');
		await page.mouse.wheel(0, 20_000);
		await expectCurrent('Greetings');
		// A page that grows leaves the user a little above its end.
		await page.mouse.wheel(0, -60);
		await expect.poll(() => section.evaluate(readDistanceToEnd)).toBeGreaterThan(20);
		await expectCurrent('Greetings');
	});

	it('is accessible in light and dark mode, on desktop and phone', async () => {
		const page = await open('/analytics');
		await page.getByRole('img', { name: /^Chats by day/ }).waitFor();
		await expectAccessibleInEveryTheme(page, 'analytics');
	});
});

it('the overview shows new and completed chats live, and is accessible in every theme', async () => {
	const page = await open('/');
	await page.getByRole('heading', { name: 'Overview' }).waitFor();
	await locateFigure(page, 'Completed').getByText('3', { exact: true }).waitFor();
	await page.getByRole('link', { name: /Priya Nair/ }).waitFor();

	const visitor = await browser.open(`${server.url}/embed/default`, SMALL);
	await visitor.getByRole('log').getByText('What would you like help with?').waitFor();
	await visitor.getByRole('textbox').fill('A slate roof');
	await visitor.getByRole('textbox').press('Enter');
	await page
		.getByRole('link', { name: /When|start/ })
		.first()
		.waitFor();
	await expectAccessibleInEveryTheme(page, 'overview');
});
