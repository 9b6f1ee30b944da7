// @module-tag thorough
import type { BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { expectAccessible, expectAccessibleInEveryTheme } from '../support/axe.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { DESKTOP, gotoDashboard, useBrowser } from '../support/browser.ts';
import { measureInbox } from '../support/first-load.ts';
import { ADMIN } from '../support/server-api.ts';

const server = useDashboard(useBrowser());
let wordCount = 0;
/** A word that only the chats of the current test contain. */
let word = '';
beforeEach(() => {
	word = `word${(wordCount += 1)}`;
});

/** Creates chats that contain the word. The last one has the newest activity. */
async function createChats(count: number): Promise<string[]> {
	const ids = Array.from({ length: count }, (_, index) => `session_${word}_${index}`);
	for (const [index, id] of ids.entries()) {
		const message = { sender: 'visitor', message: `${word} is what visitor ${index} says` };
		await server.call('POST', `sessions/${id}/messages`, message);
	}
	return ids;
}

async function openInbox(
	options: BrowserContextOptions = DESKTOP,
	email = ADMIN.email,
	expectedErrors?: RegExp,
) {
	const page = await server.open(`/inbox?q=${word}`, options, email, expectedErrors);
	await page.getByRole('heading', { name: 'Inbox' }).waitFor();
	await page.locator('[data-row]').first().waitFor();
	return page;
}
const locateRow = (page: Page, id = '') => page.locator(`[data-row="${id}"]`);

it('highlights search results and keeps search and filters in the URL', async () => {
	await createChats(2);
	const page = await openInbox();
	await expect.poll(() => page.locator('mark').allTextContents()).toEqual([word, word]);
	await page.getByRole('button', { name: 'Mine' }).click();
	await page.waitForURL(/assignee=/);
	await gotoDashboard(page, page.url());
	await page.getByText(`No results for “${word}”`).waitFor();
	await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe(word);
	await page.getByRole('button', { name: 'All' }).click();
	await page.locator('mark').first().waitFor();
	await page.getByRole('button', { name: 'Filter', exact: true }).click();
	await page.getByRole('combobox', { name: 'Channel' }).selectOption('messenger');
	await page.waitForURL(/channel=messenger/);
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Remove filter: Messenger' }).click();
	await page.locator('mark').first().waitFor();
});

it('saves a filter under a name, applies it again and rejects a duplicate name', async () => {
	await createChats(1);
	const page = await openInbox();
	const save = async (name: string) => {
		await page.getByRole('button', { name: /^Saved filters/ }).click();
		await page.getByRole('menuitem', { name: 'Save filter…' }).click();
		await page.getByLabel('Name').fill(name);
		await page.getByRole('button', { name: 'Save filter' }).click();
	};
	await save(word);
	await page.getByRole('button', { name: `Saved filters (current: ${word})` }).waitFor();
	await gotoDashboard(page, `${server.url}/inbox?q=${word}&channel=web`);
	await save(word);
	await page.getByText(/You already have a filter with this name/).waitFor();
	await page.keyboard.press('Escape');
	await page.keyboard.press('Control+k');
	await page.getByPlaceholder(/search people and chats/).fill(word);
	await page.getByRole('option', { name: word, exact: true }).click();
	await page.waitForURL((url) => !url.searchParams.has('channel'));
	expect(page.url()).toBe(`${server.url}/inbox?q=${word}`);
});

it('archives selected chats, updates other browsers live, and undoes it', async () => {
	const [first = '', second = '', third = ''] = await createChats(3);
	const [page, other] = [await openInbox(), await openInbox()];
	await locateRow(page, third).focus();
	await page.keyboard.press('x');
	await page.getByText('1 selected').waitFor();
	await locateRow(page, second).hover();
	await page
		.getByRole('checkbox', { name: /^Select / })
		.nth(1)
		.click({ modifiers: ['Shift'] });
	await page.getByText('2 selected').waitFor();
	await page.keyboard.press('e');
	await page.getByText('2 chats archived').waitFor();
	for (const id of [second, third]) await locateRow(other, id).waitFor({ state: 'detached' });
	await expect.poll(() => locateRow(other, first).count()).toBe(1);
	await page.getByRole('button', { name: 'Undo' }).click();
	for (const id of [second, third]) await locateRow(other, id).waitFor();
});

it('deletes many chats only after a typed confirmation, and updates other browsers live', async () => {
	const ids = await createChats(3);
	const [page, other] = [await openInbox(), await openInbox()];
	await locateRow(page, ids[0]).focus();
	await page.keyboard.press('x');
	await page.getByRole('button', { name: 'Select all matching' }).click();
	await page.getByText('3 selected').waitFor();
	await page.getByRole('button', { name: 'Delete', exact: true }).click();
	const dialog = page.getByRole('dialog', { name: 'Delete 3 chats?' });
	await dialog.getByRole('button', { name: 'Delete 3 chats' }).click();
	await dialog.getByText('Type “delete 3 chats” to continue.').waitFor();
	await dialog.getByRole('textbox').fill('delete 3 chats');
	await dialog.getByRole('button', { name: 'Delete 3 chats' }).click();
	for (const id of ids) await locateRow(other, id).waitFor({ state: 'detached' });
	for (const id of ids) await expect.poll(() => locateRow(page, id).count()).toBe(0);
});

it('reports chats that a bulk action cannot change, and changes the others', async () => {
	const [passed = '', fresh = ''] = await createChats(2);
	await server.call('POST', `sessions/${passed}/qa`, { qa_status: 'passed' });
	const page = await openInbox();
	await locateRow(page, fresh).focus();
	await page.keyboard.press('x');
	await page.getByRole('button', { name: 'Select all matching' }).click();
	await page.getByText('2 selected').waitFor();
	await page.getByRole('button', { name: 'Mark as passed' }).click();
	await page.getByText('1 chat reviewed').waitFor();
	await page.getByText(/1 chat not changed\. A review cannot go from passed/).waitFor();
	await page.getByText('1 selected').waitFor();
	expect(await server.call('GET', `sessions/${fresh}`)).toMatchObject({
		session: { qa_status: 'passed' },
	});
});

it('raises an issue with all selected chats, and requires a reason and a note', async () => {
	const [older = '', newer = ''] = await createChats(2);
	const page = await openInbox();
	await locateRow(page, newer).focus();
	await page.keyboard.press('x');
	await page.getByRole('button', { name: 'Select all matching' }).click();
	await page.getByText('2 selected').waitFor();
	await page.getByRole('button', { name: 'Raise issue' }).click();
	const dialog = page.getByRole('dialog', { name: 'Raise issue on 2 chats' });
	await dialog.getByRole('button', { name: 'Raise issue' }).click();
	await dialog.getByText('Choose at least one reason.').waitFor();
	await dialog.getByRole('button', { name: 'Too pushy' }).click();
	await dialog.getByLabel('What’s wrong?').fill('Asks three times for a phone number');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Raise issue' }).click();
	await page.getByText('2 chats reviewed').waitFor();
	for (const id of [older, newer]) {
		expect(await server.call('GET', `sessions/${id}`)).toMatchObject({
			session: { qa_status: 'issue' },
			reviews: [{ reasons: ['too_pushy'], notes: 'Asks three times for a phone number' }],
		});
	}
});

it('opens chats, focuses the search and goes to other pages by keyboard', async () => {
	const [older = '', newer = ''] = await createChats(2);
	const page = await openInbox();
	await page.keyboard.press('j');
	await page.waitForURL(new RegExp(`${newer}\\?q=`));
	await page.keyboard.press('j');
	await page.waitForURL(new RegExp(`${older}\\?q=`));
	await page.keyboard.press('k');
	await page.waitForURL(new RegExp(newer));
	await page.keyboard.press('/');
	await expect
		.poll(() => page.getByRole('searchbox').evaluate((box) => box === document.activeElement))
		.toBe(true);
	await page.getByRole('searchbox').blur();
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Go to inbox').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'detached' });
	// The second key counts only if it follows shortly after the first.
	await Promise.all([page.keyboard.press('g'), page.keyboard.press('i')]);
	await page.waitForURL((url) => url.pathname.startsWith('/inbox') && url.search === '');
});

it('views list as many chats as they count, with scores, and with authors of last messages', async () => {
	await server.call('POST', 'sites', { key: word, name: 'Roofs' });
	const start = async () =>
		(
			await server.call<{ session_id: string }>('POST', 'embed-chat/send-message', {
				site: word,
				message: 'A new roof',
			})
		).session_id;
	const [completed, waiting, taken] = [await start(), await start(), await start()];
	await server.call('PUT', `sessions/${completed}/lead`, {
		name: 'Maya',
		email: 'maya@example.com',
	});
	await server.call('PATCH', `sessions/${completed}`, { completion_status: 'complete' });
	await server.call('POST', `sessions/${waiting}/handoff`, { wait_seconds: 600 });
	await server.call('POST', `sessions/${taken}/reply`, { message: 'This is Wen.', name: 'Wen' });

	const page = await server.open(`/inbox?site=${word}`);
	await page.waitForURL((url) => url.pathname === `/inbox/${taken}`);
	await locateRow(page, taken).getByText('This is Wen.').waitFor();
	await locateRow(page, taken).getByText('Wen: ').waitFor();
	await locateRow(page, completed)
		.getByText(/^Score \d+$/)
		.waitFor();
	await expect.poll(() => locateRow(page, completed).getByText('Completed').count()).toBe(0);
	const views = page.getByRole('group', { name: 'Views' });
	for (const [view, count] of [
		['Needs a person', 1],
		['Live', 2],
		['Mine', 0],
		['All', 3],
	] as const) {
		await views.getByRole('button', { name: `${view} ${count}` }).click();
		await expect.poll(() => page.locator('[data-row]').count(), { message: view }).toBe(count);
	}
	await server.call('PATCH', `sessions/${taken}`, { archive_status: 'archived' });
	await views.getByRole('button', { name: 'All 2' }).waitFor();
	await expectAccessibleInEveryTheme(page, 'inbox-views');

	const narrow = await server.open(`/inbox?site=${word}`, {
		viewport: { width: 1024, height: 768 },
	});
	await locateRow(narrow, completed).waitFor();
	await narrow.getByText('Select a chat').waitFor();
	expect(new URL(narrow.url()).pathname).toBe('/inbox');
	await server.call('DELETE', `sessions/${waiting}/handoff`);
});

it('the command menu opens the first result, which late results never move', async () => {
	const [id = ''] = await createChats(1);
	await server.call('PUT', `sessions/${id}/lead`, { name: `Zelda ${word}` });
	const page = await openInbox();
	const input = page.getByPlaceholder(/search people and chats/);
	const menu = page.getByRole('dialog', { name: 'Commands' });
	const highlighted = menu.locator('[data-command-item][data-selected]');
	const search = async (text: string) => {
		await page.keyboard.press('Control+k');
		await input.fill(text);
	};
	await search(`Zelda ${word}`);
	await page.keyboard.press('Enter');
	await page.waitForURL((url) => url.pathname === `/leads/${id}`);

	await search('users');
	await highlighted.getByText('Team', { exact: true }).waitFor();
	await page.keyboard.press('Enter');
	await page.waitForURL((url) => url.pathname === '/settings/users');

	const { promise: release, resolve: releaseResults } = Promise.withResolvers<void>();
	await page.route(/\/api\/(leads|sessions)\?/, async (route) => {
		await release;
		await route.continue();
	});
	await search(word);
	await menu.getByText('Searching…').waitFor();
	await input.fill('light');
	await highlighted.getByText('Light theme').waitFor();
	releaseResults();
	await menu.getByText('Search all chats for “light”').waitFor();
	await expect
		.poll(() => highlighted.allTextContents())
		.toEqual([expect.stringContaining('Light theme')]);
	await input.fill(`Chats assigned to ${COLLEAGUE.name}`);
	await highlighted.getByText(COLLEAGUE.name).waitFor();
	await expectAccessible(page);
	await page.keyboard.press('Enter');
	await page.waitForURL(/assignee=/);
});

it('the command menu opens once the page is interactive if its key was pressed before', async () => {
	await createChats(1);
	const page = await openInbox();
	const { promise: release, resolve: releaseScripts } = Promise.withResolvers<void>();
	await page.route('**/_app/immutable/**/*.js', async (route) => {
		await release;
		await route.continue();
	});
	await page.reload({ waitUntil: 'commit' });
	await page.locator('#main').waitFor();
	// A user who sees nothing happen presses it again. With Caps Lock, the letter is uppercase.
	for (const _ of ['once', 'again']) await page.keyboard.press('Control+K');
	releaseScripts();
	await page.getByRole('dialog', { name: 'Commands' }).waitFor();
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog', { name: 'Commands' }).waitFor({ state: 'detached' });
	await page.keyboard.press('Control+k');
	const menu = page.getByRole('dialog', { name: 'Commands' });
	await menu.getByRole('button', { name: 'Close' }).click();
	await menu.waitFor({ state: 'detached' });
});

it('shows which colleague has a chat open', async () => {
	const [id = ''] = await createChats(1);
	const [page, other] = [await openInbox(), await openInbox(DESKTOP, COLLEAGUE.email)];
	await locateRow(other, id).click();
	await locateRow(page, id)
		.getByText('Grace Hopper viewing this chat')
		.waitFor({ state: 'attached' });
	await expect.poll(() => locateRow(other, id).getByText('viewing this chat').count()).toBe(0);
	await other.goto(`${server.url}/leads`);
	await locateRow(page, id).getByText('viewing this chat').waitFor({ state: 'detached' });
});

it('two agents in one chat see each other take it over and review it', async () => {
	const [id = ''] = await createChats(1);
	const [page, other] = [await openInbox(), await openInbox(DESKTOP, COLLEAGUE.email)];
	for (const window of [page, other]) {
		await locateRow(window, id).click();
		await window.getByText('The AI is answering.').waitFor();
	}
	await page.getByRole('button', { name: 'Take over' }).click();
	await page.getByRole('button', { name: /Hand back/ }).waitFor();
	await other.getByText(/^Ada.* is answering\./i).waitFor();

	await other.getByRole('button', { name: 'Take over' }).click();
	const question = other.getByRole('dialog', { name: /^Take over from Ada/i });
	await question.getByRole('button', { name: 'Cancel' }).click();
	await question.waitFor({ state: 'detached' });
	await page.getByRole('button', { name: /Hand back/ }).waitFor();
	await other.getByRole('button', { name: 'Take over' }).click();
	await question.getByRole('button', { name: 'Take over' }).click();
	await page.getByText('Grace Hopper is answering.').waitFor();
	await page.getByText(/^Grace Hopper took over your chat with/).waitFor();

	const locateDetails = (window: Page) =>
		window.getByRole('complementary', { name: 'About this chat' });
	await locateDetails(other).getByRole('button', { name: 'Pass' }).click();
	await locateDetails(page).getByText('Passed').first().waitFor();
	await locateRow(page, id).getByText('Passed').waitFor({ state: 'attached' });
	await expect.poll(() => locateRow(page, id).getByText('Issue').count()).toBe(0);
	const history = locateDetails(page).getByRole('list', { name: 'Review history' });
	await history.getByText('Grace Hopper').waitFor();
});

it('shows a lost connection, and catches up once it is back', async () => {
	const [first = '', second = ''] = await createChats(2);
	const page = await openInbox();
	let isOffline = false;
	const openSockets = new Set<WebSocketRoute>();
	await page.routeWebSocket(/socket\.io/, async (socket) => {
		if (isOffline) return socket.close();
		const upstream = socket.connectToServer();
		upstream.onMessage((frame) => {
			socket.send(frame);
			// The server has connected the socket to its namespace.
			if (String(frame).startsWith('40/agents')) openSockets.add(socket);
		});
	});
	await page.reload();
	await locateRow(page, second).waitFor();
	await expect.poll(() => openSockets.size).toBeGreaterThan(0);
	isOffline = true;
	for (const socket of openSockets) await socket.close();
	await page.getByText('You’re offline. Reconnecting…').waitFor();
	await server.call('PATCH', `sessions/${second}`, { archive_status: 'archived' });
	const message = { sender: 'visitor', message: `${word} again` };
	await server.call('POST', `sessions/${first}/messages`, message);
	isOffline = false;
	await locateRow(page, second).waitFor({ state: 'detached' });
	await locateRow(page, first).getByText('again').waitFor();
	await page.getByText('You’re offline. Reconnecting…').waitFor({ state: 'detached' });
});

it('a chat that fails to load says so beside the list, and opens automatically once the server responds', async () => {
	const [id = ''] = await createChats(1);
	const page = await openInbox(DESKTOP, ADMIN.email, /ERR_FAILED/);
	const isChatPage = (url: URL) => url.pathname === `/inbox/${id}/chat`;
	await page.route(isChatPage, (route) => route.abort());
	await locateRow(page, id).click();
	await page.getByText('No connection', { exact: true }).waitFor();
	await locateRow(page, id).waitFor();
	await page.unroute(isChatPage);
	await page.getByRole('region', { name: /^Conversation with/ }).waitFor();
	expect(new URL(page.url()).pathname).toBe(`/inbox/${id}`);
});

it('violates no content security policy', async () => {
	const [id = ''] = await createChats(1);
	const page = await openInbox();
	const violations: string[] = [];
	await page.exposeFunction('reportViolation', (rule: string) => violations.push(rule));
	await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
		void reportViolation(event.violatedDirective + ' ' + event.blockedURI));`);
	for (const path of [`/inbox/${id}`, '/analytics', '/settings/sites/default']) {
		await gotoDashboard(page, server.url + path);
	}
	expect(violations).toEqual([]);
});

it('counts unread chats in the title, and keeps read chats read after a reload', async () => {
	const [fresh = ''] = await createChats(1);
	const page = await openInbox();
	await page.waitForFunction(() => localStorage.length > 0);
	const message = { sender: 'visitor', message: `${word} and more` };
	await server.call('POST', `sessions/${fresh}/messages`, message);
	await page.waitForFunction(() => /^\(\d+\+?\) Inbox/.test(document.title));
	await locateRow(page, fresh).click();
	await page.waitForFunction(() => !document.title.startsWith('('));
	await gotoDashboard(page, page.url());
	await locateRow(page, fresh).waitFor();
	await expect.poll(() => locateRow(page, fresh).getByText(', unread').count()).toBe(0);
});

it('is accessible in light and dark mode, on desktop and phone', async () => {
	await createChats(2);
	await expectAccessibleInEveryTheme(await openInbox());
});

it('loads at most 620 KB of JavaScript with the first chat, 240 KB compressed, in 75 files', async () => {
	await createChats(1);
	const page = await openInbox();
	const { files, parsedKilobytes, transferredKilobytes } = await measureInbox(page, server.url);
	expect(files).toBeLessThanOrEqual(75);
	expect(parsedKilobytes).toBeLessThanOrEqual(620);
	expect(transferredKilobytes).toBeLessThanOrEqual(240);
});
