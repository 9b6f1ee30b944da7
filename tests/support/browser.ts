import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { launchChromium } from './chromium.ts';
import { WAIT_TIMEOUT_MS } from './wait-timeout.ts';
import { ADMIN, signInAt } from './server-api.ts';

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const PHONE: BrowserContextOptions = {
	viewport: { width: 390, height: 844 },
	isMobile: true,
	hasTouch: true,
	deviceScaleFactor: 2,
};
export const PHONE_DARK: BrowserContextOptions = { ...PHONE, colorScheme: 'dark' };

const getHourIn = (timeZone: string) =>
	Number(
		new Intl.DateTimeFormat('en-US', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(),
	);

/** A time zone far from UTC in which no day ends during the tests. */
export const DAYTIME_ZONE =
	getHourIn('Pacific/Auckland') >= 1 && getHourIn('Pacific/Auckland') < 22
		? 'Pacific/Auckland'
		: 'America/Los_Angeles';

/**
 * Navigates to a dashboard page, and waits until its socket is connected and the page has refreshed its data, because a
 * refresh would close an open menu.
 */
export async function gotoDashboard(page: Page, url: string): Promise<void> {
	// Any socket will do, because the navigation closes those of the previous page.
	const joined = new Promise<void>((resolve) => {
		page.on('websocket', (socket) =>
			socket.on('framereceived', ({ payload }) => {
				if (String(payload).startsWith('40/agents')) resolve();
			}),
		);
	});
	const openRequests = new Set<Request>();
	const add = (request: Request) => void openRequests.add(request);
	const remove = (request: Request) => void openRequests.delete(request);
	page.on('request', add).on('requestfinished', remove).on('requestfailed', remove);
	await Promise.all([joined, page.goto(url)]);
	// Pages refresh 300 ms after their socket has joined. Later timers of the page run after that.
	await page.evaluate('new Promise((resolve) => setTimeout(resolve, 400))');
	await page.waitForLoadState('networkidle');
	await vi.waitFor(() => expect([...openRequests].map((request) => request.url())).toEqual([]));
	await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
	page.off('request', add).off('requestfinished', remove).off('requestfailed', remove);
}

/** Launches Chromium, or the browser at this path, for one test file. An uncaught error, or an error on any page's console, fails the test. */
export function useBrowser(executablePath?: string): {
	/** Opens a page. `expectedErrors` matches console errors that the test allows. */
	open(url: string, options?: BrowserContextOptions, expectedErrors?: RegExp): Promise<Page>;
	/** Opens a dashboard page with a session cookie. The sign-in form has its own tests. */
	openSignedIn(
		url: string,
		options?: BrowserContextOptions,
		credentials?: typeof ADMIN,
		expectedErrors?: RegExp,
		/** Signs in again instead of reusing this file's auth session. */
		isSeparate?: boolean,
	): Promise<Page>;
} {
	const cookies = new Map<string, Promise<string>>();
	let browser: Browser;
	let errors: string[] = [];
	beforeAll(async () => {
		browser = await launchChromium(executablePath);
	});
	afterEach(async () => {
		for (const context of browser.contexts()) await context.close();
		const pageErrors = errors;
		errors = [];
		expect(pageErrors).toEqual([]);
	});
	afterAll(() => browser.close());
	async function newPage(
		url: string,
		options: BrowserContextOptions,
		expectedErrors?: RegExp,
		cookie?: string,
	): Promise<Page> {
		const context = await browser.newContext(options);
		if (cookie) {
			const [name = '', value = ''] = cookie.split(/=(.*)/s);
			await context.addCookies([{ name, value, url: new URL(url).origin }]);
		}
		const page = await context.newPage();
		page.setDefaultTimeout(WAIT_TIMEOUT_MS);
		page.on('pageerror', (error) => errors.push(`${url}: ${error.message}`));
		page.on('console', (entry) => {
			if (entry.type() === 'error' && !expectedErrors?.test(entry.text()))
				errors.push(`${url}: ${entry.text()}`);
		});
		return page;
	}
	return {
		async open(url, options = DESKTOP, expectedErrors) {
			const page = await newPage(url, options, expectedErrors);
			await page.goto(url);
			return page;
		},
		async openSignedIn(
			url,
			options = DESKTOP,
			credentials = ADMIN,
			expectedErrors,
			isSeparate = false,
		) {
			const { origin } = new URL(url);
			const key = `${origin} ${credentials.email}`;
			const cookie = (isSeparate ? undefined : cookies.get(key)) ?? signInAt(origin, credentials);
			if (!isSeparate) cookies.set(key, cookie);
			const page = await newPage(url, options, expectedErrors, await cookie);
			await gotoDashboard(page, url);
			return page;
		},
	};
}
