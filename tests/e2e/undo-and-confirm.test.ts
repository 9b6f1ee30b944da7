// @module-tag thorough
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, expectAccessibleInEveryTheme } from '../support/axe.ts';
import { gotoDashboard, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';

const team = useDashboard(useBrowser());

interface Deletion {
	page: Page;
	/** The text of the item in the list. */
	shown: Locator;
	remove: () => Promise<void>;
	toast: string;
	/** Returns how many such items the server has: 1 before the deletion, 0 after it. */
	count: () => Promise<number>;
}

/** Locates a toast by its text, because an earlier toast may still be fading out beside it. */
const locateToast = (page: Page, text: string) =>
	page.getByRole('listitem').filter({ hasText: text });

/** Deletes something and undoes it, then deletes it again and leaves the page before the toast closes. */
async function expectUndo({ page, shown, remove, toast, count }: Deletion): Promise<void> {
	const notice = locateToast(page, toast);
	await remove();
	await notice.getByRole('button', { name: 'Undo' }).click();
	await shown.waitFor();
	await notice.waitFor({ state: 'detached' });
	expect(await count()).toBe(1);

	await remove();
	// The toast stays while the pointer is over it.
	await notice.hover();
	await shown.waitFor({ state: 'detached' });
	await expectAccessible(page);
	await page.goto(`${team.url}/leads`);
	await expect.poll(count).toBe(0);
}

/** Confirms in a dialog whose button does nothing until the text is typed. */
async function confirmTyped(page: Page, text: string, verb: string): Promise<void> {
	const dialog = page.getByRole('dialog');
	const button = dialog.getByRole('button', { name: verb, exact: true });
	await button.click();
	await dialog.getByText(`Type “${text}” to continue.`).waitFor();
	await expectAccessibleInEveryTheme(page);
	await dialog.getByLabel(`Type “${text}” to confirm`).fill(text.toUpperCase());
	await button.click();
	await dialog.waitFor({ state: 'detached' });
}

const countItems = async (path: string) =>
	(await team.call<{ items: unknown[] }>('GET', path)).items.length;

it('deletes a canned reply with an undo', async () => {
	const page = await team.open('/settings/canned-replies');
	await page.getByRole('button', { name: 'New canned reply' }).first().click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Title').fill('Hours');
	await dialog.getByLabel('Reply').fill('Open until six.');
	await dialog.getByRole('button', { name: 'Add reply' }).click();
	const shown = page.getByRole('heading', { name: 'Hours', exact: true });
	await shown.waitFor();
	const count = () =>
		page.evaluate(async () => {
			const response = await fetch('/api/canned-replies');
			return ((await response.json()) as { items: unknown[] }).items.length;
		});
	const remove = () => page.getByRole('button', { name: 'Delete Hours' }).click();
	await expectUndo({ page, shown, remove, toast: 'Canned reply “Hours” deleted', count });
});

it('cancels an invitation with an undo', async () => {
	const email = 'mary@example.com';
	await team.call('POST', 'invitations', { email, role: 'agent' });
	const page = await team.open('/settings/users');
	const shown = page.getByRole('list', { name: 'Invited' }).getByText(email, { exact: true });
	const remove = () => page.getByRole('button', { name: `Cancel invitation for ${email}` }).click();
	const count = () => countItems('invitations');
	await expectUndo({ page, shown, remove, toast: `Invitation for ${email} canceled`, count });
});

it('deletes a note with an undo, at its place in the transcript', async () => {
	const path = 'sessions/session_note';
	await team.call('POST', `${path}/messages`, { sender: 'visitor', message: 'Hello' });
	await team.call('POST', `${path}/notes`, { note: 'Cousin of the owner' });
	await team.call('POST', `${path}/notes`, { note: 'Prefers a call' });
	const page = await team.open('/inbox/session_note');
	const transcript = page.getByRole('region', { name: /^Conversation with/ });
	const note = transcript.getByText('Cousin of the owner');
	const remove = async () => {
		await note.hover();
		await transcript.getByRole('button', { name: 'Delete note' }).first().click();
	};
	const count = async () => (await countItems(`${path}/notes`)) - 1;
	await expectUndo({ page, shown: note, remove, toast: 'Note deleted', count });
});

const CASE = { site: 'default', title: 'Asks for a quote', lines: ['A quote, please'] };

it('deletes a test case with an undo, and removes one from a suite', async () => {
	const testCase = await team.call<{ id: number }>('POST', 'cases', { ...CASE, checks: [] });
	const suite = await team.call<{ id: number }>('POST', 'suites', {
		site: 'default',
		name: 'Quotes',
		case_ids: [testCase.id],
	});
	const page = await team.open(`/suites/${suite.id}`);
	const suiteRow = page.getByRole('table', { name: 'Test cases' }).getByText(CASE.title);
	await page.getByRole('button', { name: /^Remove Asks for a quote/ }).click();
	await suiteRow.waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Undo' }).click();
	await suiteRow.waitFor();

	const shown = page.getByRole('table', { name: 'Test cases' }).getByText(CASE.title);
	const remove = async () => {
		await gotoDashboard(page, `${team.url}/suites/cases/${testCase.id}`);
		await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Delete test case' }).click();
		await page.waitForURL('**/suites/cases');
	};
	await expectUndo({
		page,
		shown,
		remove,
		toast: 'Test case deleted',
		count: () => countItems('cases'),
	});
});

it('removes a greeting and a rule of the bubble with an undo', async () => {
	const page = await team.open('/settings/sites/default/texts');
	await page.getByRole('button', { name: 'Start A/B test' }).click();
	const first = page.getByRole('textbox', { name: 'Greeting A', exact: true });
	await first.fill('Need a roof?');
	await page.getByRole('button', { name: 'Remove greeting A' }).click();
	await first.waitFor({ state: 'detached' });
	await locateToast(page, 'Greeting A removed').getByRole('button', { name: 'Undo' }).click();
	await expect.poll(() => first.inputValue()).toBe('Need a roof?');

	await page.getByRole('button', { name: 'Add rule' }).click();
	const rules = page.getByRole('list', { name: 'When to show the greeting' });
	const pages = rules.getByLabel('Pages', { exact: true }).first();
	await pages.fill('/prices');
	await page.getByRole('button', { name: 'Remove rule 1' }).click();
	await expect.poll(() => pages.inputValue()).not.toBe('/prices');
	await locateToast(page, 'Rule 1 removed').getByRole('button', { name: 'Undo' }).click();
	await expect.poll(() => pages.inputValue()).toBe('/prices');
});

it('deletes a suite and a webhook once their name is typed', async () => {
	const suite = await team.call<{ id: number }>('POST', 'suites', {
		site: 'default',
		name: 'Nightly run',
		case_ids: [],
	});
	const page = await team.open(`/suites/${suite.id}`);
	await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
	await page.getByRole('menuitem', { name: 'Delete suite' }).click();
	await confirmTyped(page, 'Nightly run', 'Delete suite');
	await page.waitForURL('**/suites');

	const url = 'https://hooks.example.com/leads';
	await team.call('POST', 'webhook-endpoints', { site: 'default', url });
	await gotoDashboard(page, `${team.url}/settings/sites/default/delivery`);
	const card = page.getByRole('article', { name: 'Webhook at hooks.example.com' });
	await card.getByRole('button', { name: 'More' }).click();
	await page.getByRole('menuitem', { name: 'Delete' }).click();
	await confirmTyped(page, 'hooks.example.com', 'Delete webhook');
	await card.waitFor({ state: 'detached' });
	expect(await countItems('webhook-endpoints')).toBe(0);
});

it('signs a teammate out everywhere once their name is typed', async () => {
	const page = await team.open('/settings/users');
	await page.getByRole('button', { name: `Actions for ${COLLEAGUE.name}` }).click();
	await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
	await confirmTyped(page, COLLEAGUE.name, 'Sign out everywhere');
});
