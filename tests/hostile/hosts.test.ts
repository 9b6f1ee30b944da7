import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Transcript } from '#lib/contract/session.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { startHostPages, type HostPages } from '../support/host-pages.ts';
import { chatIn, converse, launcher, say, sessionOf } from '../support/host-visitor.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { askApi, makeSiteAt } from '../support/site-api.ts';

const browser = useBrowser();
let server: ServerProcess;
let hosts: HostPages;
let dropDatabase: () => Promise<void>;
let site: string;

beforeAll(async () => {
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({ DATABASE_URL: database.url });
	hosts = await startHostPages(() => server.url);
	site = await makeSiteAt(server.url, 'Hosts', { greeting: 'Hi! A new roof?' });
});
afterAll(async () => {
	hosts.close();
	await server.stop();
	await dropDatabase();
});

const openHost = (name: string, options = DESKTOP, query = '') =>
	browser.open(`${hosts.origin}/${name}.html?site=${site}${query}`, options);

describe.each([
	['a desktop', DESKTOP],
	['a phone', PHONE],
])('on %s a visitor is greeted and answered', (_, options) => {
	it.each([
		'unset',
		'strict-csp',
		'rtl',
		'delayed',
		'consent',
		'swapped',
		'bootstrap',
		'transformed',
		'hidden',
	])('on a host page: %s', async (name) => {
		const page = await openHost(name, options);
		await launcher(page).waitFor();
		expect(await launcher(page).count()).toBe(1);
		await page.evaluate('scrollTo(0, 700)');
		const box = await launcher(page).boundingBox();
		expect([box?.height, Math.round(box?.width ?? 0)]).toEqual([56, 56]);
		const corner = [(box?.x ?? 0) + 56 + 20, (box?.y ?? 0) + 56 + 20].map(Math.round);
		expect(corner).toEqual(await page.evaluate('[innerWidth, innerHeight]'));
		await converse(page);
	});
});

