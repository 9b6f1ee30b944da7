// @module-tag thorough
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { SiteUpdate } from '#lib/contract/site-settings.ts';
import type { Transcript } from '#lib/contract/session.ts';
import { RATE_LIMITS } from '#lib/server/core/rate-limits.ts';
import { expectAccessible } from '../support/axe.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { openAgent, openWidget } from '../support/live-client.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { createSiteAt, signInAt } from '../support/server-api.ts';
import { createHeldStream } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const DARK: BrowserContextOptions = { ...PHONE, colorScheme: 'dark' };
const PANEL: BrowserContextOptions = { viewport: { width: 400, height: 680 } };

const browser = useBrowser();
const standIn = useStandIn();
const server = useBuiltServer({ RATE_LIMIT: 'on' });

const locateMessages = (page: Page) => page.getByRole('log');
const locateInput = (page: Page) => page.getByRole('textbox', { name: /.+/ });
const takeScreenshot = (page: Page, name: string) =>
	page.screenshot({ path: `${SCREENSHOTS}/frame-${name}.png` });
const readTranscript = async (page: Page) => {
	const id = await page.evaluate<string>('window.getChatSession().session_id');
	return server.call<Transcript>('GET', `sessions/${id}`);
};

/** Returns how many visitors' sockets are connected to the server. */
async function countSockets(): Promise<number> {
	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	return Number(/^frontdesk_sockets\{namespace="widget"\} (\d+)$/m.exec(metrics)?.[1]);
}

/** Creates a site whose AI answers in the mode that a message names. */
const createSite = (name: string, update: SiteUpdate = {}) =>
	createSiteAt(server.url, name, {
		greeting: 'Hi! Looking for a **new roof**?',
		connector: { type: 'n8n', url: standIn().ai.url('echo'), auth_header: null },
		...update,
	});

async function openChat(site: string, options = PANEL, query = ''): Promise<Page> {
	const page = await browser.open(`${server.url}/embed/${site}?${query}`, options);
	await locateMessages(page).locator('.ai').first().waitFor();
	return page;
}

/** Sends a message and waits until the chat shows it. */
async function sendMessage(page: Page, text: string): Promise<void> {
	await locateInput(page).fill(text);
	await locateInput(page).press('Enter');
	await locateMessages(page)
		.locator('.visitor', { hasText: text.slice(0, 40) })
		.last()
		.waitFor();
}

async function chooseMenuItem(page: Page, item: RegExp): Promise<void> {
	await page.getByRole('button', { name: 'Menu' }).click();
	await page.getByRole('menu').getByText(item).click();
}

