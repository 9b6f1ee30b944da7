// @module-tag thorough
import { expect, it, vi } from 'vitest';
import type { CheckSummary } from '#lib/contract/check.ts';
import { expectAccessible, expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';

const QUESTION = 'Which email address can the team reach you at?';
const team = useDashboard(useBrowser());

/** Creates a chat in which the AI asks for the email twice and then completes the chat. */
async function finishChat(name: string): Promise<string> {
	const id = `session_${name.toLowerCase()}`;
	const createMessage = (sender: string, message: string) => ({ sender, message });
	await team.call('POST', `sessions/${id}/messages`, [
		createMessage('ai', QUESTION),
		createMessage('visitor', `${name.toLowerCase()}@example.org`),
		createMessage('ai', `Thank you. ${QUESTION}`),
		createMessage('visitor', 'Please look at my first message'),
		createMessage('ai', 'All right. We will be in touch within 24 hours.'),
	]);
	await team.call('PUT', `sessions/${id}/lead`, { name, email: `${name}@example.org` });
	return id;
}
const getSummary = async (rule: string) => {
	const { items } = await team.call<{ items: CheckSummary[] }>('GET', 'checks');
	return items.find((check) => check.rule === rule);
};

it('a finished chat’s flags appear live in the queue and beside the form, and reviews determine each check’s precision', async () => {
	const queue = await team.open('/review');
	const checks = await team.open('/review/checks', DESKTOP, COLLEAGUE.email);
	await checks.getByRole('row', { name: /Asked for known details/ }).waitFor();
	const id = await finishChat('Maya');
	const row = queue.getByRole('link', { name: /Maya/ });
	await row.getByText('Asked for known details').waitFor();
	await row.getByText('Repeated question').waitFor();
	await expectAccessible(queue);
	await queue.screenshot({ path: `${SCREENSHOTS}/review-flagged.png` });
	await queue.getByRole('button', { name: /Flagged 1/ }).click();
	await queue.waitForURL(/flagged/);
	await row.waitFor();
	await row.click();

	const flags = queue.getByRole('list', { name: 'Flags from automatic checks' });
	await flags.getByText('which the visitor had already given').waitFor();
	await expect
		.poll(() => queue.locator('[data-flagged]').allTextContents())
		.toEqual([expect.stringContaining('Thank you.')]);
	await expectAccessibleInEveryTheme(queue);
	await queue.screenshot({ path: `${SCREENSHOTS}/review-flags.png` });
	const asked = flags.getByRole('listitem').filter({ hasText: 'Asked for known details' });
	await asked.getByText(`Thank you. ${QUESTION}`).click();
	await asked.getByRole('button', { name: 'Dismiss' }).click();
	await queue.getByText('Dismissed: Asked for known details').waitFor();
	await queue.getByRole('list', { name: 'Dismissed flags' }).getByText('dismissed').waitFor();

	const locateRow = (name: RegExp) => checks.getByRole('row', { name });
	await locateRow(/Asked for known details.*0%/).waitFor();
	await expectAccessibleInEveryTheme(checks);
	await checks.screenshot({ path: `${SCREENSHOTS}/checks.png`, fullPage: true });
	await expect.poll(() => getSummary('asked_known')).toMatchObject({ confirmed: 0, rejected: 1 });

	await queue.keyboard.press('i');
	await queue.getByRole('button', { name: 'Asked twice' }).click();
	await queue.getByRole('textbox', { name: 'What’s wrong?' }).fill('It asked for the email again');
	await queue.getByRole('button', { name: 'Raise issue' }).click();
	await queue.getByText('Issue raised: Maya').waitFor();
	await locateRow(/Repeated question.*100%/).waitFor();
	await vi.waitFor(async () =>
		expect(await getSummary('repeated_question')).toMatchObject({ confirmed: 1, rejected: 0 }),
	);
	expect(await getSummary('asked_known')).toMatchObject({ confirmed: 0, rejected: 1 });
	const chat = await team.open(`/inbox/${id}`);
	await chat.getByText('dismissed the flag “Asked for known details”').first().waitFor();
});

it('an admin turns a check off for a site, on the page of checks and in the site’s settings', async () => {
	const page = await team.open('/review/checks?site=default', PHONE);
	await page
		.getByRole('combobox', { name: 'Status of “Repeated question”' })
		.selectOption({ label: 'Off' });
	await page.getByText('“Repeated question” turned off').waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/checks-phone.png` });
	const settings = await team.open('/settings/sites/default/review');
	await expect
		.poll(() => settings.getByRole('combobox', { name: 'Repeated question' }).inputValue())
		.toBe('off');
	await settings.getByText('11 of 12 checks are automatic.').waitFor();
	await settings.getByRole('button', { name: 'Customize' }).click();
	const wrongLanguage = settings.getByRole('combobox', { name: 'Wrong language' });
	await expect.poll(() => wrongLanguage.inputValue()).toBe('auto');
	await settings.getByLabel('Allowed link domains').fill('https://calendly.com/roofs');
	await settings
		.getByLabel('Webhook for your own checks')
		.fill('https://n8n.example.com/webhook/judge');
	await expectAccessible(settings);
	await settings.screenshot({ path: `${SCREENSHOTS}/checks-settings.png`, fullPage: true });
	await settings.getByRole('button', { name: 'Save changes' }).click();
	await settings.getByText('Changes saved').waitFor();
	await expect
		.poll(() => settings.getByLabel('Allowed link domains').inputValue())
		.toBe('calendly.com');

	const queue = await team.open('/review');
	await finishChat('Zoe');
	const row = queue.getByRole('link', { name: /Zoe/ });
	await row.getByText('Asked for known details').waitFor();
	await expect.poll(() => row.getByText('Repeated question').count()).toBe(0);
});
