import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { ADMIN, API_KEY, signInAt } from '../support/server-api.ts';

const NO_SCRIPT = { ...DESKTOP, javaScriptEnabled: false };
const NARROW = { ...PHONE, viewport: { width: 360, height: 740 } };
/** The browser logs the 4xx status of an invalid form. */
const CLIENT_ERROR = /status of 4\d\d/;

const browser = useBrowser();
const server = useBuiltServer({ ADMIN_EMAIL: '', ADMIN_PASSWORD: '' });
let setupUrl = '';

beforeAll(() => {
	setupUrl = /\S+\/setup\?token=\S+/.exec(server.process.output())?.[0] ?? '';
});

const invite = async (email: string) =>
	(await server.call<{ link: string }>('POST', 'invitations', { email, role: 'agent' })).link;

async function expectPageAccessible(url: string): Promise<void> {
	const page = await browser.open(url);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await expectAccessibleInEveryTheme(page);
	await page.close();
}

// In this order: the first admin sets up Frontdesk and invites others.
describe('signed-out pages', () => {
	it('create the first admin once, without JavaScript, and keep the input after an error', async () => {
		await expectPageAccessible(setupUrl);
		const page = await browser.open(setupUrl, NO_SCRIPT, CLIENT_ERROR);
		await page.getByLabel('Name').fill('Ada Lovelace');
		await page.getByLabel('Email').fill(ADMIN.email);
		await page.getByLabel('Password').fill('short');
		await page.getByRole('button', { name: 'Create account' }).click();
		await page.locator('[aria-invalid]').waitFor();
		await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('Ada Lovelace');
		await expect.poll(() => page.getByLabel('Email').inputValue()).toBe(ADMIN.email);
		await expect.poll(() => page.getByLabel('Password').inputValue()).toBe('');
		await page.getByLabel('Password').fill(ADMIN.password);
		await page.getByRole('button', { name: 'Create account' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();

		const again = await browser.open(setupUrl, NO_SCRIPT);
		await again.getByRole('heading', { name: 'Sign in' }).waitFor();
	});

	it('accept an invitation without JavaScript, with a link that works once', async () => {
		const link = await invite('grace@example.com');
		await expectPageAccessible(link);
		const page = await browser.open(link, NO_SCRIPT, CLIENT_ERROR);
		await page.getByRole('button', { name: 'Join' }).click();
		await page.locator('[aria-invalid]').first().waitFor();
		await page.getByLabel('Name').fill('Grace Hopper');
		await page.getByLabel('Password').fill('mandarin orbit 8');
		await page.getByRole('button', { name: 'Join' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();

		const again = await browser.open(link, NO_SCRIPT);
		await again.getByRole('heading', { name: 'This invitation has expired' }).waitFor();
		await expectPageAccessible(link);
	});

	it('reset a forgotten password without JavaScript, with a link that works once', async () => {
		const request = await browser.open(`${server.url}/forgot-password`, NO_SCRIPT);
		await request.getByLabel('Email').fill('grace@example.com');
		await request.getByRole('button', { name: 'Send link' }).click();
		await request.getByRole('heading', { name: 'Check your email' }).waitFor();
		await expect.poll(readResetLink).toContain('/reset-password/');
		const link = await readResetLink();
		await expectPageAccessible(link);

		const page = await browser.open(link, NO_SCRIPT, CLIENT_ERROR);
		await page.getByLabel(/New password/).fill('short');
		await page.getByRole('button', { name: 'Set new password' }).click();
		await page.locator('[aria-invalid]').waitFor();
		await expect.poll(() => page.getByLabel(/New password/).inputValue()).toBe('');
		await page.getByLabel(/New password/).fill('clementine orbit 9');
		await page.getByRole('button', { name: 'Set new password' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();

		const again = await browser.open(link, NO_SCRIPT);
		await again.getByRole('heading', { name: 'This link has expired' }).waitFor();
	});

	it(
		'are accessible: sign-in, forgotten password and unknown links',
		{ tags: 'thorough' },
		async () => {
			for (const path of ['/login', '/forgot-password', '/invite/none', '/reset-password/none']) {
				await expectPageAccessible(server.url + path);
			}
		},
	);

	it('follow the system’s theme, also while they are open', async () => {
		for (const path of ['/login', '/no-such-page']) {
			const page = await browser.open(server.url + path, DESKTOP, /status of 404/);
			await page.getByRole('heading', { level: 1 }).waitFor();
			const getTheme = () => page.evaluate(() => document.documentElement.dataset['theme']);
			await expect.poll(getTheme).toBe('light');
			for (const colorScheme of ['dark', 'light'] as const) {
				await page.emulateMedia({ colorScheme });
				await expect.poll(getTheme).toBe(colorScheme);
			}
			await page.close();
		}
	});

	it('remember the last email, and show the password on request', async () => {
		const page = await browser.openSignedIn(`${server.url}/`, DESKTOP);
		await page.getByRole('heading', { name: 'Overview' }).waitFor();
		// An open dashboard would report a request without its cookie as an error.
		await page.goto('about:blank');
		await page.context().clearCookies();
		await page.goto(`${server.url}/login`);
		const password = page.locator('input[name=password]');
		// The page's script fills it in.
		await expect.poll(() => page.getByLabel('Email').inputValue()).toBe(ADMIN.email);
		await page.getByRole('button', { name: 'Show' }).click();
		await expect.poll(() => password.getAttribute('type')).toBe('text');
		await page.getByRole('button', { name: 'Hide' }).click();
		await expect.poll(() => password.getAttribute('type')).toBe('password');
		await password.fill(ADMIN.password);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByRole('heading', { name: 'Overview' }).waitFor();
	});

	it('outline buttons in forced colors, links to the demo page too', async () => {
		const page = await browser.openSignedIn(`${server.url}/`, DESKTOP);
		await page.emulateMedia({ forcedColors: 'active' });
		const getBorder = (name: string) =>
			page
				.getByRole('link', { name })
				.first()
				.evaluate((link) => getComputedStyle(link).borderTopWidth);
		expect(await getBorder('Open demo page')).toBe('1px');
		await page.goto(`${server.url}/demo`);
		expect(await getBorder('Get a free estimate')).toBe('1px');
	});

	it('show the embed code with PUBLIC_URL, whatever address the dashboard was opened at', async () => {
		const otherUrl = server.url.replace('127.0.0.1', 'localhost');
		const cookie = await signInAt(otherUrl);
		for (const path of ['/', '/inbox']) {
			const page = await fetch(otherUrl + path, { headers: { cookie } });
			expect(await page.text(), path).toContain(`src="${server.url}/widget.js"`);
		}
	});
});

/** Reads the mail as an admin, because API keys don't see one-time links. */
async function readResetLink(): Promise<string> {
	const { items } = await server.call<{ items: { id: number }[] }>('GET', 'mails');
	const cookie = await signInAt(server.url);
	for (const { id } of items) {
		const response = await fetch(`${server.url}/api/mails/${id}`, { headers: { cookie } });
		const { text } = (await response.json()) as { text: string };
		const [link] = /\S+\/reset-password\/[\w-]+/.exec(text) ?? [];
		if (link) return link;
	}
	return '';
}

describe('the API reference', () => {
	it('lists the routes and sends a request, without loading anything from other hosts', async () => {
		const page = await browser.open(`${server.url}/api/docs`);
		const requests: string[] = [];
		page.on('request', (request) => requests.push(request.url()));
		await page.reload();
		await page.getByRole('heading', { name: /Frontdesk API/ }).waitFor();
		await page.getByRole('heading', { name: /^Chat sessions/ }).click();
		// The page renders only what is near the viewport.
		await expect.poll(() => page.locator('.opblock').count()).toBeGreaterThan(5);
		await page.getByPlaceholder('Filter by tag or path').fill('health');
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

	it('asks for an API key first, and sends a list’s request without example parameters', async () => {
		const page = await browser.open(`${server.url}/api/docs`);
		await page.getByRole('button', { name: 'Authorize', exact: true }).click();
		const field = page.locator('.auth-container', { hasText: 'X-API-Key' }).getByRole('textbox');
		await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
		await field.fill(API_KEY);
		await page.locator('.modal-btn.authorize').first().click();
		await page.getByRole('button', { name: 'Remove authorization' }).waitFor();
		expect((await page.locator('.auth-container').allInnerTexts()).join()).not.toContain('cookie');
		await page.getByRole('button', { name: 'Close' }).first().click();
		await page.getByRole('heading', { name: /^Sites/ }).click();
		await page.getByRole('button', { name: /List sites/ }).click();
		await page.getByRole('button', { name: 'Try it out' }).click();
		await page.getByRole('button', { name: 'Execute' }).click();
		await page.locator('.live-responses-table').getByText('"key": "default"').first().waitFor();
	});

	it('fits a dark 360 px phone', { tags: 'thorough' }, async () => {
		const page = await browser.open(`${server.url}/api/docs`, { ...NARROW, colorScheme: 'dark' });
		await page.getByRole('heading', { name: /Frontdesk API/ }).waitFor();
		await expect
			.poll(() => page.evaluate(() => document.documentElement.scrollWidth))
			.toBe(NARROW.viewport.width);
	});

	it('is accessible in light and dark', { tags: 'thorough' }, async () => {
		const page = await browser.open(`${server.url}/api/docs`);
		await page.getByRole('heading', { name: /Frontdesk API/ }).waitFor();
		await expectAccessibleInEveryTheme(page);
	});

	it('links to the OpenAPI document without JavaScript', async () => {
		const page = await browser.open(`${server.url}/api/docs`, NO_SCRIPT);
		const link = page.getByRole('link', { name: 'openapi.json' });
		await link.waitFor();
		await expect.poll(() => link.getAttribute('href')).toBe('openapi.json');
	});
});