describe('the conversation', () => {
	const TEXT =
		'Gladly. **Two** things:\n\n- the *size*\n- a [photo](https://roofs.example/help)\n\nSee you soon';

	it('streams Markdown without flicker, offers quick replies and opens links in a new tab', async () => {
		const site = await createSite('Streamed', { ai_disclosure: 'An AI answers here.' });
		const page = await openChat(site);
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await sendMessage(page, 'Can you help?');
		await stream.write('Gladly. **Two** things:');
		const first = page.locator('#reply p').first();
		await first.locator('strong').waitFor();
		await first.evaluate((node: HTMLElement) => (node.dataset['kept'] = 'yes'));
		await stream.write('\n\n- the *size*\n- a [photo](https://roofs.exa');
		await page.locator('#reply li em').waitFor();
		await expect.poll(() => first.getAttribute('data-kept')).toBe('yes');
		await expect.poll(() => page.locator('#reply').getAttribute('aria-hidden')).toBe('true');
		await stream.write('mple/help)\n\nSee you soon');
		await stream.end();
		const link = locateMessages(page).getByRole('link', { name: 'photo' });
		await expect.poll(() => link.getAttribute('href')).toBe('https://roofs.example/help');
		await expect.poll(() => link.getAttribute('rel')).toBe('noopener noreferrer nofollow');
		await expect.poll(() => link.getAttribute('target')).toBe('_blank');
		expect((await readTranscript(page)).messages.at(-1)?.message).toBe(TEXT);
		await sendMessage(page, '[[lead]] What does it cost?');
		await page.getByRole('group', { name: 'Suggested replies' }).waitFor();
		await takeScreenshot(page, 'quick-replies');
		await expectAccessible(page);
		await page.getByRole('button', { name: 'Under 5k' }).click();
		await locateMessages(page).getByText('You said: Under 5k').waitFor();
		await chooseMenuItem(page, /Show times/);
		await expect.poll(() => locateMessages(page).locator('time').first().isVisible()).toBe(true);
		await page.getByRole('button', { name: 'Menu' }).press('Enter');
		await takeScreenshot(page, 'menu');
		await expectAccessible(page);
		await page.keyboard.press('ArrowUp');
		await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('menu-forget');
		await page.keyboard.press('Tab');
		await expect.poll(() => page.getByRole('menu').isVisible()).toBe(false);
		await chooseMenuItem(page, /Sound/);
		await page.reload();
		await locateMessages(page).getByText('You said: Under 5k').waitFor();
		await page.getByRole('button', { name: 'Menu' }).click();
		const sound = page.getByRole('menuitemcheckbox', { name: /Sound/ });
		await expect.poll(() => sound.getAttribute('aria-checked')).toBe('true');
		await page.keyboard.press('Escape');
		await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('menu-button');
	});

	it('announces the complete greeting to screen readers, and nothing again after a reload', async () => {
		const site = await createSite('Greeted by the AI', { greeting: null });
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		const page = await browser.open(`${server.url}/embed/${site}`, PANEL);
		await stream.write('Good');
		await page.locator('#reply').getByText('Good').waitFor();
		await expect.poll(() => locateMessages(page).getAttribute('aria-live')).toBe('polite');
		await expect.poll(() => locateMessages(page).textContent()).toBe('');
		await stream.write(' morning');
		await stream.end();
		await locateMessages(page).getByText('Good morning').waitFor();
		await page.addInitScript(() => {
			const seen: unknown[] = Object.assign(window, { seen: [] }).seen;
			new MutationObserver(() => {
				const node = document.querySelector('#log');
				if (node?.querySelector('.ai') && !seen.length) seen.push(node.ariaLive);
			}).observe(document, { childList: true, subtree: true });
		});
		await page.reload();
		await locateMessages(page).getByText('Good morning').waitFor();
		await expect.poll(() => page.evaluate('seen')).toEqual(['off']);
	});

	it('continues a reply when the page is reloaded during it', async () => {
		const page = await openChat(await createSite('Reconnecting'));
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await sendMessage(page, 'How long?');
		await stream.write('It takes');
		await page.locator('#reply').getByText('It takes').waitFor();
		await page.reload();
		await page.locator('#reply').getByText('It takes').waitFor();
		await stream.write(' three weeks.');
		await page.locator('#reply').getByText('It takes three weeks.').waitFor();
		await stream.end();
		await locateMessages(page).getByText('It takes three weeks.').waitFor();
		await expect.poll(() => locateMessages(page).locator('.ai').count()).toBe(2);
	});

	it.each([
		['a desktop', PANEL],
		['a phone', PHONE],
	])(
		'shows an answer completely and once when %s goes offline during it',
		async (name, options) => {
			const page = await openChat(await createSite(`Tunnel of ${name}`), options);
			page.removeAllListeners('console');
			const stream = createHeldStream();
			standIn().ai.next(stream.answer);
			await sendMessage(page, 'How long?');
			await stream.write('It takes');
			await page.locator('#reply').getByText('It takes').waitFor();
			for (const [missed, partialReply] of [
				[' three', 'It takes three'],
				[' weeks, in', 'It takes three weeks, in'],
			] as const) {
				await page.context().setOffline(true);
				await page.locator('#banner').waitFor();
				await vi.waitFor(async () => expect(await countSockets()).toBe(0));
				await stream.write(missed);
				await page.context().setOffline(false);
				await page.locator('#reply').getByText(partialReply, { exact: true }).waitFor();
				await page.locator('#banner').waitFor({ state: 'hidden' });
			}
			await page.context().setOffline(true);
			await page.locator('#banner').waitFor();
			await sendMessage(page, 'And when?');
			await stream.write(' summer.');
			await stream.end();
			await vi.waitFor(
				async () => expect((await readTranscript(page)).messages).toHaveLength(3),
				20_000,
			);
			await page.context().setOffline(false);
			await locateMessages(page)
				.getByText('It takes three weeks, in summer.', { exact: true })
				.waitFor();
			await locateMessages(page).getByText('You said: And when?').waitFor();
			const { messages } = await readTranscript(page);
			const senders = messages.map(({ sender }) => sender);
			expect(senders).toEqual(['ai', 'visitor', 'ai', 'visitor', 'ai']);
			await expect
				.poll(() => locateMessages(page).locator('.bubble').allInnerTexts())
				.toEqual([
					'Hi! Looking for a new roof?',
					'How long?',
					'It takes three weeks, in summer.',
					'And when?',
					'You said: And when?',
				]);
			await page.locator('#reply').waitFor({ state: 'hidden' });
		},
	);

	it('fits long words and mirrors Arabic on a dark phone', async () => {
		const look = {
			header_text: 'تواصل معنا لمناقشة مشروعك',
			accent: '#e3b505',
			theme: 'auto' as const,
			language: 'ar' as const,
			launcher: { position: 'left' as const, text: null },
		};
		const greeting = 'مرحباً! هل تبحث عن سقف جديد؟';
		const page = await openChat(await createSite('Arabic', { look, greeting }), DARK);
		await expect.poll(() => page.evaluate('getComputedStyle(document.body).direction')).toBe('rtl');
		await sendMessage(page, `https://roofs.example/${'longest'.repeat(30)}`);
		await locateMessages(page).locator('.ai').nth(1).waitFor();
		await sendMessage(page, 'نعم، سقف من القرميد الأحمر');
		await locateMessages(page).locator('.ai').nth(2).waitFor();
		await takeScreenshot(page, 'arabic-dark');
		await expectAccessible(page);
	});

	it('fits at 400% zoom and in forced colors', async () => {
		const page = await openChat(await createSite('Zoomed'), {
			viewport: { width: 320, height: 256 },
		});
		await sendMessage(page, 'A question of some length, so that it needs more than a line');
		await expectAccessible(page);
		// A phone at 200% zoom: the header keeps its lines, and leaves room for the chat.
		await page.setViewportSize({ width: 195, height: 422 });
		const header = page.getByRole('banner');
		expect(
			await header.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight),
		).toBe(0);
		expect((await header.boundingBox())?.height).toBeLessThan(120);
		await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
		await page.setViewportSize({ width: 400, height: 680 });
		await page.locator('#input').focus();
		const outline = page
			.locator('#composer')
			.evaluate((node) => getComputedStyle(node).outlineStyle);
		expect(await outline).toBe('solid');
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await sendMessage(page, 'Anything that moves?');
		const dot = page.locator('.dots i').first();
		await dot.waitFor();
		await expect
			.poll(() => dot.evaluate((node) => getComputedStyle(node).animationName))
			.toBe('none');
		await stream.write('Nothing');
		await stream.end();
		await locateMessages(page).getByText('Nothing').waitFor();
		await takeScreenshot(page, 'forced-colors');
		await expectAccessible(page);
	});
});

