import { describe, expect, it, vi } from 'vitest';
import type { Transcript } from '#lib/contract/session.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import {
	getChatFrame,
	openAndSendMessage,
	getLauncher,
	sendMessage,
	getSessionId,
	useHosts,
} from '../support/host-pages.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { callApi, createSiteAt } from '../support/server-api.ts';

const browser = useBrowser();
const hosts = useHosts();

const openHost = (name: string, options = DESKTOP, query = '') =>
	browser.open(`${hosts.origin}/${name}.html?site=${hosts.site}${query}`, options);

describe.each([
	['a desktop', DESKTOP],
	['a phone', PHONE],
])('on %s', (_, options) => {
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
	])('greets and answers a visitor on the host page %s', async (name) => {
		const page = await openHost(name, options);
		await getLauncher(page).waitFor();
		await expect.poll(() => getLauncher(page).count()).toBe(1);
		await page.evaluate('scrollTo(0, 700)');
		await vi.waitFor(async () => {
			const box = await getLauncher(page).boundingBox();
			expect([box?.height, Math.round(box?.width ?? 0)]).toEqual([56, 56]);
			const corner = [(box?.x ?? 0) + 56 + 20, (box?.y ?? 0) + 56 + 20].map(Math.round);
			expect(corner).toEqual(await page.evaluate('[innerWidth, innerHeight]'));
		});
		await openAndSendMessage(page);
	});
});

