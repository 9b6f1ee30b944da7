import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { BubbleTrigger } from '#lib/contract/greeting.ts';
import type { Transcript } from '#lib/contract/session.ts';
import type { Statistics } from '#lib/contract/statistics.ts';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import {
	getChatFrame,
	getLauncher,
	sendMessage,
	getSessionId,
	useHosts,
} from '../support/host-pages.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { callApi, createSiteAt } from '../support/server-api.ts';

const browser = useBrowser();
const hosts = useHosts();

const GREETING = 'Hi! A new roof?';
const locateBubble = (page: Page) => page.locator('aside');
const locateGreeting = (page: Page, text: string) =>
	locateBubble(page).getByRole('button', { name: text });
const isDismissed = 'Object.keys(localStorage).some((key) => key.endsWith(":invited"))';
const getPageUrl = (name: string, site: string) => `${hosts.origin}/${name}.html?site=${site}`;

/** Returns the URLs of all requests and sockets that the page opens from now on. */
function watchUrls(page: Page): string[] {
	const urls: string[] = [];
	page.on('request', (request) => urls.push(request.url()));
	page.on('websocket', (socket) => urls.push(socket.url()));
	return urls;
}

describe.each([
	['a desktop', DESKTOP],
	['a phone', PHONE],
])('on %s', (_, options) => {
	const expectGreeting = async (name: string) => {
		const page = await browser.open('about:blank', options);
		const urls = watchUrls(page);
		await page.goto(getPageUrl(name, hosts.site));
		await locateGreeting(page, GREETING).waitFor();
		const box = await locateBubble(page).boundingBox();
		const button = await getLauncher(page).boundingBox();
		expect(box?.width, name).toBeLessThanOrEqual(280);
		expect((box?.y ?? 0) + (box?.height ?? 0), name).toBeLessThan(button?.y ?? 0);
		expect(box?.x, name).toBeGreaterThanOrEqual(0);
		expect(
			await locateBubble(page).evaluate((node) => {
				const { fontSize, display, opacity } = getComputedStyle(node);
				return [fontSize, display, node.getAnimations().length === 0 ? opacity : '1'];
			}),
			name,
		).toEqual(['14px', 'flex', '1']);
		const loaded = urls.filter((url) => /\/embed\/|socket|sessions/.test(url));
		expect(loaded, name).toEqual([]);
	};

	it('shows the greeting beside the launcher of every host page, before the chat loads', async () => {
		const names = ['unset', 'strict-csp', 'rtl', 'bootstrap', 'transformed', 'hidden', 'swapped'];
		// Concurrently, because the greeting waits 3 seconds on each page.
		await Promise.all(names.map(expectGreeting));
	});
});