describe('an agent', () => {
	it('who takes over is shown with name and initials, and announced when joining and leaving', async () => {
		const page = await openChat(await createSite('Taken over'), PHONE);
		const cookie = await signInAt(server.url);
		const agent = openAgent(server.url, {}, { extraHeaders: { cookie, origin: server.url } });
		await agent.waitForConnection();
		const { session } = await readTranscript(page);
		const { session_id } = session;
		await agent.request('session:take-over', { session_id });
		await page.getByText(/joined the chat/).waitFor();
		const { agent: name } = (await readTranscript(page)).session;
		await page.getByRole('heading', { name: name ?? '' }).waitFor();
		await page.locator('header').getByText('From our team').waitFor();
		await agent.request('message:send', { session_id, message: 'Hello, a person here' });
		await locateMessages(page).locator('.agent .avatar').waitFor();
		await takeScreenshot(page, 'agent');
		await expectAccessible(page);
		await agent.request('session:hand-back', { session_id });
		await page.getByText(/left the chat/).waitFor();
		await page.locator('header').getByText('AI assistant · replies instantly').waitFor();
		agent.socket.disconnect();
	});
});

describe('the assistant', () => {
	/** A PNG of one pixel. */
	const logo =
		'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

	it.each([
		['a logo', logo],
		['initials', null],
	])(
		'is shown with its name and %s in the header and at the start of each run',
		async (kind, face) => {
			const site = await createSite(`Face ${kind}`, {
				assistant: { name: 'Frieda Frost', logo: face },
			});
			const page = await openChat(site, PHONE);
			const header = page.locator('header');
			await header.getByRole('heading', { name: 'Frieda Frost' }).waitFor();
			await header.getByText('AI assistant · replies instantly').waitFor();
			await page.getByText('Get in touch with us').waitFor();
			const avatar = header.locator('.avatar');
			if (face) await expect.poll(() => avatar.locator('img').getAttribute('src')).toBe(logo);
			else await expect.poll(() => avatar.innerText()).toBe('FF');
			const stream = createHeldStream();
			standIn().ai.next(stream.answer);
			await sendMessage(page, 'Hello?');
			await page.locator('#reply .dots').waitFor();
			await expect.poll(() => page.locator('#reply .author').innerText()).toContain('Frieda Frost');
			await page.screenshot({ path: `${SCREENSHOTS}/frame-typing.png` });
			await stream.write('Good');
			await stream.end();
			await locateMessages(page).getByText('Good').waitFor();
			await expect.poll(() => locateMessages(page).locator('.author:visible').count()).toBe(2);
			await expectAccessible(page);
			await takeScreenshot(page, `face-${face ? 'logo' : 'initials'}`);
		},
	);

	it('keeps an English header in an Arabic widget in order', async () => {
		const look = { ...LOOK, header_text: 'Get a quote today!', language: 'ar' as const };
		const page = await openChat(await createSite('Mixed', { look }));
		const heading = page.getByRole('heading', { name: 'Get a quote today!' });
		expect(
			await heading.evaluate((node) => {
				const style = getComputedStyle(node);
				return [style.direction, style.textAlign];
			}),
		).toEqual(['ltr', 'right']);
	});
});