describe('the host page', () => {
	it('records how the visit began, and sends it with widget events', async () => {
		const query = '&utm_source=google&utm_campaign=spring&gclid=abc';
		const page = await openHost('unset', DESKTOP, query);
		await page.waitForFunction('sessionStorage["frontdesk:visit"]');
		const opened = page.waitForRequest(
			(request) => request.url().endsWith('/events') && /"opened"/.test(request.postData() ?? ''),
		);
		await openAndSendMessage(page);
		expect(JSON.parse((await opened).postData() ?? '')).toMatchObject({
			site: hosts.site,
			event: 'opened',
			context: {
				landing_url: expect.stringContaining(
					'utm_source=google&utm_campaign=spring&gclid=abc',
				) as unknown,
			},
		});
		await page.goto(`${hosts.origin}/unset.html?site=${hosts.site}`);
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

	it('sends first and last touch, click ids and device with a new chat', async () => {
		const first = await openHost('unset', PHONE, '&utm_source=meta&fbclid=one');
		await first.waitForFunction('sessionStorage["frontdesk:visit"]');
		const visit = async (query: string) => {
			const page = await first.context().newPage();
			await page.goto(`${hosts.origin}/rtl.html?site=${hosts.site}${query}`);
			await page.waitForFunction('sessionStorage["frontdesk:visit"]');
			return page;
		};
		await visit('&utm_source=bing&msclkid=two&ttclid=three');
		const typed = await visit('');
		await openAndSendMessage(typed);
		const session_id = await getSessionId(typed);
		const { session } = await callApi<Transcript>(hosts.server, 'GET', `sessions/${session_id}`);
		const contains = (text: string): unknown => expect.stringContaining(text);
		expect(session.context).toMatchObject({
			first_touch: { url: contains('fbclid=one') },
			last_touch: { url: contains('msclkid=two&ttclid=three') },
			landing_url: contains('rtl.html'),
			page_url: contains('rtl.html'),
			pages_seen: 1,
			device: 'phone',
			language: 'en-US',
			time_zone: contains(''),
			viewport: '390x844',
		});
	});

	it('counts a referral from a subdomain as the same visit', async () => {
		const url = (host: string, query = '') =>
			`${hosts.origin.replace('localhost', host)}/unset.html?site=${hosts.site}${query}`;
		const first = await browser.open(url('www.roofs.localhost', '&fbclid=one'));
		const readTouch = async (referer: string) => {
			const page = await first.context().newPage();
			await page.goto(url('www.roofs.localhost'), { referer });
			await page.waitForFunction('sessionStorage["frontdesk:visit"]');
			return JSON.parse(await page.evaluate<string>('localStorage["frontdesk:last"]')) as {
				url: string;
			};
		};
		await first.waitForFunction('localStorage["frontdesk:last"]');
		// https://github.com/amplitude/Amplitude-TypeScript/pull/260
		expect((await readTouch(url('shop.roofs.localhost'))).url).toContain('fbclid=one');
		expect((await readTouch(url('roofs.localhost'))).url).toContain('fbclid=one');
		expect((await readTouch(url('walls.localhost'))).url).not.toContain('fbclid=one');
	});

	it('counts nothing and starts no chat for a crawler that opens it', async () => {
		const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
		const page = await openHost('tags', { ...DESKTOP, userAgent });
		const urls: string[] = [];
		page.on('request', (request) => urls.push(request.url()));
		page.on('websocket', (socket) => urls.push(socket.url()));
		await getLauncher(page).click();
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_opened")');
		await getChatFrame(page).getByRole('textbox').fill('Hello');
		const frame = page.frames().find((frame) => frame.url().includes('/embed/'));
		await vi.waitFor(
			async () => expect(await frame?.evaluate('"getChatSession" in window')).toBe(true),
			20_000,
		);
		await expect.poll(() => frame?.evaluate('window.getChatSession().session_id')).toBeUndefined();
		expect(urls.filter((url) => /events|socket/.test(url))).toEqual([]);
	});

	it('starts the chat of a prerendered page only once the page is visible', async () => {
		const page = await browser.open('about:blank');
		await page.addInitScript(() => {
			Object.defineProperty(document, 'visibilityState', {
				get: () => ('isSeen' in window ? 'visible' : 'hidden'),
			});
		});
		const sockets: string[] = [];
		page.on('websocket', (socket) => sockets.push(socket.url()));
		await page.goto(`${hosts.server}/embed/${hosts.site}`);
		await page.waitForFunction(() => 'getChatSession' in window);
		expect(sockets).toEqual([]);
		await page.evaluate('isSeen = true, document.dispatchEvent(new Event("visibilitychange"))');
		await page.getByRole('log').locator('.ai').waitFor();
	});

	it('stores nothing before the visitor opens the chat, if the site is set to do so', async () => {
		const withoutStorage = await createSiteAt(hosts.server, 'Shy', {
			has_storage_before_interaction: false,
		});
		const page = await browser.open(`${hosts.origin}/tags.html?site=${withoutStorage}`);
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_ready")');
		const storedItems = 'localStorage.length + sessionStorage.length';
		await expect.poll(() => page.evaluate(storedItems)).toBe(0);
		await getLauncher(page).click();
		await page.waitForFunction('sessionStorage["frontdesk:visit"]');
	});

	it('sends each event once to the page and its tag managers', async () => {
		const page = await openHost('tags');
		await getLauncher(page).click();
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_opened")');
		await page.evaluate('Frontdesk.close()');
		await page.waitForFunction('calls.some(([name]) => name === "closed")');
		const calls = await page.evaluate<unknown[]>('calls');
		for (const event of ['opened', 'closed']) {
			expect(calls.filter((call) => String(call) === `${event},${hosts.site}`)).toHaveLength(1);
			expect(calls).toContainEqual(['gtag', 'event', `frontdesk_${event}`, { site: hosts.site }]);
			expect(calls).toContainEqual([
				'fbq',
				'trackCustom',
				`frontdesk_${event}`,
				{ site: hosts.site },
			]);
		}
	});

	it('sends the lead event once, when contact data is known, and not again after a reload', async () => {
		const page = await openHost('tags');
		const countLeadEvents = () =>
			page.evaluate<number>('dataLayer.filter(({ event }) => event === "frontdesk_lead").length');
		await openAndSendMessage(page);
		expect(await countLeadEvents()).toBe(0);
		await sendMessage(page, 'maya@hartmann.example');
		await page.waitForFunction('dataLayer.some(({ event }) => event === "frontdesk_lead")');
		await sendMessage(page, 'or maya.h@hartmann.example');
		expect(await countLeadEvents()).toBe(1);
		await page.reload();
		// The panel stays open.
		await sendMessage(page, 'or 0151 23456789');
		expect(await countLeadEvents()).toBe(0);
	});

	it('shows messages received while closed beside the launcher, in the site’s language', async () => {
		const look = {
			header_text: 'Fragen Sie uns',
			accent: '#9a3c16',
			theme: 'auto',
			language: 'de',
			launcher: { position: 'right', text: null },
		} as const;
		const german = await createSiteAt(hosts.server, 'German', { look, greeting: 'Guten Tag!' });
		const page = await browser.open(`${hosts.origin}/tags.html?site=${german}`);
		await openAndSendMessage(page);
		const session_id = await getSessionId(page);
		await page.keyboard.press('Escape');
		await page.waitForFunction('calls.some(([name]) => name === "closed")');
		const message = 'Passt es Ihnen am **Donnerstag**?';
		await callApi(hosts.server, 'POST', `sessions/${session_id}/messages`, {
			sender: 'agent',
			message,
		});
		const bubble = page.locator('aside');
		await bubble.getByRole('button', { name: 'Passt es Ihnen am Donnerstag?' }).waitFor();
		await bubble.getByRole('button', { name: 'Schließen' }).click();
		await expect.poll(() => bubble.count()).toBe(0);
		await expect
			.poll(() => getLauncher(page).getAttribute('aria-label'))
			.toBe('Fragen Sie uns (1 ungelesen)');
		await expect.poll(() => getLauncher(page).innerText()).toBe('1');
		await getLauncher(page).click();
		await getChatFrame(page).getByText('Donnerstag').waitFor();
		await expect.poll(() => getLauncher(page).getAttribute('aria-label')).toBe('Fragen Sie uns');
		await expect.poll(() => getLauncher(page).innerText()).toBe('');
	});

	it('records navigation in a single-page app, and keeps the chat', async () => {
		const page = await openHost('tags');
		await openAndSendMessage(page);
		const session_id = await getSessionId(page);
		await page.evaluate('document.title = "Prices", history.pushState(null, "", "/prices")');
		await vi.waitFor(async () => {
			const path = `sessions/${session_id}`;
			const { pages } = await callApi<Transcript>(hosts.server, 'GET', path);
			expect(pages.at(-1)).toMatchObject({
				page_url: `${hosts.origin}/prices`,
				page_title: 'Prices',
			});
		});
		await sendMessage(page, 'And what does it cost?');
		expect(await getSessionId(page)).toBe(session_id);
	});

	it('stays removed until the page calls refresh', async () => {
		const page = await openHost('tags');
		await openAndSendMessage(page);
		await page.evaluate('Frontdesk.push(["remove"])');
		await page.waitForFunction('calls.some(([name]) => name === "closed")');
		await page.evaluate('document.body.append(document.createElement("p"))');
		await page.evaluate('new Promise(requestAnimationFrame)');
		await expect.poll(() => page.locator('iframe').count()).toBe(0);
		await expect.poll(() => getLauncher(page).count()).toBe(0);
		await page.evaluate('Frontdesk.refresh()');
		await getLauncher(page).click();
		await getChatFrame(page).getByText('Yes, please').waitFor();
	});

	it('shows the invitation once, and never again after it was closed', async () => {
		const inviting = await createSiteAt(hosts.server, 'Inviting', {
			invitation: { delay_s: 1, text: 'May I help you choose?' },
		});
		const url = `${hosts.origin}/strict-csp.html?site=${inviting}`;
		const page = await browser.open(url, PHONE);
		const bubble = page.getByRole('button', { name: 'May I help you choose?' });
		await bubble.waitFor();
		expect((await page.locator('aside').boundingBox())?.width).toBeLessThanOrEqual(280);
		await page.screenshot({ path: `${SCREENSHOTS}/invitation.png` });
		await page.getByRole('button', { name: 'Close' }).click();
		await expect.poll(() => bubble.count()).toBe(0);
		const isDismissed = 'Object.keys(localStorage).some((key) => key.endsWith(":invited"))';
		await expect.poll(() => page.evaluate(isDismissed)).toBe(true);
		const later = await createSiteAt(hosts.server, 'Inviting later', {
			invitation: { delay_s: 3600, text: 'May I help you choose?' },
		});
		const other = await browser.open(`${hosts.origin}/tags.html?site=${later}`);
		await getLauncher(other).waitFor();
		await expect.poll(() => other.evaluate(isDismissed)).toBe(false);
		await getLauncher(other).click();
		await other.waitForFunction(isDismissed);
	});

	it('refuses the frame and chats to origins that are not allowed', async () => {
		const closed = await createSiteAt(hosts.server, 'Closed', {
			allowed_origins: ['https://roofs.example'],
		});
		const headers = { Origin: hosts.origin, 'Content-Type': 'application/json' };
		const started = await fetch(`${hosts.server}/api/embed-chat/sessions`, {
			method: 'POST',
			headers,
			body: JSON.stringify({ site: closed }),
		});
		expect(started.status).toBe(403);
		const frame = await fetch(`${hosts.server}/embed/${closed}`);
		const policy = frame.headers.get('content-security-policy') ?? '';
		const ancestors = /frame-ancestors ([^;]+)/.exec(policy)?.[1] ?? '';
		expect(ancestors).toContain('https://roofs.example');
		expect(ancestors).not.toContain('localhost');
		expect(ancestors).not.toContain('*');
	});
});