describe('the greeting beside the launcher', () => {
	it('is accessible, in light and dark, and isn’t animated with reduced motion', async () => {
		const page = await browser.open(getPageUrl('unset', hosts.site), {
			...DESKTOP,
			reducedMotion: 'reduce',
		});
		await locateGreeting(page, GREETING).waitFor();
		const { transitionDuration, animationName } = await locateBubble(page).evaluate((node) => {
			const style = getComputedStyle(node);
			return { transitionDuration: style.transitionDuration, animationName: style.animationName };
		});
		expect([transitionDuration, animationName]).toEqual(['0s', 'none']);
		await expectAccessible(page);
		await page.emulateMedia({ colorScheme: 'dark' });
		await expectAccessible(page);
		await page.screenshot({ path: `${SCREENSHOTS}/bubble-dark.png` });
		await page.emulateMedia({ forcedColors: 'active' });
		await expectAccessible(page);
	});

	it('starts the chat when the visitor opens it, and isn’t shown again', async () => {
		const page = await browser.open(getPageUrl('tags', hosts.site));
		await locateGreeting(page, GREETING).click();
		await getChatFrame(page).getByRole('log').getByText(GREETING).waitFor();
		await expect.poll(() => locateBubble(page).count()).toBe(0);
		await sendMessage(page, 'Yes, please');
		await page.keyboard.press('Escape');
		await page.waitForFunction('calls.some(([name]) => name === "closed")');
		await page.reload();
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_ready")');
		await expect.poll(() => page.evaluate(isDismissed)).toBe(true);
	});

	it('stays closed on every later page and tab once it was closed', async () => {
		const page = await browser.open(getPageUrl('strict-csp', hosts.site), PHONE);
		await locateGreeting(page, GREETING).waitFor();
		await expect.poll(() => page.evaluate(isDismissed)).toBe(false);
		await page.getByRole('button', { name: 'Close' }).click();
		await expect.poll(() => locateBubble(page).count()).toBe(0);
		await expect.poll(() => page.evaluate(isDismissed)).toBe(true);
		expect(await countGreetings(page.context(), hosts.site)).toBe(0);
	});

	it('survives pages that replace their body and remove the launcher', async () => {
		const page = await browser.open(getPageUrl('unset', hosts.site));
		await locateGreeting(page, GREETING).waitFor();
		await page.evaluate('document.body.replaceWith(document.body.cloneNode(true))');
		await locateGreeting(page, GREETING).waitFor();
		await page.evaluate('document.documentElement.lastElementChild.remove()');
		await locateGreeting(page, GREETING).waitFor();
		await expect.poll(() => locateBubble(page).count()).toBe(1);
	});

	it('is not shown to crawlers, nor where the site turned it off', async () => {
		const silent = await createSiteAt(hosts.server, 'Silent', {
			greeting: 'Never said',
			greeting_bubble: { is_enabled: false, rules: [] },
		});
		const config = await fetch(`${hosts.server}/api/embed-chat/config/${silent}`);
		expect(await config.json()).toMatchObject({ greeting_bubble: null });
		const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
		const page = await browser.open('about:blank', { ...DESKTOP, userAgent });
		expect(await countGreetings(page.context(), hosts.site)).toBe(0);
		const otherPage = await browser.open('about:blank');
		expect(await countGreetings(otherPage.context(), hosts.site)).toBe(1);
	});

	it('is in the visitor’s language, with the site’s own text as the fallback', async () => {
		const site = await createSiteAt(hosts.server, 'Languages', {
			greeting: 'Hello!',
			translations: { greeting: { de: 'Guten Tag!' } },
		});
		const german = await browser.open(getPageUrl('unset', site), { ...DESKTOP, locale: 'de-AT' });
		await locateGreeting(german, 'Guten Tag!').click();
		await getChatFrame(german).getByRole('log').getByText('Guten Tag!').waitFor();
		const french = await browser.open(getPageUrl('unset', site), { ...DESKTOP, locale: 'fr-FR' });
		await locateGreeting(french, 'Hello!').waitFor();
		const close = french.getByRole('button', { name: 'Fermer' });
		await expect.poll(() => close.count()).toBe(1);
	});

	it('follows the direction of its text, even on a page with the other direction', async () => {
		const assistant = { name: 'Frieda', logo: null };
		const listParts = async (name: string, text: string) => {
			const site = await createSiteAt(hosts.server, `Direction ${name}`, {
				greeting: text,
				assistant,
			});
			const page = await browser.open(getPageUrl(name, site), DESKTOP);
			await locateGreeting(page, text).waitFor();
			const parts = await locateBubble(page).evaluate((node) =>
				['b', 'strong', 'button:last-child'].map((part) => {
					const { x = 0, right = 0 } = node.querySelector(part)?.getBoundingClientRect() ?? {};
					return { part, x, right };
				}),
			);
			return parts.sort((a, b) => a.x - b.x).map(({ part }) => part);
		};
		expect(await listParts('unset', 'مرحبًا! هل تحتاج إلى سقف جديد؟')).toEqual([
			'button:last-child',
			'strong',
			'b',
		]);
		expect(await listParts('rtl', 'Hello there! A new roof?')).toEqual([
			'b',
			'strong',
			'button:last-child',
		]);
	});

	it('shows a default greeting in full, even for a long site name', async () => {
		const site = await createSiteAt(
			hosts.server,
			'Hartmann and Daughters Roofing, Guttering and Solar Installations of Greater London',
			{},
		);
		const page = await browser.open(getPageUrl('unset', site), PHONE);
		await locateGreeting(page, 'What would you like help with?').waitFor();
		expect(
			await locateBubble(page).evaluate((node) => {
				const text = node.querySelector('span');
				return text ? text.scrollHeight <= text.clientHeight : false;
			}),
		).toBe(true);
	});

	it('shows the same variant of an A/B test on every page, which the chat starts with and counts', async () => {
		const site = await createSiteAt(hosts.server, 'Compared', {
			greetings: [
				{ key: 'a', text: 'Is your roof leaking?' },
				{ key: 'b', text: 'Do you want a new roof?' },
			],
		});
		const page = await browser.open(getPageUrl('unset', site));
		const readGreeting = async () => {
			await locateBubble(page).waitFor();
			return /Is your roof leaking\?|Do you want a new roof\?/.exec(
				await locateBubble(page).innerText(),
			)?.[0];
		};
		const text = await readGreeting();
		await page.reload();
		expect(await readGreeting()).toBe(text);
		await locateBubble(page).getByRole('button').first().click();
		await sendMessage(page, 'Yes');
		const path = `sessions/${await getSessionId(page)}`;
		const { messages } = await callApi<Transcript>(hosts.server, 'GET', path);
		expect(messages[0]?.message).toBe(text);
		await vi.waitFor(async () => {
			const { greetings } = await callApi<Statistics>(hosts.server, 'GET', `stats?site=${site}`);
			expect(greetings.filter(({ opened }) => opened > 0)).toEqual([
				expect.objectContaining({ text, opened: 1 }),
			]);
		});
	});
});

