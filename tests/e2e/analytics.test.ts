import { mkdir, readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { statistics, type Statistics } from '#lib/contract/statistics.ts';
import { updateSession } from '#lib/server/conversations/sessions/index.ts';
import { makeChat } from '../factories/chat.ts';
import { API_KEY } from '../support/api-key.ts';
import { useTestApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, useBrowser } from '../support/browser.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { ADMIN } from '../support/sign-in.ts';

const SHOTS = 'test-results/screens';
const SMALL: BrowserContextOptions = { viewport: { width: 360, height: 780 }, hasTouch: true };
const ZONE = 'Pacific/Auckland';

const browser = useBrowser();
const test = useTestApp();
let server: ServerProcess;

beforeAll(async () => {
	await mkdir(SHOTS, { recursive: true });
	for (const name of ['Maya Hartmann', 'Tomás Rivera', 'Priya Nair']) await completedChat(name);
	await makeChat(test.ctx(), {});
	await makeChat(test.ctx(), { channel: 'test' });
	server = await startServer({
		DATABASE_URL: test.databaseUrl,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
	});
});
afterAll(() => server.stop());

async function completedChat(name: string): Promise<void> {
	const { session_id } = await makeChat(test.ctx(), { lead: { name, email: 'a@b.example' } });
	await updateSession(test.ctx(), session_id, { completion_status: 'complete' });
}

/** Signs in where the clocks are far from the server's. */
async function open(path: string, options: BrowserContextOptions = DESKTOP): Promise<Page> {
	const page = await browser.open(`${server.url}/login?redirect_to=${encodeURIComponent(path)}`, {
		...options,
		timezoneId: ZONE,
	});
	await page.fill('input[name=email]', ADMIN.email);
	await page.fill('input[name=password]', ADMIN.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('heading', { level: 1 }).waitFor();
	return page;
}

async function statisticsOf(query: string): Promise<Statistics> {
	const address = `${server.url}/api/stats?time_zone=${encodeURIComponent(ZONE)}&${query}`;
	const response = await fetch(address, { headers: { 'x-api-key': API_KEY } });
	return statistics.parse(await response.json());
}

/** The figure below a label. */
const figure = (page: Page, label: string) =>
	page.locator('p', { hasText: new RegExp(`^${label}$`) }).locator('xpath=following-sibling::p[1]');

/** Every color of the first chart, as `red,green,blue`. */
const colorsDrawn = (page: Page) =>
	page.evaluate(() => {
		const canvas = document.querySelector('canvas');
		const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
		const colors = new Set<string>();
		for (let at = 0; pixels && at < pixels.length; at += 4) {
			if ((pixels[at + 3] ?? 0) < 255) continue;
			colors.add(`${pixels[at]},${pixels[at + 1]},${pixels[at + 2]}`);
		}
		return [...colors];
	});

describe('analytics', () => {
	it('shows the numbers that the API gives, as chart, as table and as CSV', async () => {
		const page = await open('/analytics?period=7d');
		const { daily } = await statisticsOf('');
		const days = daily.slice(-7).map(({ date }) => date);
		const { totals } = await statisticsOf(`from=${days[0]}&to=${days.at(-1)}`);
		expect(totals).toMatchObject({ sessions: 4, complete: 3, leads: 3 });
		await page.getByText('Only 4 chats in this period').waitFor();
		expect(await figure(page, 'Chats').innerText()).toBe(String(totals.sessions));
		expect(await figure(page, 'Completed').innerText()).toBe(String(totals.complete));
		expect(await figure(page, 'Leads').innerText()).toBe(String(totals.leads));
		await page.getByRole('img', { name: /^Chats by day\. 4 chats/ }).waitFor();

		await page.getByRole('button', { name: 'Chats by day: view as table' }).click();
		const rows = page.getByRole('table', { name: 'Chats by day' }).locator('tbody tr');
		expect(await rows.count()).toBe(7);
		expect(await rows.last().innerText()).toMatch(new RegExp(`${days.at(-1)}\\s+4`));

		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name: 'Chats by day: download as CSV' }).click(),
		]);
		expect(download.suggestedFilename()).toBe(`chats-${days[0]}-to-${days.at(-1)}.csv`);
		const csv = await readFile(await download.path(), 'utf8');
		expect(csv.split('\r\n').at(-2)).toBe(`${days.at(-1)},4,0`);
	});

	it('gives every chart a table, a CSV, and a sentence of what it shows or why there is nothing', async () => {
		const page = await open('/analytics?period=7d');
		await page.getByText('Only 4 chats in this period').waitFor();
		const headings = page.getByRole('main').getByRole('heading', { level: 2 });
		const titles = await headings.allInnerTexts();
		expect(titles.length).toBeGreaterThanOrEqual(10);
		let tables = 0;
		for (const title of titles) {
			const card = page.getByRole('region', { name: title, exact: true });
			const download = card.getByRole('button', { name: `${title}: download as CSV` });
			expect(await download.count(), title).toBe(1);
			expect(await card.locator('p').first().innerText(), title).toMatch(/\S.*\.$/);
			if ((await card.locator('header p').count()) === 0) continue;
			const switcher = card.getByRole('button', { name: `${title}: view as table` });
			if ((await switcher.count()) > 0) await switcher.click();
			await card.getByRole('table', { name: title }).waitFor();
			tables++;
		}
		expect(tables).toBeGreaterThanOrEqual(4);
	});

	it('keeps period and comparison in the address, and brings numbers up to date by itself', async () => {
		const page = await open('/analytics');
		await page.getByRole('button', { name: 'Period: Last 28 days' }).click();
		await page.getByRole('button', { name: 'Today' }).click();
		await page.waitForURL('**/analytics?period=today');
		await page.getByRole('switch', { name: 'Compare' }).click();
		await page.waitForURL('**/analytics?period=today&compare=off');
		await page.keyboard.press('Escape');
		await page.reload();
		await page.getByRole('button', { name: 'Period: Today' }).waitFor();
		const before = Number(await figure(page, 'Chats').innerText());
		const started = await fetch(`${server.url}/api/embed-chat/sessions`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ site: 'default' }),
		});
		expect(started.status).toBe(201);
		await figure(page, 'Chats')
			.getByText(String(before + 1), { exact: true })
			.waitFor();
	});

	it('draws in the colors of the theme, and changes them with it', async () => {
		const page = await open('/analytics', { ...DESKTOP, colorScheme: 'light' });
		await page.getByRole('img', { name: /^Chats by day/ }).waitFor();
		const until = (color: string) =>
			vi.waitFor(async () => expect(await colorsDrawn(page)).toContain(color), 20_000);
		await until('11,110,95');
		await page.screenshot({ path: `${SHOTS}/analytics-light.png` });
		await page.emulateMedia({ colorScheme: 'dark' });
		await until('63,196,172');
		expect(await colorsDrawn(page)).not.toContain('11,110,95');
	});

	it.each([
		['light', DESKTOP],
		['dark', SMALL],
	] as const)('has no serious fault for axe, in %s', async (colorScheme, options) => {
		const page = await open('/analytics', { ...options, colorScheme });
		await page.getByRole('img', { name: /^Chats by day/ }).waitFor();
		expect(await seriousFaults(page)).toEqual([]);
		const overflow = await page.evaluate(() => document.body.scrollWidth - window.innerWidth);
		expect(overflow).toBeLessThanOrEqual(0);
		await page.screenshot({ path: `${SHOTS}/analytics-${colorScheme}-axe.png` });
	});
});

