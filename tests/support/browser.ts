import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from './chromium.ts';
import { ADMIN, signInAt } from './sign-in.ts';

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const PHONE: BrowserContextOptions = {
	viewport: { width: 390, height: 844 },
	isMobile: true,
	hasTouch: true,
	deviceScaleFactor: 2,
};

/** A real Chromium for one test file. An error on any page's console, or an uncaught one, fails the test. */
export function useBrowser(): {
	/** `expected`: console errors that the test allows. */
	open(url: string, options?: BrowserContextOptions, expected?: RegExp): Promise<Page>;
	/** Opens a page of the dashboard with a cookie; the sign-in form has tests of its own. */
	openSignedIn(
		url: string,
		options?: BrowserContextOptions,
		who?: typeof ADMIN,
		expected?: RegExp,
		/** By a sign-in of its own, in place of the one that this file's pages share. */
		isApart?: boolean,
	): Promise<Page>;
} {
	const cookies = new Map<string, Promise<string>>();
	let browser: Browser;
	let errors: string[] = [];
	beforeAll(async () => {
		browser = await launchChromium();
	});
	afterEach(async () => {
		for (const context of browser.contexts()) await context.close();
		const met = errors;
		errors = [];
		expect(met).toEqual([]);
	});
	afterAll(() => browser.close());
	async function open(
		url: string,
		options: BrowserContextOptions,
		expected?: RegExp,
		cookie?: string,
	): Promise<Page> {
		const context = await browser.newContext(options);
		if (cookie) {
			const [name = '', value = ''] = cookie.split(/=(.*)/s);
			await context.addCookies([{ name, value, url: new URL(url).origin }]);
		}
		const page = await context.newPage();
		page.setDefaultTimeout(20_000);
		page.on('pageerror', (error) => errors.push(`${url}: ${error.message}`));
		page.on('console', (entry) => {
			if (entry.type() === 'error' && !expected?.test(entry.text()))
				errors.push(`${url}: ${entry.text()}`);
		});
		await page.goto(url);
		return page;
	}
	return {
		open: (url, options = DESKTOP, expected) => open(url, options, expected),
		async openSignedIn(url, options = DESKTOP, who = ADMIN, expected, isApart = false) {
			const { origin } = new URL(url);
			const key = `${origin} ${who.email}`;
			const cookie = (isApart ? undefined : cookies.get(key)) ?? signInAt(origin, who);
			if (!isApart) cookies.set(key, cookie);
			return open(url, options, expected, await cookie);
		},
	};
}
