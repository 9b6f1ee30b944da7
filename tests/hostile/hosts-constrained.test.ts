import { expect, it, vi } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import {
	getChatFrame,
	openAndSendMessage,
	getLauncher,
	sendMessage,
	getSessionId,
	useHosts,
} from '../support/host-pages.ts';
import { callApi } from '../support/server-api.ts';
import { readSnippets } from '../support/snippets.ts';

const browser = useBrowser();
const hosts = useHosts();

const openHost = (name: string, options = DESKTOP) =>
	browser.open(`${hosts.origin}/${name}.html?site=${hosts.site}&other=${hosts.other}`, options);

it('works on a page that is itself in a frame', async () => {
	const page = await openHost('framed');
	await openAndSendMessage(page.frameLocator('#page'));
	await expect(page.locator('#page').count()).resolves.toBe(1);
});

it('greets and answers a visitor in a frame that is hidden at first, as in a tab', async () => {
	const frame = `<iframe src="${hosts.server}/embed/${hosts.site}" width="400" height="600"></iframe>`;
	hosts.show(`<!doctype html><title>Roofs</title><body><div hidden>${frame}</div>`);
	const page = await browser.open(`${hosts.origin}/shown.html`);
	const hasStarted = () => page.frames()[1]?.evaluate('"getChatSession" in window');
	await expect.poll(hasStarted).toBe(true);
	await page.locator('div').evaluate((node) => node.removeAttribute('hidden'));
	await sendMessage(page, 'Yes, please');
});

it('keeps the chat as long as the page is open where all storage throws', async () => {
	const page = await browser.open('about:blank', PHONE);
	await page.context().addInitScript(() => {
		const throwSecurityError = () => {
			throw new DOMException('The operation is insecure.', 'SecurityError');
		};
		for (const name of ['localStorage', 'sessionStorage'])
			Object.defineProperty(window, name, { get: throwSecurityError });
	});
	await page.goto(`${hosts.origin}/unset.html?site=${hosts.site}`);
	await openAndSendMessage(page);
	await sendMessage(page, 'And on Mondays?');
	expect(await page.context().cookies()).toEqual([]);
});

it('greets and answers a visitor with Safari 16.4', async () => {
	const page = await browser.open('about:blank', PHONE);
	// Removes features that Safari 16.4 lacks and the widget could use, in every document including the chat's frame.
	await page.context().addInitScript(() => {
		const remove = (owner: object, ...names: string[]) =>
			names.forEach((name) => Reflect.deleteProperty(owner, name));
		remove(URL, 'canParse', 'parse');
		remove(Promise, 'withResolvers', 'try');
		remove(AbortSignal, 'any');
		remove(Object, 'groupBy');
		remove(Array, 'fromAsync');
		remove(Array.prototype, 'toSpliced', 'with');
		remove(String.prototype, 'isWellFormed', 'toWellFormed');
		remove(Set.prototype, 'union', 'difference', 'intersection');
		remove(Element.prototype, 'checkVisibility');
		remove(HTMLElement.prototype, 'showPopover');
		remove(window, 'requestIdleCallback', 'navigation', 'scheduler');
	});
	await page.goto(`${hosts.origin}/unset.html?site=${hosts.site}`);
	await openAndSendMessage(page);
	await getChatFrame(page).getByRole('textbox').press('Tab');
	await getChatFrame(page).getByRole('button', { name: 'Close' }).click();
	await expect.poll(() => getLauncher(page).getAttribute('aria-expanded')).toBe('false');
});

it('greets and answers a visitor on slow 3G', async () => {
	const page = await browser.open('about:blank', PHONE);
	const devtools = await page.context().newCDPSession(page);
	await devtools.send('Network.emulateNetworkConditions', {
		offline: false,
		latency: 400,
		downloadThroughput: 50_000,
		uploadThroughput: 50_000,
	});
	await page.goto(`${hosts.origin}/unset.html?site=${hosts.site}`);
	await openAndSendMessage(page);
	await expect.poll(() => getChatFrame(page).getByText('A new roof?').count()).toBe(1);
});