const LOOK = {
	header_text: 'Get in touch with us to discuss your project',
	accent: '#0b6e5f',
	theme: 'auto' as const,
	language: 'auto' as const,
	launcher: { position: 'right' as const, text: null },
};

describe('the visitor’s language', () => {
	/** Returns all texts of the frame, including hidden ones and those only for screen readers. */
	const listTexts = (page: Page) =>
		page.evaluate(() => {
			const texts: string[] = [document.title];
			for (const node of document.querySelectorAll('body *:not(script)')) {
				for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
					texts.push(node.getAttribute(name) ?? '');
				for (const child of node.childNodes) if (child instanceof Text) texts.push(child.data);
			}
			return texts;
		});
	const findEnglish = (texts: string[]) =>
		texts.filter((text) => /[a-z]{2,} [a-z]{2,}/i.test(text));

	it('is the only one in an Arabic visitor’s chat, from the greeting to the end', async () => {
		const site = await createSite('Arabic throughout', {
			greeting: null,
			connector: { type: 'scripted' },
			ai_disclosure: 'You are chatting with an AI assistant.',
			consent: { text: 'I agree that my details are used to answer.', is_required: true },
			translations: { consent: { ar: 'أوافق على استخدام بياناتي للرد.' } },
			handoff: { visitor_may_ask: true, wait_seconds: 60 },
		});
		await server.call('PATCH', `sites/${site}`, { name: 'هارتمان' });
		const page = await openChat(site, { ...PANEL, locale: 'ar' });
		await page.getByRole('button', { name: 'أوافق' }).click();
		for (const text of ['أحتاج إلى سقف جديد', 'في أقرب وقت ممكن', 'اسمي ليلى', 'a@b.example']) {
			const before = await locateMessages(page).locator('.ai').count();
			await sendMessage(page, text);
			await locateMessages(page).locator('.ai').nth(before).waitFor();
			expect(findEnglish(await listTexts(page))).toEqual([]);
		}
		await sendMessage(page, 'تخطي');
		await page.locator('#complete').waitFor();
		expect(findEnglish(await listTexts(page))).toEqual([]);
		await takeScreenshot(page, 'arabic-complete');
		await expectAccessible(page);
	});

	it('has the site’s translations of greeting, questions and options', async () => {
		const site = await createSite('Translated', {
			greeting: 'Hello!',
			translations: { greeting: { de: 'Guten Tag!' }, header_text: { de: 'Fragen Sie uns' } },
			connector: { type: 'scripted' },
			questions: [
				{ key: 'help', label: 'Help', prompt: 'What do you need?', type: 'text' },
				{
					key: 'size',
					label: 'Size',
					prompt: 'How large is it?',
					type: 'choice',
					options: ['Small', 'Large'],
					translations: { de: { prompt: 'Wie groß ist es?', options: ['Klein', 'Groß'] } },
				},
			],
		});
		const page = await openChat(site, { ...PANEL, locale: 'de-DE' });
		await page.getByRole('heading', { name: 'Fragen Sie uns' }).waitFor();
		await locateMessages(page).getByText('Guten Tag!').waitFor();
		await sendMessage(page, 'Ein neues Dach');
		await locateMessages(page).getByText('Wie groß ist es?').waitFor();
		await page.getByRole('button', { name: 'Groß' }).click();
		await vi.waitFor(async () => {
			const { lead } = await readTranscript(page);
			expect(lead?.answers).toMatchObject({ size: 'Large' });
		});
		const french = await openChat(site, { ...PANEL, locale: 'fr-FR' });
		await locateMessages(french).getByText('Hello!').waitFor();
	});
});

