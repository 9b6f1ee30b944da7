// @module-tag thorough
import type { BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';

const NARROW: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true };
const DARK: BrowserContextOptions = { ...DESKTOP, colorScheme: 'dark' };

const browser = useBrowser();
const server = useBuiltServer();

const openAs = (path: string, options: BrowserContextOptions = DESKTOP): Promise<Page> =>
	browser.openSignedIn(server.url + path, options);

const takeScreenshot = (page: Page, name: string) =>
	page.screenshot({ path: `${SCREENSHOTS}/chat-${name}.png` });
const locateTranscript = (page: Page) => page.getByRole('region', { name: /^Conversation with/ });
const locateMessages = (visitor: Page) => visitor.getByRole('log');

/** Starts a chat on the full-page widget. Returns the visitor's page and the path of the chat in the inbox. */
async function startChat(): Promise<{ visitor: Page; path: string }> {
	const visitor = await browser.open(`${server.url}/embed/default?utm_source=google`);
	await locateMessages(visitor).getByText('What would you like help with?').waitFor();
	await visitor.getByRole('textbox').fill('A **new** roof, maya@hartmann.example');
	await visitor.getByRole('textbox').press('Enter');
	await locateMessages(visitor)
		.locator('.ai')
		.nth(1)
		.or(locateMessages(visitor).getByText(/When|start/))
		.first()
		.waitFor();
	const id = await visitor.evaluate<string>('window.getChatSession().session_id');
	return { visitor, path: `/inbox/${id}` };
}

it('an agent takes over, answers with a canned reply, adds a note and hands back', async () => {
	const { visitor, path } = await startChat();
	const agent = await openAs('/settings/canned-replies');
	await agent.getByRole('button', { name: 'New canned reply' }).first().click();
	await agent.getByRole('button', { name: 'Add reply' }).click();
	await agent.getByLabel('Title').and(agent.locator('[aria-invalid]')).waitFor();
	await agent.getByLabel('Title').fill('Call back');
	await agent.getByLabel('Reply', { exact: true }).fill('Hi {name}, {agent} will **call** you.');
	await agent.getByRole('button', { name: 'Add reply' }).click();
	await agent.getByRole('heading', { name: 'Call back' }).waitFor();
	await takeScreenshot(agent, 'canned-replies');
	await expectAccessible(agent);

	await gotoDashboard(agent, server.url + path);
	await locateTranscript(agent).getByText('A **new** roof').waitFor();
	await agent.getByRole('button', { name: 'Take over' }).click();
	const box = agent.getByRole('textbox', { name: /^Message to/ });
	await visitor.locator('header').getByText('From our team').waitFor();
	await box.pressSequentially('/call');
	await agent.getByRole('option', { name: /Call back/ }).waitFor();
	await takeScreenshot(agent, 'canned-list');
	await box.press('Enter');
	await expect.poll(() => box.inputValue()).toMatch(/^Hi there, .+ will \*\*call\*\* you\.$/);
	await box.press('Enter');
	await locateMessages(visitor).locator('strong', { hasText: 'call' }).waitFor();
	await locateTranscript(agent).locator('strong', { hasText: 'call' }).waitFor();
	await locateTranscript(agent).getByText('· sent').waitFor();

	await visitor.getByRole('textbox').pressSequentially('Than');
	await locateTranscript(agent).getByText('is typing').waitFor();

	await agent.getByRole('button', { name: 'Note', exact: true }).click();
	await agent.getByRole('textbox', { name: 'Note for the team' }).fill('Cousin of the owner');
	await agent.getByRole('button', { name: 'Add note' }).click();
	await locateTranscript(agent).getByText('Cousin of the owner').waitFor();
	const aside = agent.getByRole('complementary', { name: 'About this chat' });
	await aside.getByText(/left a note/).waitFor();

	await agent.getByRole('button', { name: /Hand back/ }).click();
	await locateTranscript(agent)
		.getByText(/handed back to the AI/)
		.waitFor();
	await takeScreenshot(agent, 'desktop-light');
	await expectAccessible(agent);
	await expect.poll(() => visitor.content()).not.toContain('Cousin of the owner');
});