it('greets and answers a visitor behind a proxy that blocks WebSockets', async () => {
	const page = await browser.open('about:blank');
	page.removeAllListeners('console');
	page.setDefaultTimeout(60_000);
	await page.routeWebSocket(/socket\.io/, (socket) => socket.close());
	await page.goto(`${hosts.origin}/unset.html?site=${hosts.site}`);
	await openAndSendMessage(page);
	await expect.poll(() => getChatFrame(page).getByRole('log').locator('.ai').count()).toBe(2);
});

it('shows a message that arrived while the tab was frozen only once', async () => {
	const page = await openHost('unset');
	await openAndSendMessage(page);
	const session_id = await getSessionId(page);
	const devtools = await page.context().newCDPSession(page);
	await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
	await callApi(hosts.server, 'POST', `sessions/${session_id}/messages`, {
		sender: 'agent',
		message: 'I have looked at your plans.',
	});
	await devtools.send('Page.setWebLifecycleState', { state: 'active' });
	const message = getChatFrame(page).getByRole('log').getByText('I have looked at your plans.');
	await message.waitFor();
	await expect.poll(() => message.count()).toBe(1);
});

it('keeps the chats of two sites on one page separate, also after a reload', async () => {
	const page = await openHost('two');
	const inline = page.frameLocator(`iframe[src*="/embed/${hosts.other}"]`);
	await inline.getByRole('log').getByText('Solar panels?').waitFor();
	await inline.getByRole('textbox').fill('Yes, panels');
	await inline.getByRole('textbox').press('Enter');
	await inline.locator('.ai').nth(1).waitFor();
	const box = await page.locator(`iframe[src*="/embed/${hosts.other}"]`).boundingBox();
	expect([box?.height, Math.round(box?.width ?? 0)]).toEqual([600, 550]);
	await getLauncher(page).click();
	const chat = page.frameLocator(`iframe[src*="/embed/${hosts.site}"]`);
	await chat.getByText('A new roof?').waitFor();
	await expect.poll(() => chat.getByText('panels').count()).toBe(0);
	await page.reload();
	await inline.getByText('Yes, panels').waitFor();
	expect(
		await page.evaluate(`dataLayer.filter((event) => event.site === '${hosts.site}')`),
	).toEqual([]);
});

it('launcher and open chat are accessible and keep the page’s scroll position', async () => {
	const page = await openHost('bootstrap', PHONE);
	await getLauncher(page).waitFor();
	await page.evaluate('scrollTo(0, 500)');
	await expectAccessible(page);
	await openAndSendMessage(page);
	await expectAccessible(page);
	await getChatFrame(page).getByRole('button', { name: 'Close' }).click();
	await expect.poll(() => page.evaluate('scrollY')).toBe(500);
});

it('the chat is a dialog that traps Tab, closes with Escape and covers a phone’s screen', async () => {
	const page = await openHost('bootstrap');
	await openAndSendMessage(page);
	const getFocusedId = () =>
		page
			.frames()
			.find((frame) => frame.url().includes('/embed/'))
			?.evaluate<string>('document.hasFocus() ? document.activeElement.id : "outside"');
	await expect.poll(() => page.getByRole('dialog').getAttribute('aria-label')).toMatch(/.+/);
	await expect.poll(getFocusedId).toBe('input');
	const seen = new Set<string | undefined>();
	for (let steps = 0; steps < 6; steps++) {
		await page.keyboard.press('Tab');
		seen.add(await getFocusedId());
	}
	expect([...seen].sort()).toEqual(['close', 'input', 'menu-button', 'scroll']);
	await page.keyboard.press('Shift+Tab');
	expect(seen).toContain(await getFocusedId());
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
	const button = 'document.activeElement.shadowRoot.activeElement.ariaExpanded';
	await expect.poll(() => page.evaluate(button)).toBe('false');
	await expect.poll(() => page.evaluate('document.body.inert')).toBe(false);

	const phone = await openHost('bootstrap', PHONE);
	await openAndSendMessage(phone);
	await phone.waitForFunction('document.body.inert');
	await expect.poll(() => phone.getByRole('dialog').getAttribute('aria-modal')).toBe('true');
	// Simulates an on-screen keyboard.
	await phone.evaluate(() => {
		Object.defineProperty(visualViewport, 'height', { value: 500, configurable: true });
		visualViewport?.dispatchEvent(new Event('resize'));
	});
	await expect.poll(async () => (await phone.getByRole('dialog').boundingBox())?.height).toBe(500);
	const field = getChatFrame(phone).getByRole('textbox');
	await expect.poll(async () => (await field.boundingBox())?.y).toBeLessThan(500);
	await expect.poll(() => field.evaluate((node) => getComputedStyle(node).fontSize)).toBe('16px');
	// Zooms in with two fingers.
	await phone.evaluate(() => {
		Object.defineProperty(visualViewport, 'scale', { value: 1.6, configurable: true });
		visualViewport?.dispatchEvent(new Event('resize'));
	});
	await expect.poll(async () => (await phone.getByRole('dialog').boundingBox())?.height).toBe(844);
	await phone.evaluate('delete visualViewport.height; delete visualViewport.scale');
	const landscape = { width: 740, height: 360 };
	await phone.setViewportSize(landscape);
	await vi.waitFor(async () =>
		expect(await phone.getByRole('dialog').boundingBox()).toEqual({ x: 0, y: 0, ...landscape }),
	);
	await getChatFrame(phone).getByRole('button', { name: 'Close' }).click();
	await phone.waitForFunction('!document.body.inert');
});