describe('privacy', () => {
	const consent = {
		text: 'I agree that my details are used to answer, as the [privacy policy](https://roofs.example/privacy) says.',
		is_required: true,
	};

	it('asks for consent once before the first message, and stores its version', async () => {
		const site = await createSite('Consent', { consent });
		const page = await openChat(site, PHONE);
		await expect.poll(() => locateInput(page).isDisabled()).toBe(true);
		await takeScreenshot(page, 'consent');
		await expectAccessible(page);
		await page.getByRole('button', { name: 'I agree' }).click();
		await sendMessage(page, 'maya@hartmann.example');
		await locateMessages(page).getByText('You said').waitFor();
		const { session, messages } = await readTranscript(page);
		const message = messages.find(({ sender }) => sender === 'visitor');
		expect(session.consent?.version).toMatch(/Z$/);
		expect(Date.parse(session.consent?.accepted_at ?? '')).toBeLessThanOrEqual(
			Date.parse(message?.timestamp ?? ''),
		);
		await page.reload();
		await locateMessages(page).getByText('You said').waitFor();
		await expect.poll(() => page.getByRole('button', { name: 'I agree' }).isVisible()).toBe(false);
		await expect.poll(() => locateInput(page).isEnabled()).toBe(true);
	});

	it('asks in chats that were open before the site required consent, then sends the pending message', async () => {
		const site = await createSite('Demanded since');
		const page = await openChat(site);
		const text = `${consent.text} ${'Much is said of it. '.repeat(80)}`;
		await server.call('PATCH', `sites/${site}`, { consent: { ...consent, text } });
		await locateInput(page).fill('Written meanwhile');
		await locateInput(page).press('Enter');
		const agree = page.getByRole('button', { name: 'I agree' });
		await agree.waitFor();
		await locateMessages(page).getByText('Written meanwhile').waitFor();
		await locateMessages(page).locator('.ai').waitFor();
		expect((await readTranscript(page)).messages).toHaveLength(1);
		await page.setViewportSize({ width: 360, height: 400 });
		await expectAccessible(page);
		await agree.click();
		await locateMessages(page).getByText('You said: Written meanwhile').waitFor();
		expect((await readTranscript(page)).session.consent).not.toBeNull();
	});

	it('stores nothing and starts no chat before an interaction, if the site is set to do so', async () => {
		const site = await createSite('Untouched', { has_storage_before_interaction: false });
		const page = await browser.open(`${server.url}/embed/${site}`, PANEL);
		await page.getByText('Looking for a').waitFor();
		await page.waitForFunction(() => 'getChatSession' in window);
		await expect.poll(() => page.evaluate('localStorage.length')).toBe(0);
		await expect.poll(() => page.evaluate('window.getChatSession().session_id')).toBeUndefined();
		await locateInput(page).press('H');
		await locateMessages(page).locator('.ai').waitFor();
		await expect.poll(() => page.evaluate('localStorage.length')).toBeGreaterThan(0);
		expect(await page.context().cookies()).toEqual([]);
	});

	it('deletes the conversation in every tab, and starts a new one on request', async () => {
		const page = await openChat(await createSite('Forgotten'));
		await sendMessage(page, 'Remember me');
		await locateMessages(page).getByText('You said').waitFor();
		const { session_id } = (await readTranscript(page)).session;
		const tab = await page.context().newPage();
		await tab.goto(page.url());
		await locateMessages(tab).getByText('You said').waitFor();
		await chooseMenuItem(page, /Remove chat from this browser/);
		await takeScreenshot(page, 'delete');
		await expectAccessible(page);
		await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
		for (const window of [page, tab]) {
			await window.getByText('was removed from this browser').waitFor();
			await expect.poll(() => window.getByText('Remember me').count()).toBe(0);
		}
		await expect.poll(() => page.evaluate('localStorage.length')).toBe(0);
		await takeScreenshot(page, 'deleted');
		await page.getByRole('button', { name: 'Start a new chat' }).click();
		await locateMessages(page).locator('.ai').waitFor();
		await locateMessages(tab).locator('.ai').waitFor();
		const newId = (await readTranscript(page)).session.session_id;
		expect(newId).not.toBe(session_id);
		await expect.poll(() => tab.evaluate('window.getChatSession().session_id')).toBe(newId);
	});
});