it('an agent takes over, writes, adds a note, assigns, hands back and opens the lead with the keyboard alone', async () => {
	const { path } = await startChat();
	await server.call('PUT', `${path.replace('/inbox', 'sessions')}/lead`, { name: 'Keyboard Kim' });
	const agent = await openAs(path);
	const { keyboard } = agent;
	await locateTranscript(agent).getByText('A **new** roof').waitFor();
	await keyboard.press('n');
	await agent.getByRole('textbox', { name: 'Note for the team' }).waitFor();
	await keyboard.type('Prefers a call');
	await keyboard.press('Enter');
	await locateTranscript(agent).getByText('Prefers a call').waitFor();
	await agent.getByRole('textbox', { name: 'Note for the team' }).waitFor({ state: 'detached' });
	await keyboard.press('a');
	await agent.getByRole('menuitemradio', { name: /\(you\)/ }).press('Enter');
	await agent
		.getByRole('button', { name: /^Assigned to/ })
		.first()
		.waitFor();

	await keyboard.press('t');
	await agent.getByRole('textbox', { name: /^Message to/ }).waitFor();
	await keyboard.type('This is Ada.');
	await keyboard.press('Enter');
	await locateTranscript(agent).getByText('This is Ada.').waitFor();
	await keyboard.press('Escape');
	await agent.locator('[data-row]:focus').waitFor();
	await keyboard.press('h');
	await locateTranscript(agent)
		.getByText(/handed back to the AI/)
		.waitFor();

	await keyboard.press('l');
	await agent.waitForURL((url) => url.pathname === path.replace('/inbox', '/leads'));
	await agent.getByRole('heading', { name: 'Keyboard Kim' }).waitFor();
	await keyboard.press('c');
	await agent.getByText('Marked Keyboard Kim as contacted').waitFor();
	await keyboard.press('o');
	await agent.waitForURL((url) => url.pathname === path);
	await expect
		.poll(() => server.call('GET', path.replace('/inbox', 'sessions')))
		.toMatchObject({ lead: { first_contact_by: expect.any(String) as unknown } });
});

it('an agent on a slow network takes over before the live connection is made', async () => {
	const { path } = await startChat();
	const agent = await openAs('/settings/profile');
	const sockets: WebSocketRoute[] = [];
	await agent.routeWebSocket(/socket\.io/, (socket) => void sockets.push(socket));
	await agent.goto(server.url + path);
	await expect.poll(() => sockets.length).toBe(1);
	await agent.getByRole('button', { name: 'Take over' }).click();
	sockets[0]?.connectToServer();
	await agent.getByRole('textbox', { name: /^Message to/ }).waitFor();
	await expect.poll(() => agent.getByText('You’re offline').count()).toBe(0);
});

it('shows the time below the last message, and below others on hover', async () => {
	const { path } = await startChat();
	const agent = await openAs(path);
	const greeting = locateTranscript(agent)
		.getByRole('listitem')
		.filter({ hasText: 'What would you like help with?' });
	const getOpacity = () =>
		greeting
			.getByText('Trace')
			.evaluate((trace) => getComputedStyle(trace.closest('p') ?? trace).opacity);
	await greeting.waitFor();
	await expect.poll(getOpacity).toBe('0');
	await greeting.hover();
	await expect.poll(getOpacity).toBe('1');
});

it('follows the end of a chat as messages arrive and the window shrinks, but not while reading above it', async () => {
	const { visitor, path } = await startChat();
	const send = async (text: string) => {
		await visitor.getByRole('textbox').fill(text);
		await visitor.getByRole('textbox').press('Enter');
	};
	const agent = await openAs(path);
	await agent.setViewportSize({ width: 1440, height: 560 });
	const transcript = locateTranscript(agent);
	const getDistance = () =>
		transcript.evaluate((node) => node.scrollHeight - node.clientHeight - node.scrollTop);
	const long = 'Long story. '.repeat(150);
	await send(long);
	await transcript.getByText('Long story.').last().waitFor();
	await expect.poll(getDistance).toBeLessThan(2);
	await send('And the end of it');
	await transcript.getByText('And the end of it').waitFor();
	await expect.poll(getDistance).toBeLessThan(2);
	await agent.setViewportSize({ width: 1100, height: 430 });
	await expect.poll(getDistance).toBeLessThan(2);
	expect(await transcript.evaluate((node) => node.scrollTop)).toBeGreaterThan(0);
	await transcript.evaluate((node) => node.scrollTo({ top: 0 }));
	await expect.poll(getDistance).toBeGreaterThan(100);
	await send('One more thing');
	await transcript.getByText('One more thing').waitFor();
	const unseen = agent.getByRole('button', { name: /^\d+ new$/ });
	await unseen.waitFor();
	expect(await transcript.evaluate((node) => node.scrollTop)).toBe(0);
	await unseen.click();
	await expect.poll(getDistance).toBeLessThan(2);
	await unseen.waitFor({ state: 'detached' });
});

