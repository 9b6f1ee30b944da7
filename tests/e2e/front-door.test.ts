import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY } from '../support/api-key.ts';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { signInAt } from '../support/sign-in.ts';

const NO_SCRIPT = { ...DESKTOP, javaScriptEnabled: false };
const NARROW = { ...PHONE, viewport: { width: 360, height: 740 } };
const ADMIN = 'ada@example.com';
/** A refused form is answered with its status, which the console tells. */
const REFUSED = /status of 4\d\d/;

const browser = useBrowser();
let server: ServerProcess;
let setupUrl = '';
let dropDatabase: () => Promise<void>;

beforeAll(async () => {
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({ DATABASE_URL: database.url });
	setupUrl = /\S+\/setup\?token=\S+/.exec(server.output())?.[0] ?? '';
});
afterAll(async () => {
	await server.stop();
	await dropDatabase();
});

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
	const headers = { 'X-API-Key': API_KEY, 'content-type': 'application/json' };
	const response = await fetch(server.url + path, {
		method,
		headers,
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	expect(response.ok).toBe(true);
	return response.json();
}
const invite = async (email: string) =>
	((await call('POST', '/api/invitations', { email, role: 'agent' })) as { link: string }).link;

/** Looks at a page in light, in dark and as narrow as phones are. */
async function expectSound(url: string): Promise<void> {
	const page = await browser.open(url, { ...DESKTOP, colorScheme: 'light' });
	await page.getByRole('heading', { level: 1 }).waitFor();
	expect(await seriousFaults(page), url).toEqual([]);
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.setViewportSize(NARROW.viewport);
	expect(await seriousFaults(page), url).toEqual([]);
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(width, url).toBe(NARROW.viewport.width);
	await page.close();
}

// In this order: the first admin opens the house, and others come in by their links.
describe('the pages of somebody who is not signed in', () => {
	it('set Frontdesk up without a script, once, and keep what was typed beside a fault', async () => {
		await expectSound(setupUrl);
		const page = await browser.open(setupUrl, NO_SCRIPT, REFUSED);
		await page.getByLabel('Name').fill('Ada Lovelace');
		await page.getByLabel('Email').fill(ADMIN);
		await page.getByLabel('Password').fill('short');
		await page.getByRole('button', { name: 'Create account' }).click();
		await page.locator('[aria-invalid]').waitFor();
		expect(await page.getByLabel('Name').inputValue()).toBe('Ada Lovelace');
		expect(await page.getByLabel('Email').inputValue()).toBe(ADMIN);
		expect(await page.getByLabel('Password').inputValue()).toBe('');
		await page.getByLabel('Password').fill('tangerine orbit 7');
		await page.getByRole('button', { name: 'Create account' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();

		const again = await browser.open(setupUrl, NO_SCRIPT);
		await again.getByRole('heading', { name: 'Sign in' }).waitFor();
	});

	it('let somebody invited join without a script, by a link that works once', async () => {
		const link = await invite('grace@example.com');
		await expectSound(link);
		const page = await browser.open(link, NO_SCRIPT, REFUSED);
		await page.getByRole('button', { name: 'Join' }).click();
		await page.locator('[aria-invalid]').first().waitFor();
		await page.getByLabel('Name').fill('Grace Hopper');
		await page.getByLabel('Password').fill('mandarin orbit 8');
		await page.getByRole('button', { name: 'Join' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();

		const again = await browser.open(link, NO_SCRIPT);
		await again.getByRole('heading', { name: 'This invitation has expired' }).waitFor();
		await expectSound(link);
	});

	it('change a forgotten password without a script, by a link that works once', async () => {
		const asking = await browser.open(`${server.url}/forgot-password`, NO_SCRIPT);
		await asking.getByLabel('Email').fill('grace@example.com');
		await asking.getByRole('button', { name: 'Send link' }).click();
		await asking.getByRole('heading', { name: 'Check your email' }).waitFor();
		await expect.poll(resetLink, { timeout: 20_000 }).toContain('/reset-password/');
		const link = await resetLink();
		await expectSound(link);

		const page = await browser.open(link, NO_SCRIPT, REFUSED);
		await page.getByLabel(/New password/).fill('short');
		await page.getByRole('button', { name: 'Set new password' }).click();
		await page.locator('[aria-invalid]').waitFor();
		expect(await page.getByLabel(/New password/).inputValue()).toBe('');
		await page.getByLabel(/New password/).fill('clementine orbit 9');
		await page.getByRole('button', { name: 'Set new password' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();

		const again = await browser.open(link, NO_SCRIPT);
		await again.getByRole('heading', { name: 'This link has expired' }).waitFor();
	});

	it('stand in their place: sign-in, a forgotten password, and a link that never was', async () => {
		for (const path of ['/login', '/forgot-password', '/invite/none', '/reset-password/none']) {
			await expectSound(server.url + path);
		}
	});

	it('lead to the embed code with PUBLIC_URL, by whatever address the dashboard was opened', async () => {
		const elsewhere = server.url.replace('127.0.0.1', 'localhost');
		const cookie = await signInAt(elsewhere, { email: ADMIN, password: 'tangerine orbit 7' });
		for (const path of ['/', '/inbox']) {
			const page = await fetch(elsewhere + path, { headers: { cookie } });
			expect(await page.text(), path).toContain(`src="${server.url}/widget.js"`);
		}
	});
});

/** Read as an admin: keys are not shown one-time links. */
async function resetLink(): Promise<string> {
	const { items } = (await call('GET', '/api/mails')) as { items: { id: number }[] };
	const cookie = await signInAt(server.url, { email: ADMIN, password: 'tangerine orbit 7' });
	for (const { id } of items) {
		const response = await fetch(`${server.url}/api/mails/${id}`, { headers: { cookie } });
		const { text } = (await response.json()) as { text: string };
		const [link] = /\S+\/reset-password\/[\w-]+/.exec(text) ?? [];
		if (link) return link;
	}
	return '';
}

describe('the API reference', () => {
	it('lists the routes and sends a request, without loading anything from elsewhere', async () => {
		const page = await browser.open(`${server.url}/api/docs`);
		const requests: string[] = [];
		page.on('request', (request) => requests.push(request.url()));
		await page.reload();
		await page.getByRole('heading', { name: /Frontdesk API/ }).waitFor();
		expect(await page.locator('.opblock').count()).toBeGreaterThan(80);
		await page
			.getByRole('button', { name: /\/healthz/ })
			.first()
			.click();
		await page.getByRole('button', { name: 'Try it out' }).click();
		await page.getByRole('button', { name: 'Execute' }).click();
		await page.locator('.live-responses-table').getByText('"status": "ok"').first().waitFor();
		expect(
			requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:')),
		).toEqual([]);
	});

	it('fits a phone', async () => {
		const page = await browser.open(`${server.url}/api/docs`, { ...NARROW, colorScheme: 'dark' });
		await page.getByRole('heading', { name: /Frontdesk API/ }).waitFor();
		const width = await page.evaluate(() => document.documentElement.scrollWidth);
		expect(width).toBe(NARROW.viewport.width);
	});

	it('points to the document without a script', async () => {
		const page = await browser.open(`${server.url}/api/docs`, NO_SCRIPT);
		await page.getByRole('link', { name: 'openapi.json' }).waitFor();
	});
});