describe('continuity', () => {
	it('keeps two tabs in sync, each with its own draft', async () => {
		const page = await openChat(await createSite('Two tabs'));
		const tab = await page.context().newPage();
		await tab.goto(page.url());
		await locateMessages(tab).locator('.ai').waitFor();
		await locateInput(tab).fill('A draft');
		await sendMessage(page, 'From the first tab');
		await locateMessages(tab).getByText('From the first tab', { exact: true }).waitFor();
		await locateMessages(tab).getByText('You said').waitFor();
		await expect.poll(() => locateInput(tab).inputValue()).toBe('A draft');
		await locateInput(tab).press('Enter');
		await locateMessages(page).getByText('A draft', { exact: true }).waitFor();
		const visitorMessages = (await readTranscript(page)).messages.filter(
			({ sender }) => sender === 'visitor',
		);
		expect(visitorMessages.map(({ message }) => message)).toEqual([
			'From the first tab',
			'A draft',
		]);
		for (const window of [page, tab])
			await expect.poll(() => locateMessages(window).locator('.visitor').count()).toBe(2);
	});

	it('sends messages written offline once, even after the tab was closed', async () => {
		const page = await openChat(await createSite('Offline'), PHONE);
		const address = page.url();
		// The browser logs every attempt to connect while offline.
		page.removeAllListeners('console');
		await page.context().setOffline(true);
		await page.locator('#banner').waitFor();
		await sendMessage(page, 'Written in a tunnel');
		await locateMessages(page).getByText('Waiting for connection').waitFor();
		await takeScreenshot(page, 'offline');
		await expectAccessible(page);
		await page.context().setOffline(false);
		await locateMessages(page).getByText('You said: Written in a tunnel').waitFor();
		await page.locator('#banner').waitFor({ state: 'hidden' });

		await page.context().setOffline(true);
		await sendMessage(page, 'Closed before it was sent');
		const reopened = await page.context().newPage();
		await page.close();
		await reopened.context().setOffline(false);
		await reopened.goto(address);
		await locateMessages(reopened).getByText('You said: Closed before it was sent').waitFor();
		const visitorMessages = (await readTranscript(reopened)).messages.filter(
			({ sender }) => sender === 'visitor',
		);
		expect(visitorMessages.map(({ message }) => message)).toEqual([
			'Written in a tunnel',
			'Closed before it was sent',
		]);
	});

	it('shows that a chat is complete, and starts another', async () => {
		const page = await openChat(await createSite('Complete'), DESKTOP);
		await sendMessage(page, '[[completed]] That is all');
		await page.getByText('everything we need').waitFor();
		await takeScreenshot(page, 'complete-desktop');
		await expectAccessible(page);
		const { session } = await readTranscript(page);
		await page.getByRole('button', { name: 'Start a new chat' }).click();
		await page.getByText('everything we need').waitFor({ state: 'hidden' });
		await locateMessages(page).locator('.ai').waitFor();
		expect((await readTranscript(page)).session.session_id).not.toBe(session.session_id);
		await expect.poll(() => locateMessages(page).locator('.visitor').count()).toBe(0);
	});
});

