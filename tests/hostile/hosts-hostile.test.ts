import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { useHostWorld } from '../support/host-pages.ts';
import { launcher } from '../support/host-visitor.ts';

import { CLOBBERING, EVIL, LACKING, OPTIMIZED, REMOVE, TAG } from './hosts/hostile-pages.ts';

const browser = useBrowser();
const world = useHostWorld();

const PWNED = 'window.pwned = true';

/** Opens HTML as a page of the host, with everything of `EVIL` and copies of our script under `/cache/` in place. */
async function show(html: string, headers: Record<string, string> = {}, expected?: RegExp) {
	const { origin, site, server, show: serve } = world();
	const script = await (await fetch(`${server.url}/widget.js`)).text();
	serve(
		html.replaceAll('{script}', () => script),
		headers,
	);
	const page = await browser.open('about:blank', undefined, expected);
	const asked: string[] = [];
	page.on('request', (request) => asked.push(request.url()));
	const js = { contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' } };
	await page.route(`${EVIL}/**`, (route) => route.fulfill({ ...js, body: PWNED }));
	await page.route(`${origin}/cache/**`, (route) => route.fulfill({ ...js, body: script }));
	await page.goto(`${origin}/shown.html?site=${site}`);
	return { page, asked };
}

async function greets(page: Page): Promise<void> {
	await launcher(page).click();
	const chat = page.frameLocator(`iframe[src*="/embed/${world().site}"]`);
	await chat.getByText('A new roof?').waitFor();
	expect(await launcher(page).count()).toBe(1);
}

/** The loader has its second file. */
const SECOND_FILE = `performance.getEntriesByType('resource').some(({ name }) => name.includes('/later-'))`;

describe('names and elements in the page’s content neither bring foreign code nor stop the chat', () => {
	it.each(CLOBBERING)('%s', async (_, html) => {
		const { page, asked } = await show(
			`<!doctype html><title>Roofs</title><body>${html}${TAG}`,
			{},
			/404/,
		);
		await greets(page);
		await page.waitForFunction(SECOND_FILE);
		const evil = asked.filter((url) => url.startsWith(EVIL) && !html.includes(url));
		expect(evil).toEqual([]);
		// The vendor's own script is the page's to run.
		expect(await page.evaluate('"pwned" in window')).toBe(html.includes('vendor'));
	});

	it.each(LACKING)('%s', async (_, html) => {
		const { page, asked } = await show(
			`<!doctype html><title>Roofs</title>${REMOVE}<body>${html}${TAG}`,
			{},
			/404/,
		);
		await greets(page);
		// Nothing is evaluated in the page: Playwright itself trips over these names.
		await expect.poll(() => asked.some((url) => url.includes('/later-'))).toBe(true);
	});
});

describe('wherever an optimizer puts the script, the launcher comes, once', () => {
	it.each(OPTIMIZED)('%s', async (_, html) => {
		const { page } = await show(`<!doctype html><title>Roofs</title><body>${html}`);
		await greets(page);
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
		'no trusted type at all',
		{ 'Content-Security-Policy': "require-trusted-types-for 'script'; trusted-types 'none'" },
	],
	['no referrer', { 'Referrer-Policy': 'no-referrer' }],
	[
		'no permissions',
		{ 'Permissions-Policy': 'autoplay=(), storage-access=(), unload=(), clipboard-write=()' },
	],
	['an origin of its own agent', { 'Origin-Agent-Cluster': '?1' }],
];

describe('a page that isolates itself has its chat', () => {
	it.each(HEADERS)('with %s', async (_, headers) => {
		const { page } = await show(`<!doctype html><title>Roofs</title><body>${TAG}`, headers);
		await greets(page);
	});

	it('with a policy of nonces, and no style of its own', async () => {
		const policy =
			"default-src 'none'; script-src 'nonce-x' 'strict-dynamic'; frame-src http:; connect-src http:";
		const html = `<!doctype html><title>Roofs</title><body>${TAG.replace('async', 'async nonce="x"')}`;
		const { page } = await show(html, { 'Content-Security-Policy': policy });
		await greets(page);
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
	['a fetch that throws', `window.fetch = () => { throw new Error('no') }`],
	['a fetch that returns nothing', `window.fetch = () => undefined`],
	[
		'no idle callbacks, no UUIDs, no navigation',
		`delete window.requestIdleCallback; delete Crypto.prototype.randomUUID; delete window.navigation`,
	],
	[
		'languages that are none',
		`Object.defineProperty(navigator, 'languages', { value: undefined }); Object.defineProperty(navigator, 'language', { value: 'en-US@posix' })`,
	],
	[
		'commands that make no sense',
		`window.Frontdesk = [null, 5, ['nothing'], [], 'open', { on: 1 }, ['on', 'ready']]`,
	],
	[
		'settings that make no sense',
		`window.FrontdeskSettings = [null, 5, 'x', [], { site: {} }, { site: 'a b' }]`,
	],
];

describe('a page that has changed what browsers bring has its chat', () => {
	it.each(GLOBALS)('%s', async (_, code) => {
		const { page } = await show(
			`<!doctype html><title>Roofs</title><script>${code}</script><body>${TAG}`,
		);
		await greets(page);
	});
});

describe('where there is no chat the console says why, once', () => {
	const warnings = (page: Page) => {
		const said: string[] = [];
		page.on(
			'console',
			(entry) =>
				entry.type() === 'warning' && /Frontdesk/.test(entry.text()) && said.push(entry.text()),
		);
		return said;
	};
	const reason = async (body: string, headers = {}) => {
		const { origin, site, show: serve } = world();
		serve(`<!doctype html><title>Roofs</title><body>${body}`, headers);
		const page = await browser.open('about:blank', undefined, /frame|Frame|postMessage/);
		const said = warnings(page);
		await page.clock.install();
		await page.goto(`${origin}/shown.html?site=${site}`);
		return { page, said };
	};

	it('when no site is named', async () => {
		const { page, said } = await reason(TAG.replace('data-site="{site}"', ''));
		await page.clock.runFor(6000);
		await expect.poll(() => said).toEqual(['Frontdesk: no site named on this page']);
	});

	it('when the page’s policy forbids the frame', async () => {
		const { page, said } = await reason(TAG, { 'Content-Security-Policy': "frame-src 'none'" });
		await page.clock.runFor(6000);
		await launcher(page).click();
		const later = () => page.clock.runFor(11_000).then(() => said);
		await expect
			.poll(later, { timeout: 20_000 })
			.toEqual([expect.stringMatching(/does not answer.*frame-src/)]);
	});
});