it('edits a lead inline and undoes the edit', async () => {
	const { path } = await startChat();
	const agent = await openAs(path, DARK);
	const aside = agent.getByRole('complementary', { name: 'About this chat' });
	await aside.getByText('maya@hartmann.example').waitFor();
	await aside.getByRole('button', { name: 'Edit Email' }).click();
	const field = aside.getByRole('textbox', { name: 'Email' });
	await field.fill('maya@roofs.example');
	await field.press('Enter');
	await aside.getByText('maya@roofs.example').waitFor();
	await agent.getByRole('button', { name: 'Undo' }).click();
	await aside.getByText('maya@hartmann.example').waitFor();
	await aside.getByRole('button', { name: /^Score/ }).click();
	await agent.getByText('How the score is calculated').waitFor();
	await takeScreenshot(agent, 'desktop-dark');
	await agent.keyboard.press('Escape');
	await expectAccessible(agent);
});

it('a 200-character name without spaces widens neither the conversation nor the composer’s hint', async () => {
	const { path } = await startChat();
	const agent = await openAs(path);
	const name = 'Donaudampfschifffahrt'.repeat(10).slice(0, 200);
	const status = await agent.evaluate(
		async ([address, body]) =>
			(
				await fetch(address, {
					method: 'PUT',
					headers: { 'content-type': 'application/json' },
					body,
				})
			).status,
		[`/api/sessions${path.replace('/inbox', '')}/lead`, JSON.stringify({ name })] as const,
	);
	expect(status).toBe(200);
	await agent.getByTitle(name).first().waitFor();
	await expect
		.poll(() => locateTranscript(agent).evaluate((pane) => pane.scrollWidth - pane.clientWidth))
		.toBe(0);
	await agent.getByText('Take over to message the visitor, or add a note.').waitFor();
});

it('a resume link continues the chat on another device and is removed from the URL', async () => {
	const { path } = await startChat();
	const agent = await openAs(path);
	await agent.getByRole('button', { name: 'More' }).click();
	await agent.getByRole('menuitem', { name: 'Create resume link' }).click();
	const url = await agent.getByRole('textbox', { name: 'Resume link' }).inputValue();
	const phone = await browser.open(url, NARROW);
	await locateMessages(phone).getByText('maya@hartmann.example').waitFor();
	await phone.waitForURL((url) => url.search === '');
	await expect.poll(() => phone.content()).not.toContain('"resume"');
	await phone.getByRole('textbox').fill('From my phone');
	await phone.getByRole('textbox').press('Enter');
	await locateTranscript(agent).getByText('From my phone').waitFor();

	const expired = await browser.open(url.replace(/resume=[^&]+/, 'resume=over'), NARROW);
	await expired.getByText('This link has expired').waitFor();
	await expired.getByRole('textbox').waitFor();
});

it('exports, completes and deletes a chat on a 360 px phone', async () => {
	const { path } = await startChat();
	const other = await openAs(path);
	const agent = await openAs(path, NARROW);
	await takeScreenshot(agent, 'narrow');
	await expectAccessible(agent);
	await agent.getByRole('button', { name: 'About this chat' }).click();
	await agent.getByRole('dialog').getByText('maya@hartmann.example').waitFor();
	await takeScreenshot(agent, 'narrow-details');
	await agent.keyboard.press('Escape');

	await agent.getByRole('button', { name: 'Export' }).click();
	const download = agent.waitForEvent('download');
	await agent.getByRole('menuitem', { name: 'Plain text' }).click();
	expect((await download).suggestedFilename()).toMatch(/^session_[\w-]+\.txt$/);

	await agent.getByRole('button', { name: 'More' }).click();
	await agent.getByRole('menuitem', { name: 'Mark as completed' }).click();
	await agent.getByRole('dialog').getByRole('button', { name: 'Mark as completed' }).click();
	await locateTranscript(other).getByText('Chat completed').waitFor();

	await agent.getByRole('button', { name: 'More' }).click();
	await agent.getByRole('menuitem', { name: 'Delete permanently' }).click();
	await agent.getByLabel(/Type .delete. to confirm/).fill('delete');
	await agent.getByRole('button', { name: 'Delete chat' }).click();
	await agent.waitForURL('**/inbox');
	await other.getByText('This chat was deleted').waitFor();
});