/** Opens a page whose timers fire immediately, and returns how many greetings it then shows. */
async function countGreetings(context: ReturnType<Page['context']>, site: string): Promise<number> {
	const page = await context.newPage();
	await page.addInitScript(() => {
		const setTimer = window.setTimeout.bind(window);
		Object.assign(window, { setTimeout: (callback: () => void) => setTimer(callback, 0) });
	});
	await page.goto(getPageUrl('tags', site));
	// The deferred script publishes this after it has set up the greeting.
	await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_ready")');
	await page.evaluate('new Promise((done) => setTimeout(() => setTimeout(done)))');
	return locateBubble(page).count();
}

describe('the triggers of the greeting', () => {
	const TALL =
		'<!doctype html><title>Roofs</title><h1 style="margin-bottom:300vh">Roofs</h1><button id="prices">Prices</button>';
	let site: string;

	beforeAll(async () => {
		const createRule = (key: string, pages: string, trigger: BubbleTrigger) => ({
			key,
			pages,
			trigger,
			text: `Greeting of ${key}`,
		});
		site = await createSiteAt(hosts.server, 'Triggers', {
			greeting: 'Elsewhere',
			greeting_bubble: {
				is_enabled: true,
				rules: [
					createRule('scroll', '/shown.html', { type: 'scroll', percent: 60 }),
					createRule('exit', '/leave', { type: 'exit_intent' }),
					createRule('click', '/click*', { type: 'click', selector: '#prices' }),
					createRule('return', '/return', { type: 'return_visit' }),
					{ key: 'all', pages: '*', trigger: { type: 'delay', seconds: 0 } },
				],
			},
		});
	});

	const open = async (path: string) => {
		hosts.show(`${TALL}<script src="{server}/widget.js" data-site="{site}" async></script>`);
		const page = await browser.open(getPageUrl('shown', site));
		await page.waitForFunction('sessionStorage["frontdesk:visit"]');
		await page.evaluate(`history.pushState(null, "", ${JSON.stringify(path)})`);
		return page;
	};

	it('show it after scrolling, on clicking an element, and on exit intent, each with its own text', async () => {
		const scrolled = await open('/shown.html');
		await expect.poll(() => locateBubble(scrolled).count()).toBe(0);
		await scrolled.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
		await locateGreeting(scrolled, 'Greeting of scroll').waitFor();
		const clicked = await open('/click/here');
		await expect.poll(() => locateBubble(clicked).count()).toBe(0);
		await clicked.locator('#prices').click();
		await locateGreeting(clicked, 'Greeting of click').click();
		await getChatFrame(clicked).getByRole('log').getByText('Greeting of click').waitFor();
		const left = await open('/leave');
		await expect.poll(() => locateBubble(left).count()).toBe(0);
		await left.evaluate(
			'document.documentElement.dispatchEvent(new MouseEvent("mouseleave", { clientY: -1 }))',
		);
		await locateGreeting(left, 'Greeting of exit').waitFor();
	});

	it('show it to visitors who return', async () => {
		const first = await open('/return');
		const second = await first.context().newPage();
		await second.goto(getPageUrl('shown', site));
		await second.waitForFunction('sessionStorage["frontdesk:visit"]');
		await second.evaluate('history.pushState(null, "", "/return")');
		await locateGreeting(second, 'Greeting of return').waitFor();
		await expect.poll(() => locateBubble(first).count()).toBe(0);
	});

	it('follow the navigation of a single-page app: a page with other rules replaces the greeting', async () => {
		const page = await open('/anything');
		await locateGreeting(page, 'Elsewhere').waitFor();
		await page.evaluate('history.pushState(null, "", "/also-anything")');
		await locateGreeting(page, 'Elsewhere').waitFor();
		await page.evaluate('history.pushState(null, "", "/click")');
		await locateBubble(page).waitFor({ state: 'detached' });
		await page.locator('#prices').click();
		await locateGreeting(page, 'Greeting of click').waitFor();
		await expect.poll(() => locateBubble(page).count()).toBe(1);
	});

	it('choose the greeting of a chat without a bubble by its page', async () => {
		const start = (page_url: string) =>
			callApi<{ session_id: string }>(hosts.server, 'POST', 'embed-chat/sessions', {
				site,
				context: { page_url },
			});
		const { session_id } = await start('https://roofs.example/click/me?a=b');
		await vi.waitFor(async () => {
			const { messages } = await callApi<Transcript>(hosts.server, 'GET', `sessions/${session_id}`);
			expect(messages[0]?.message).toBe('Greeting of click');
		});
	});
});

it('an inline chat of an unknown site collapses, and says why on the console', async () => {
	hosts.show(
		'<!doctype html><title>Roofs</title><div data-frontdesk="nothing" style="min-height:600px"></div><script src="{server}/widget.js" async></script>',
	);
	const page = await browser.open('about:blank', DESKTOP, /404/);
	const warnings: string[] = [];
	page.on('console', (entry) => warnings.push(entry.text()));
	await page.goto(`${hosts.origin}/shown.html`);
	await page.locator('[data-frontdesk]').waitFor({ state: 'hidden' });
	expect(warnings.join()).toContain('no site "nothing"');
});

it('the page of an unknown site is accessible and in the visitor’s language', async () => {
	const page = await browser.open('about:blank', { ...PHONE, locale: 'ar' }, /404/);
	await page.goto(`${hosts.server}/embed/nothing`);
	await expect.poll(() => page.evaluate('document.documentElement.dir')).toBe('rtl');
	await expect.poll(() => page.locator('main').innerText()).not.toMatch(/[a-z]/i);
	await expectAccessible(page);
	await page.emulateMedia({ colorScheme: 'dark' });
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/unavailable.png` });
});
