// @module-tag thorough
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { getLauncher, useHosts } from '../support/host-pages.ts';
import {
	CLOBBERING,
	EVIL,
	OPTIMIZED,
	REMOVE_FEATURES,
	TAG,
	UNSUPPORTED_NAMES,
} from './hosts/hostile-pages.ts';

const browser = useBrowser();
const hosts = useHosts();

const PWNED = 'window.pwned = true';

/** Opens HTML as a host page. `EVIL` serves hostile scripts, and `/cache/` serves copies of the widget’s script. */
async function show(html: string, headers: Record<string, string> = {}, expected?: RegExp) {
	const { origin, site, server, show: serve } = hosts;
	const script = await (await fetch(`${server}/widget.js`)).text();
	serve(
		html.replaceAll('{script}', () => script),
		headers,
	);
	const page = await browser.open('about:blank', undefined, expected);
	const urls: string[] = [];
	page.on('request', (request) => urls.push(request.url()));
	const js = { contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' } };
	await page.route(`${EVIL}/**`, (route) => route.fulfill({ ...js, body: PWNED }));
	await page.route(`${origin}/cache/**`, (route) => route.fulfill({ ...js, body: script }));
	await page.goto(`${origin}/shown.html?site=${site}`);
	return { page, urls };
}

async function expectGreeting(page: Page): Promise<void> {
	await getLauncher(page).click();
	const chat = page.frameLocator(`iframe[src*="/embed/${hosts.site}"]`);
	await chat.getByText('A new roof?').waitFor();
	await expect.poll(() => getLauncher(page).count()).toBe(1);
}

/** An expression for whether the loader has loaded its second file. */
const SECOND_FILE = `performance.getEntriesByType('resource').some(({ name }) => name.includes('/later-'))`;

describe('DOM clobbering neither loads foreign code nor breaks the chat', () => {
	it.each(CLOBBERING)('%s', async (_, html) => {
		const { page, urls } = await show(
			`<!doctype html><title>Roofs</title><body>${html}${TAG}`,
			{},
			/404/,
		);
		await expectGreeting(page);
		await page.waitForFunction(SECOND_FILE);
		const evil = urls.filter((url) => url.startsWith(EVIL) && !html.includes(url));
		expect(evil).toEqual([]);
		// The page may run the vendor's script, since it includes that script itself.
		await expect.poll(() => page.evaluate('"pwned" in window')).toBe(html.includes('vendor'));
	});

	it.each(UNSUPPORTED_NAMES)('%s', async (_, html) => {
		const { page, urls } = await show(
			`<!doctype html><title>Roofs</title>${REMOVE_FEATURES}<body>${html}${TAG}`,
			{},
			/404/,
		);
		await expectGreeting(page);
		// Playwright can't evaluate code in these pages, whose elements shadow its globals.
		await expect.poll(() => urls.some((url) => url.includes('/later-'))).toBe(true);
	});
});

describe('shows the launcher once, wherever an optimizer puts the script', () => {
	it.each(OPTIMIZED)('%s', async (_, html) => {
		const { page } = await show(`<!doctype html><title>Roofs</title><body>${html}`);
		await expectGreeting(page);
		await page.waitForFunction(SECOND_FILE);
	});
});

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin' };
const HEADERS: [name: string, headers: Record<string, string>][] = [
	// https://github.com/chatwoot/chatwoot/issues/11218
	['require-corp', { ...ISOLATED, 'Cross-Origin-Embedder-Policy': 'require-corp' }],
	['credentialless', { ...ISOLATED, 'Cross-Origin-Embedder-Policy': 'credentialless' }],
	['same-origin-allow-popups', { 'Cross-Origin-Opener-Policy': 'same-origin-allow-popups' }],
	// https://web.dev/articles/trusted-types
	['trusted types', { 'Content-Security-Policy': "require-trusted-types-for 'script'" }],
	[
		'no trusted types policy',
		{ 'Content-Security-Policy': "require-trusted-types-for 'script'; trusted-types 'none'" },
	],
	['no referrer', { 'Referrer-Policy': 'no-referrer' }],
	[
		'no permissions',
		{ 'Permissions-Policy': 'autoplay=(), storage-access=(), unload=(), clipboard-write=()' },
	],
	['an origin-keyed agent cluster', { 'Origin-Agent-Cluster': '?1' }],
	// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
	['a sandbox without an origin', { 'Content-Security-Policy': 'sandbox allow-scripts' }],
];

describe('works on pages that are never idle', () => {
	// An animation that takes longer than a frame leaves no idle time, so requestIdleCallback alone never calls back.
	it('because an animation keeps the main thread busy', async () => {
		const { page } = await show(
			`<!doctype html><title>Roofs</title><body><h1>Roofs</h1><script>
				const draw = () => {
					for (const end = performance.now() + 30; performance.now() < end; );
					document.querySelector('h1').style.color = 'hsl(' + (performance.now() % 360) + ' 50% 50%)';
					requestAnimationFrame(draw);
				};
				requestAnimationFrame(draw);
			</script>${TAG}`,
		);
		await getLauncher(page).waitFor();
		await expect.poll(() => getLauncher(page).count()).toBe(1);
	});
});

describe('works on pages with isolating headers', () => {
	it.each(HEADERS)('with %s', async (_, headers) => {
		const { page } = await show(`<!doctype html><title>Roofs</title><body>${TAG}`, headers);
		await expectGreeting(page);
	});

	it('with a nonce-based policy that allows no styles', async () => {
		const policy =
			"default-src 'none'; script-src 'nonce-x' 'strict-dynamic'; frame-src http:; connect-src http:";
		const html = `<!doctype html><title>Roofs</title><body>${TAG.replace('async', 'async nonce="x"')}`;
		const { page } = await show(html, { 'Content-Security-Policy': policy });
		await expectGreeting(page);
	});
});

// https://github.com/prototypejs/prototype, https://github.com/mootools/mootools-core, https://github.com/angular/angular/tree/main/packages/zone.js
const GLOBALS: [name: string, code: string][] = [
	[
		'Prototype',
		`Array.prototype.toJSON = function () { return '[]'; }; Array.from = (list) => list; Element.prototype.remove = function () { this.parentNode.removeChild(this); return this; }`,
	],
	[
		'MooTools',
		`Function.prototype.bind = function (self, list) { const act = this; return (...values) => act.apply(self, list ?? values); }; Array.prototype.append = Array.prototype.push; Array.prototype.extra = 1`,
	],
	[
		'variables named like built-ins',
		`var URL = '/api', self = null, origin = 'Hamburg', name = 'x', status = 1, event = {}, Event = {}, Node = {}, Range = {}, Request = {}, Response = {}`,
	],
	['a fetch that throws', `window.fetch = () => { throw new Error('no') }`],
	['a fetch that returns nothing', `window.fetch = () => undefined`],
	[
		'no idle callbacks, no UUIDs, no navigation',
		`delete window.requestIdleCallback; delete Crypto.prototype.randomUUID; delete window.navigation`,
	],
	[
		'invalid languages',
		`Object.defineProperty(navigator, 'languages', { value: undefined }); Object.defineProperty(navigator, 'language', { value: 'en-US@posix' })`,
	],
	['no Intl', `delete window.Intl`],
	[
		'languages that throw',
		`Object.defineProperty(Navigator.prototype, 'languages', { get() { throw new Error('blocked'); } })`,
	],
	[
		'invalid commands',
		`window.Frontdesk = [null, 5, ['nothing'], [], 'open', { on: 1 }, ['on', 'ready']]`,
	],
	[
		'invalid settings',
		`window.FrontdeskSettings = [null, 5, 'x', [], { site: {} }, { site: 'a b' }]`,
	],
];

describe('works on pages that modify built-ins', () => {
	it.each(GLOBALS)('%s', async (_, code) => {
		const { page } = await show(
			`<!doctype html><title>Roofs</title><script>${code}</script><body>${TAG}`,
		);
		await expectGreeting(page);
	});
});

describe('logs the reason once when there is no chat', () => {
	const collectWarnings = (page: Page) => {
		const logged: string[] = [];
		page.on(
			'console',
			(entry) =>
				entry.type() === 'warning' && /Frontdesk/.test(entry.text()) && logged.push(entry.text()),
		);
		return logged;
	};
	const openPage = async (body: string, headers = {}) => {
		const { origin, site, show: serve } = hosts;
		serve(`<!doctype html><title>Roofs</title><body>${body}`, headers);
		const page = await browser.open('about:blank', undefined, /frame|Frame|postMessage/);
		const logged = collectWarnings(page);
		await page.clock.install();
		await page.goto(`${origin}/shown.html?site=${site}`);
		return { page, logged };
	};

	it('when no site is named', async () => {
		const { page, logged } = await openPage(TAG.replace('data-site="{site}"', ''));
		await page.clock.runFor(6000);
		await expect.poll(() => logged).toEqual(['Frontdesk: no site set on this page']);
	});

	it('when the page’s policy forbids the frame', async () => {
		const { page, logged } = await openPage(TAG, { 'Content-Security-Policy': "frame-src 'none'" });
		await page.clock.runFor(6000);
		await getLauncher(page).click();
		const logLater = () => page.clock.runFor(11_000).then(() => logged);
		await expect.poll(logLater).toEqual([expect.stringMatching(/no response.*frame-src/)]);
	});
});