describe('the overview', () => {
	it.each([
		['light', DESKTOP],
		['dark', SMALL],
	] as const)(
		'shows a chat as it begins and what is completed, without a fault for axe, in %s',
		async (colorScheme, options) => {
			const page = await open('/', { ...options, colorScheme });
			await page.getByRole('heading', { name: 'Overview' }).waitFor();
			expect(await figure(page, 'Completed').innerText()).toBe('3');
			await page.getByRole('link', { name: /Priya Nair/ }).waitFor();
			await page.getByRole('link', { name: /3 completed chats to review/ }).waitFor();

			const visitor = await browser.open(`${server.url}/embed/default`, SMALL);
			await visitor.getByRole('log').getByText('What would you like help with?').waitFor();
			await visitor.getByRole('textbox').fill(`A ${colorScheme} roof`);
			await visitor.getByRole('textbox').press('Enter');
			await page
				.getByRole('link', { name: /When|start/ })
				.first()
				.waitFor();
			expect(await seriousFaults(page)).toEqual([]);
			const overflow = await page.evaluate(() => document.body.scrollWidth - window.innerWidth);
			expect(overflow).toBeLessThanOrEqual(0);
			await page.screenshot({ path: `${SHOTS}/overview-${colorScheme}.png` });
		},
	);
});