it('shows the greeting after at most four requests', async () => {
	const page = await browser.open('about:blank', PHONE);
	let paths: string[] = [];
	page.on('request', (request) => paths.push(new URL(request.url()).pathname));
	page.on('websocket', (socket) => paths.push(new URL(socket.url()).pathname));
	const listServerPaths = () => paths.filter((path) => !/\.html$|favicon/.test(path));
	await page.goto(`${hosts.origin}/unset.html?site=${hosts.site}`);
	await getLauncher(page).waitFor();
	// The browser calls back when the page is idle, which takes long on a busy machine.
	await vi.waitFor(() => expect(paths).toContain('/api/embed-chat/events'));
	const beforeOpening = listServerPaths();
	paths = [];
	await getLauncher(page).click();
	await getChatFrame(page).getByRole('log').locator('.ai').waitFor();
	expect(beforeOpening.sort()).toEqual([
		`/api/embed-chat/config/${hosts.site}`,
		'/api/embed-chat/events',
		'/widget.js',
		expect.stringMatching(/^\/widget\/assets\/later-/),
	]);
	const afterOpening = listServerPaths().filter((path) => path !== '/api/embed-chat/events');
	expect(afterOpening).toEqual([
		`/embed/${hosts.site}`,
		expect.stringMatching(/^\/widget\/assets\/app-.*js$/),
		'/socket.io/',
	]);
});

const GUIDES = ['html', 'react', 'webflow', 'squarespace', 'google-tag-manager'];
const snippets = GUIDES.flatMap((name) =>
	readSnippets(`docs/widget/${name}.md`).map(({ kind, text }, index) => ({
		name: `docs/widget/${name}.md ${index + 1}`,
		kind,
		text,
	})),
);

/** Returns the HTML that a reader of the guide would have in the page. */
function createPage({ kind, text }: { kind: string; text: string }): string {
	const code = text
		.replaceAll('https://frontdesk.example.com', hosts.server)
		.replaceAll("'default'", `'${hosts.site}'`)
		.replaceAll('"default"', `"${hosts.site}"`)
		.replaceAll('/embed/default', `/embed/${hosts.site}`);
	if (kind === 'html') return code;
	const loader = `<script src="${hosts.server}/widget.js" data-site="${hosts.site}" async></script>`;
	if (kind === 'js') return `<script>${code}</script>${loader}`;
	const effect = code.replace(/^import .*$/m, 'const useEffect = (effect) => effect();');
	return `<script>${effect.replace('export ', '')} Chat(); Chat();</script>`;
}

it.each(snippets)('$name embeds the chat', async (snippet) => {
	hosts.show(`<!doctype html><title>Roofs</title><body>${createPage(snippet)}`);
	const page = await browser.open(`${hosts.origin}/shown.html`);
	const button = page.getByRole('button', { name: 'Ask us' });
	const chat = page.locator('iframe[src*="/embed/"]');
	await getLauncher(page).or(chat).first().waitFor({ state: 'attached' });
	if (await button.count()) await button.click();
	else if (await getLauncher(page).count()) await getLauncher(page).click();
	await getChatFrame(page).getByText('A new roof?').waitFor();
	await expect.poll(() => chat.count()).toBe(1);
});