describe('limits', () => {
	/** Sends at once as many events as a chat may send in ten seconds. The widget itself sends one message after another. */
	async function exhaustLimit(page: Page): Promise<void> {
		const stored = await page.evaluate<string>(
			`localStorage[Object.keys(localStorage).find((key) => key.endsWith(':session'))]`,
		);
		const { session_id, token } = JSON.parse(stored) as { session_id: string; token: string };
		const client = openWidget(server.url, { session_id, token });
		await client.waitForConnection();
		const sendEvent = () => client.getErrorCode('handoff:cancel', {});
		await Promise.all(Array.from({ length: RATE_LIMITS.chat.points }, sendEvent));
		client.socket.disconnect();
	}

	it('tells a visitor who is rate-limited, and sends everything once allowed', async () => {
		const page = await openChat(await createSite('Fast'), PHONE);
		await exhaustLimit(page);
		for (let number = 1; number <= 5; number++) {
			await locateInput(page).fill(`Message ${number}.`);
			await locateInput(page).press('Enter');
		}
		await locateMessages(page).getByText('Too many messages at once').first().waitFor();
		await takeScreenshot(page, 'rate-limited');
		await expectAccessible(page);
		await locateMessages(page)
			.getByText('Too many messages at once')
			.first()
			.waitFor({ state: 'detached' });
		const countUnsent = () => page.evaluate<number>('window.getChatSession().unsent.length');
		await expect.poll(countUnsent).toBe(0);
		const visitorMessages = (await readTranscript(page)).messages.filter(
			({ sender }) => sender === 'visitor',
		);
		expect(visitorMessages.map(({ message }) => message)).toEqual(
			Array.from({ length: 5 }, (_, index) => `Message ${index + 1}.`),
		);
	});

	it('explains that a chat has reached its limit, and continues in a new one', async () => {
		const page = await openChat(await createSite('Long'));
		const { session } = await readTranscript(page);
		await server.query(
			`update chat_sessions set visitor_message_count = 500 where id = ${session.id}`,
		);
		await sendMessage(page, 'One more thing');
		await page.getByText('This chat has reached its limit').waitFor();
		await page.getByRole('button', { name: 'Try again' }).waitFor({ state: 'hidden' });
		await expect.poll(() => locateInput(page).isDisabled()).toBe(true);
		await takeScreenshot(page, 'long');
		await expectAccessible(page);
		await page.getByRole('button', { name: 'Start a new chat' }).click();
		// The message that the full chat rejected is sent in the new one.
		await locateMessages(page).getByText('You said: One more thing').waitFor();
		expect((await readTranscript(page)).session.session_id).not.toBe(session.session_id);
	});
});
