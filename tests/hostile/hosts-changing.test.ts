// @module-tag thorough
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { PHONE, useBrowser } from '../support/browser.ts';
import {
	getChatFrame,
	openAndSendMessage,
	getLauncher,
	sendMessage,
	getSessionId,
	useHosts,
} from '../support/host-pages.ts';

const browser = useBrowser();
const hosts = useHosts();

/** Runs libraries in the page without adding script elements. */
const run = (page: Page, ...files: string[]) =>
	files.reduce<Promise<unknown>>(
		(before, file) =>
			before.then(() => page.evaluate(readFileSync(`node_modules/${file}`, 'utf8'))),
		Promise.resolve(),
	);

const BODY = `<body><h1>Roofs</h1><p>Slate and metal</p><main><div data-frontdesk="{other}"></div></main></body>`;
const HTML = `<!doctype html><html lang="en"><head><title>Roofs</title><meta name="turbo-refresh-method" content="morph">
<meta name="turbo-refresh-scroll" content="preserve"><script src="{server}/widget.js" data-site="{site}" async></script></head>${BODY}</html>`;
/** An expression that fetches the page as the server renders it, with no chat in its element. */
const FETCH_PAGE = 'fetch(location.href).then((response) => response.text())';
const PARSE_PAGE = `${FETCH_PAGE}.then((html) => new DOMParser().parseFromString(html, 'text/html'))`;

const HYDRATE = `
	const e = React.createElement, script = document.querySelector('script');
	const tree = e('html', { lang: 'en' },
		e('head', null, e('title', null, 'Roofs'), e('script', { src: script.src, 'data-site': script.dataset.site, async: true })),
		e('body', null, e('h1', null, 'Roofs'), e('p', null, 'Slate and metal'),
			e('main', null, e('div', { 'data-frontdesk': document.querySelector('[data-frontdesk]').dataset.frontdesk }))));
	ReactDOM.hydrateRoot(document, tree, { onRecoverableError() {} });`;

type Change = (page: Page) => Promise<unknown>;
const CHANGES: [name: string, change: Change][] = [
	[
		// https://github.com/remix-run/remix/issues/2947
		'React 18 hydrates the document',
		async (page) => {
			await run(
				page,
				'react/umd/react.production.min.js',
				'react-dom/umd/react-dom.production.min.js',
			);
			await page.evaluate(HYDRATE);
		},
	],
	[
		// https://github.com/facebook/react/issues/24430
		'React 19 hydrates the document',
		async (page) => {
			await run(
				page,
				'umd-react/dist/react.production.min.js',
				'umd-react/dist/react-dom.production.min.js',
			);
			await page.evaluate(HYDRATE);
		},
	],
	[
		// https://github.com/chatwoot/chatwoot/issues/11219
		'Turbo 8 morphs the page',
		async (page) => {
			await run(page, '@hotwired/turbo/dist/turbo.es2017-umd.js');
			await page.evaluate(`new Promise((done) => {
				addEventListener('turbo:render', done, { once: true });
				Turbo.visit(location.href, { action: 'replace' });
			})`);
		},
	],
	[
		// https://github.com/antiwork/helper/issues/729
		'Turbo replaces the body',
		async (page) => {
			await run(page, '@hotwired/turbo/dist/turbo.es2017-umd.js');
			await page.evaluate(`new Promise((done) => {
				addEventListener('turbo:render', done, { once: true });
				Turbo.visit(location.href + '&page=2');
			})`);
		},
	],
	[
		// https://github.com/alexjustesen/speedtest-tracker/issues/756, with the morph that Livewire uses
		'Livewire morphs a component repeatedly',
		async (page) => {
			const source = readFileSync('node_modules/@alpinejs/morph/dist/module.esm.js', 'utf8');
			await page.evaluate(`(async () => {
				const { morph } = await import(URL.createObjectURL(new Blob([${JSON.stringify(source)}], { type: 'text/javascript' })));
				window.Alpine = { closestDataStack: () => [], cloneNode() {} };
				const html = (await ${PARSE_PAGE}).querySelector('main').outerHTML;
				for (let poll = 0; poll < 20; poll += 1) morph(document.querySelector('main'), html, {});
			})()`);
		},
	],
	[
		// https://github.com/bigskysoftware/htmx/issues/559
		'htmx swaps the element around the chat',
		async (page) => {
			await run(page, 'htmx.org/dist/htmx.js');
			await page.evaluate(
				`${PARSE_PAGE}.then((next) => htmx.swap('main', next.querySelector('main').outerHTML, { swapStyle: 'outerHTML' }))`,
			);
		},
	],
	[
		// https://github.com/bigskysoftware/idiomorph/issues/2
		'idiomorph morphs the whole document',
		async (page) => {
			await run(page, 'idiomorph/dist/idiomorph.js');
			await page.evaluate(
				`${PARSE_PAGE}.then((next) => void Idiomorph.morph(document.documentElement, next.documentElement))`,
			);
		},
	],
	[
		// Astro's <ClientRouter>: https://github.com/withastro/astro/issues/9359
		'head and body are replaced',
		(page) =>
			page.evaluate(
				`${PARSE_PAGE}.then((next) => (document.head.replaceWith(next.head), document.body.replaceWith(next.body)))`,
			),
	],
	[
		// https://github.com/remix-run/remix/issues/9016
		'<html> is replaced',
		(page) =>
			page.evaluate(
				`${PARSE_PAGE}.then((next) => void document.replaceChild(document.adoptNode(next.documentElement), document.documentElement))`,
			),
	],
	[
		// https://github.com/rapidez/core/pull/618
		'the content of <html> is rewritten',
		(page) =>
			page.evaluate(
				`${PARSE_PAGE}.then((next) => void (document.documentElement.innerHTML = next.documentElement.innerHTML))`,
			),
	],
	[
		'the body is emptied and filled again',
		(page) =>
			page.evaluate(
				`(() => { const html = document.body.innerHTML; document.body.innerHTML = ''; document.body.innerHTML = html; })()`,
			),
	],
	[
		'the element is emptied',
		(page) => page.evaluate(`document.querySelector('[data-frontdesk]').innerHTML = ''`),
	],
	[
		// https://developer.mozilla.org/docs/Web/API/Document/open: also removes every listener of the window
		'document.write rewrites the page',
		async (page) => {
			await page.evaluate(
				`${FETCH_PAGE}.then((html) => { document.open(); document.write(html.replace(/<script.*?<\\/script>/s, '')); document.close(); })`,
			);
			await getLauncher(page).click();
		},
	],
];