describe('the host page', () => {
	it('keeps how the visit began, and tells it with what is shown and opened', async () => {
		const query = '&utm_source=google&utm_campaign=spring&gclid=abc';
		const page = await openHost('unset', DESKTOP, query);
		await page.waitForFunction('sessionStorage["frontdesk:visit"]');
		const opened = page.waitForRequest(
			(request) => request.url().endsWith('/events') && /"opened"/.test(request.postData() ?? ''),
		);
		await converse(page);
		expect(JSON.parse((await opened).postData() ?? '')).toMatchObject({
			site,
			event: 'opened',
			context: { utm_source: 'google', utm_campaign: 'spring', gclid: 'abc' },
		});
		await page.goto(`${hosts.origin}/unset.html?site=${site}`);
		await page.waitForFunction('JSON.parse(sessionStorage["frontdesk:visit"]).pages_seen === 2');
		const visit: unknown = JSON.parse(
			await page.evaluate<string>('sessionStorage["frontdesk:visit"]'),
		);
		const url: unknown = expect.stringContaining('gclid=abc');
		expect(visit).toMatchObject({
			landing_url: url,
			first_touch: { url },
			last_touch: { url },
		});
		expect(await page.context().cookies()).toEqual([]);
	});

	it('tells of a chat where its visitor came from first and last, by which clicks, and with what', async () => {
		const first = await openHost('unset', PHONE, '&utm_source=meta&fbclid=one');
		await first.waitForFunction('sessionStorage["frontdesk:visit"]');
		const visit = async (query: string) => {
			const page = await first.context().newPage();
			await page.goto(`${hosts.origin}/rtl.html?site=${site}${query}`);
			await page.waitForFunction('sessionStorage["frontdesk:visit"]');
			return page;
		};
		await visit('&utm_source=bing&msclkid=two&ttclid=three');
		const typed = await visit('');
		await converse(typed);
		const session_id = await sessionOf(typed);
		const { session } = await askApi<Transcript>(server.url, 'GET', `sessions/${session_id}`);
		const has = (words: string): unknown => expect.stringContaining(words);
		expect(session.context).toMatchObject({
			first_touch: { url: has('fbclid=one') },
			last_touch: { url: has('msclkid=two&ttclid=three') },
			landing_url: has('rtl.html'),
			page_url: has('rtl.html'),
			pages_seen: 1,
			device: 'phone',
			language: 'en-US',
			time_zone: has(''),
			viewport: '390x844',
		});
	});

	it('of a crawler counts nothing and begins no chat, though it opens it', async () => {
		const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
		const page = await openHost('tags', { ...DESKTOP, userAgent });
		const asked: string[] = [];
		page.on('request', (request) => asked.push(request.url()));
		page.on('websocket', (socket) => asked.push(socket.url()));
		await launcher(page).click();
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_opened")');
		await chatIn(page).getByRole('textbox').fill('Hello');
		const frame = page.frames().find((one) => one.url().includes('/embed/'));
		await vi.waitFor(
			async () => expect(await frame?.evaluate('"getChatSession" in window')).toBe(true),
			20_000,
		);
		expect(await frame?.evaluate('window.getChatSession().session_id')).toBeUndefined();
		expect(asked.filter((url) => /events|socket/.test(url))).toEqual([]);
	});

	it('that nobody sees, as one loaded in advance, begins its chat when it is seen', async () => {
		const page = await browser.open('about:blank');
		await page.addInitScript(() => {
			Object.defineProperty(document, 'visibilityState', {
				get: () => ('isSeen' in window ? 'visible' : 'hidden'),
			});
		});
		const sockets: string[] = [];
		page.on('websocket', (socket) => sockets.push(socket.url()));
		await page.goto(`${server.url}/embed/${site}`);
		await page.waitForFunction(() => 'getChatSession' in window);
		expect(sockets).toEqual([]);
		await page.evaluate('isSeen = true, document.dispatchEvent(new Event("visibilitychange"))');
		await page.getByRole('log').locator('.ai').waitFor();
	});

	it('keeps nothing before the visitor opens the chat where the site says so', async () => {
		const shy = await makeSiteAt(server.url, 'Shy', { has_storage_before_interaction: false });
		const page = await browser.open(`${hosts.origin}/tags.html?site=${shy}`);
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_ready")');
		const kept = 'localStorage.length + sessionStorage.length';
		expect(await page.evaluate(kept)).toBe(0);
		await launcher(page).click();
		await page.waitForFunction('sessionStorage["frontdesk:visit"]');
	});

	it('hears each event once, as do its tag managers', async () => {
		const page = await openHost('tags');
		await launcher(page).click();
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_opened")');
		await page.evaluate('Frontdesk.close()');
		await page.waitForFunction('told.some(([name]) => name === "closed")');
		const told = await page.evaluate<unknown[]>('told');
		for (const event of ['opened', 'closed']) {
			expect(told.filter((one) => String(one) === `${event},${site}`)).toHaveLength(1);
			expect(told).toContainEqual(['gtag', 'event', `frontdesk_${event}`, { site }]);
			expect(told).toContainEqual(['fbq', 'trackCustom', `frontdesk_${event}`, { site }]);
		}
	});

	it('hears of a lead once, when it is known how to reach the visitor, and not again after a reload', async () => {
		const page = await openHost('tags');
		const leads = () =>
			page.evaluate<number>('dataLayer.filter(({ event }) => event === "frontdesk_lead").length');
		await converse(page);
		expect(await leads()).toBe(0);
		await say(page, 'maya@hartmann.example');
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_lead")');
		await say(page, 'or maya.h@hartmann.example');
		expect(await leads()).toBe(1);
		await page.reload();
		// It stays open.
		await say(page, 'or 0151 23456789');
		expect(await leads()).toBe(0);
	});

	it('shows beside the launcher what was said while the chat was closed, in the site’s language', async () => {
		const look = {
			header_text: 'Fragen Sie uns',
			accent: '#9a3c16',
			theme: 'auto',
			language: 'de',
			launcher: { position: 'right', text: null },
		} as const;
		const german = await makeSiteAt(server.url, 'German', { look, greeting: 'Guten Tag!' });
		const page = await browser.open(`${hosts.origin}/tags.html?site=${german}`);
		await converse(page);
		const session_id = await sessionOf(page);
		await page.keyboard.press('Escape');
		await page.waitForFunction('told.some(([name]) => name === "closed")');
		const message = 'Passt es Ihnen am **Donnerstag**?';
		await askApi(server.url, 'POST', `sessions/${session_id}/messages`, {
			sender: 'agent',
			message,
		});
		const bubble = page.locator('aside');
		await bubble.getByRole('button', { name: 'Passt es Ihnen am Donnerstag?' }).waitFor();
		await bubble.getByRole('button', { name: 'Schließen' }).click();
		expect(await bubble.count()).toBe(0);
		expect(await launcher(page).getAttribute('aria-label')).toBe('Fragen Sie uns (1 ungelesen)');
		expect(await launcher(page).innerText()).toBe('1');
		await launcher(page).click();
		await chatIn(page).getByText('Donnerstag').waitFor();
		expect(await launcher(page).getAttribute('aria-label')).toBe('Fragen Sie uns');
		expect(await launcher(page).innerText()).toBe('');
	});

	it('of a single-page site is told anew when it changes, and keeps its chat', async () => {
		const page = await openHost('tags');
		await converse(page);
		const session_id = await sessionOf(page);
		await page.evaluate('document.title = "Prices", history.pushState(null, "", "/prices")');
		await vi.waitFor(async () => {
			const path = `sessions/${session_id}`;
			const { pages } = await askApi<Transcript>(server.url, 'GET', path);
			expect(pages.at(-1)).toMatchObject({
				page_url: `${hosts.origin}/prices`,
				page_title: 'Prices',
			});
		}, 20_000);
		await say(page, 'And what does it cost?');
		expect(await sessionOf(page)).toBe(session_id);
	});

	it('takes the chat away for good, until it asks for it again', async () => {
		const page = await openHost('tags');
		await converse(page);
		await page.evaluate('Frontdesk.push(["remove"])');
		await page.waitForFunction('told.some(([name]) => name === "closed")');
		await page.evaluate('document.body.append(document.createElement("p"))');
		await page.evaluate('new Promise(requestAnimationFrame)');
		expect(await page.locator('iframe').count()).toBe(0);
		expect(await launcher(page).count()).toBe(0);
		await page.evaluate('Frontdesk.refresh()');
		await launcher(page).click();
		await chatIn(page).getByText('Yes, please').waitFor();
	});

	it('offers the chat once, and no more once that was closed', async () => {
		const inviting = await makeSiteAt(server.url, 'Inviting', {
			invitation: { delay_s: 1, text: 'May I help you choose?' },
		});
		const url = `${hosts.origin}/strict-csp.html?site=${inviting}`;
		const page = await browser.open(url, PHONE);
		const bubble = page.getByRole('button', { name: 'May I help you choose?' });
		await bubble.waitFor();
		expect((await page.locator('aside').boundingBox())?.width).toBeLessThanOrEqual(280);
		await page.screenshot({ path: 'test-results/screens/invitation.png' });
		await page.getByRole('button', { name: 'Close' }).click();
		expect(await bubble.count()).toBe(0);
		const isKept = 'Object.keys(localStorage).some((key) => key.endsWith(":invited"))';
		expect(await page.evaluate(isKept)).toBe(true);
		const later = await makeSiteAt(server.url, 'Inviting later', {
			invitation: { delay_s: 3600, text: 'May I help you choose?' },
		});
		const other = await browser.open(`${hosts.origin}/tags.html?site=${later}`);
		await launcher(other).waitFor();
		expect(await other.evaluate(isKept)).toBe(false);
		await launcher(other).click();
		await other.waitForFunction(isKept);
	});

	it('of an origin that is not allowed gets neither the frame nor a chat', async () => {
		const closed = await makeSiteAt(server.url, 'Closed', {
			allowed_origins: ['https://roofs.example'],
		});
		const headers = { Origin: hosts.origin, 'Content-Type': 'application/json' };
		const started = await fetch(`${server.url}/api/embed-chat/sessions`, {
			method: 'POST',
			headers,
			body: JSON.stringify({ site: closed }),
		});
		expect(started.status).toBe(403);
		const frame = await fetch(`${server.url}/embed/${closed}`);
		const policy = frame.headers.get('content-security-policy') ?? '';
		const ancestors = /frame-ancestors ([^;]+)/.exec(policy)?.[1] ?? '';
		expect(ancestors).toContain('https://roofs.example');
		expect(ancestors).not.toContain('localhost');
		expect(ancestors).not.toContain('*');
	});
});
