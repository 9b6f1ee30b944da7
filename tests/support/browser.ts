import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const PHONE: BrowserContextOptions = {
	viewport: { width: 390, height: 844 },
	isMobile: true,
	hasTouch: true,
	deviceScaleFactor: 2,
};

/** Starts the Chromium of this machine. */
export function launchChromium(): Promise<Browser> {
	const executablePath = CHROMIUM.find((file) => existsSync(file));
	if (!executablePath) throw new Error('There is no Chromium: apt-get install chromium');
	return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A real Chromium for one test file. An error on any page's console, or an uncaught one, fails the test. */
export function useBrowser(): {
	/** `expected`: what the console may say. */
	open(url: string, options?: BrowserContextOptions, expected?: RegExp): Promise<Page>;
} {
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
	return {
		async open(url, options = DESKTOP, expected) {
			const context = await browser.newContext(options);
			const page = await context.newPage();
			page.setDefaultTimeout(20_000);
			page.on('pageerror', (error) => errors.push(`${url}: ${error.message}`));
			page.on('console', (entry) => {
				if (entry.type() === 'error' && !expected?.test(entry.text()))
					errors.push(`${url}: ${entry.text()}`);
			});
			await page.goto(url);
			return page;
		},
	};
}