describe('a page that replaces its DOM keeps one copy of each chat, with its messages', () => {
	it.each(CHANGES)('%s', async (_, change) => {
		const { origin, site, other, show } = hosts;
		show(HTML);
		const page = await browser.open(`${origin}/shown.html?site=${site}&other=${other}`);
		const inline = page.frameLocator(`iframe[src*="/embed/${other}"]`);
		await inline.getByRole('log').getByText('Solar panels?').waitFor();
		await getLauncher(page).click();
		const chat = page.frameLocator(`iframe[src*="/embed/${site}"]`);
		await chat.locator('.ai').first().waitFor();
		await chat.getByRole('textbox').fill('Yes, please');
		await chat.getByRole('textbox').press('Enter');
		await chat.locator('.ai').nth(1).waitFor();
		await change(page);
		await chat.getByText('Yes, please').waitFor();
		await inline.getByRole('log').getByText('Solar panels?').waitFor();
		await expect.poll(() => getLauncher(page).count()).toBe(1);
		await expect.poll(() => page.locator('iframe').count()).toBe(2);
		await expect
			.poll(async () => (await page.locator('[data-frontdesk] iframe').boundingBox())?.height)
			.toBe(600);
	});

	it('gives up when the page keeps removing the launcher', async () => {
		const { origin, site, show } = hosts;
		show(`<!doctype html><title>Tidy</title><script src="{server}/widget.js" data-site="{site}" async></script><script>
			let removals = 0;
			new MutationObserver(() => document.querySelectorAll('html > div').forEach((node) => (removals++, node.remove())))
				.observe(document.documentElement, { childList: true });
		</script><body>Roofs`);
		const page = await browser.open('about:blank');
		await page.clock.install();
		await page.goto(`${origin}/shown.html?site=${site}`);
		await page.clock.runFor(1000);
		await page.waitForFunction('removals > 0');
		for (let minute = 0; minute < 10; minute += 1) await page.clock.runFor(60_000);
		await expect.poll(() => page.evaluate('removals')).toBeGreaterThan(5);
		await expect.poll(() => page.evaluate('removals')).toBeLessThan(150);
	});
});

describe('an open panel', () => {
	const HOST_PAGE =
		'<!doctype html><meta name="viewport" content="width=device-width"><title>Roofs</title><script>dataLayer = []</script><input autofocus><script src="{server}/widget.js" data-site="{site}" async></script>';
	const locateOpenLauncher = (page: Page) => page.locator('button[aria-expanded=true]');
	const getEvents = (page: Page) => page.evaluate<string[]>('dataLayer.map(({ event }) => event)');
	const waitUntilReady = (page: Page) =>
		page.waitForFunction(`dataLayer.some(({ event }) => event === 'frontdesk_ready')`);

	it('stays open with the same chat on the tab’s next pages, without an opened event and without taking focus', async () => {
		const { origin, site, show } = hosts;
		show(HOST_PAGE);
		const page = await browser.open(`${origin}/shown.html?site=${site}`);
		await openAndSendMessage(page);
		const session_id = await getSessionId(page);
		for (const path of ['page=2', 'page=3']) {
			await page.goto(`${origin}/shown.html?site=${site}&${path}`);
			await locateOpenLauncher(page).waitFor();
			await getChatFrame(page).getByText('Yes, please').waitFor();
		}
		expect(await getSessionId(page)).toBe(session_id);
		await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('INPUT');
		expect(await getEvents(page)).not.toContain('frontdesk_opened');
		await sendMessage(page, 'And on Mondays?');
		await page.reload();
		await locateOpenLauncher(page).waitFor();
	});

	it('is closed in a new tab, and stays closed once the visitor closed it', async () => {
		const { origin, site, show } = hosts;
		show(HOST_PAGE);
		const page = await browser.open(`${origin}/shown.html?site=${site}`);
		await openAndSendMessage(page);
		const opening = page.waitForEvent('popup');
		await page.evaluate('void open(location.href)');
		const tab = await opening;
		await waitUntilReady(tab);
		await expect.poll(() => locateOpenLauncher(tab).count()).toBe(0);
		await page.evaluate('Frontdesk.close()');
		await page.goto(`${origin}/shown.html?site=${site}&page=2`);
		await waitUntilReady(page);
		await expect.poll(() => locateOpenLauncher(page).count()).toBe(0);
	});

	it('closes on a phone when the visitor navigates', async () => {
		const { origin, site, show } = hosts;
		show(HOST_PAGE);
		const page = await browser.open(`${origin}/shown.html?site=${site}`, PHONE);
		await openAndSendMessage(page);
		await page.goto(`${origin}/shown.html?site=${site}&page=2`);
		await waitUntilReady(page);
		await expect.poll(() => locateOpenLauncher(page).count()).toBe(0);
	});

	it('releases the page when a phone shows it again from the back/forward cache', async () => {
		const { origin, site, show } = hosts;
		show(HOST_PAGE);
		const page = await browser.open(`${origin}/shown.html?site=${site}`, PHONE);
		await openAndSendMessage(page);
		await page.waitForFunction('document.body.inert');
		for (const type of ['pagehide', 'pageshow'])
			await page.evaluate(`dispatchEvent(new PageTransitionEvent('${type}', { persisted: true }))`);
		await expect.poll(() => locateOpenLauncher(page).count()).toBe(0);
		expect(await page.evaluate('document.body.inert')).toBe(false);
		expect(await page.evaluate('document.documentElement.style.overflow')).toBe('');
	});

	it('leaves a page locked if the page has locked itself', async () => {
		const { origin, site, show } = hosts;
		show(
			HOST_PAGE.replace('<html>', '').replace('<title>', '<html style="overflow: hidden"><title>'),
		);
		const page = await browser.open(`${origin}/shown.html?site=${site}`);
		await openAndSendMessage(page);
		await page.evaluate('Frontdesk.close()');
		await expect.poll(() => getEvents(page)).toContain('frontdesk_closed');
		expect(await page.evaluate('document.documentElement.style.overflow')).toBe('hidden');
	});
});

it('an embedded frame of the same site replaces the launcher; a frame of another site does not', async () => {
	const { origin, site, other, show } = hosts;
	show(
		'<!doctype html><title>Roofs</title><iframe src="{server}/embed/{other}" title="Chat"></iframe><script src="{server}/widget.js" data-site="{site}" async></script>',
	);
	const otherSite = await browser.open(`${origin}/shown.html?site=${site}&other=${other}`);
	await getLauncher(otherSite).waitFor();
	const sameSite = await browser.open(`${origin}/shown.html?site=${site}&other=${site}`);
	await getChatFrame(sameSite).getByText('A new roof?').waitFor();
	await sameSite.waitForFunction('window.Frontdesk && !Array.isArray(Frontdesk)');
	await sameSite.evaluate('new Promise((done) => requestIdleCallback(() => setTimeout(done)))');
	await expect.poll(() => getLauncher(sameSite).count()).toBe(0);
});
