import { expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';

const team = useDashboard(useBrowser());

/** Creates a complete chat in which the AI asks the same question twice. */
async function createChat(name: string): Promise<string> {
	const id = `session_${name.toLowerCase()}`;
	const createMessage = (sender: string, message: string) => ({ sender, message });
	await team.call('POST', `sessions/${id}/messages`, [
		createMessage('ai', 'Hello. What is your name?'),
		createMessage('visitor', `I am ${name}`),
		createMessage('ai', `And what is your name, please?`),
		createMessage('visitor', `${name}, as I said`),
		createMessage('ai', 'Thank you. We will be in touch within 24 hours.'),
	]);
	await team.call('PUT', `sessions/${id}/lead`, { name, email: `${name}@example.com` });
	return id;
}

it('two reviewers get different chats from the queue and see each other’s decisions live', async () => {
	await createChat('Maya');
	await createChat('Tomas');
	const ada = await team.open('/review');
	const grace = await team.open('/review', { ...DESKTOP, colorScheme: 'dark' }, COLLEAGUE.email);
	await ada.getByRole('link', { name: /Maya/ }).waitFor();
	await expectAccessible(ada);
	await ada.screenshot({ path: `${SCREENSHOTS}/review-list.png` });

	await ada.keyboard.press('n');
	await ada.getByRole('heading', { name: 'Maya' }).waitFor();
	await grace.getByText(/is reviewing this/).waitFor();
	await grace.screenshot({ path: `${SCREENSHOTS}/review-list-dark.png` });
	await grace.keyboard.press('n');
	await grace.getByRole('heading', { name: 'Tomas' }).waitFor();

	await ada.keyboard.press('i');
	await ada.getByRole('button', { name: 'Raise issue' }).click();
	await ada.getByText('Choose at least one reason.').waitFor();
	await ada.getByRole('button', { name: 'Asked twice' }).click();
	await ada.getByText('And what is your name, please?').first().click();
	await ada.getByRole('textbox', { name: 'What’s wrong?' }).fill('It asked for the name again');
	await expectAccessible(ada);
	await ada.screenshot({ path: `${SCREENSHOTS}/review-issue.png` });
	await ada.getByRole('button', { name: 'Raise issue' }).click();
	await ada.getByText('Issue raised: Maya').waitFor();

	await expectAccessible(grace);
	await grace.screenshot({ path: `${SCREENSHOTS}/review-dark.png` });
	await grace.keyboard.press('p');
	await grace.getByText('Passed: Tomas').waitFor();
	await gotoDashboard(grace, `${team.url}/review?tab=issue`);
	await grace.getByRole('link', { name: /Maya/ }).click();
	const history = grace.getByRole('list', { name: 'Review history' });
	await history.getByText('It asked for the name again').waitFor();
	await history.getByText('And what is your name, please?').waitFor();
	await expect
		.poll(() => grace.locator('[data-pinned]').allTextContents())
		.toEqual([expect.stringContaining('And what is your name, please?')]);
	await grace.keyboard.press('f');
	await grace.getByRole('textbox', { name: 'What did you change?' }).fill('Asks once now');
	await grace.getByRole('button', { name: 'Mark as fixed' }).click();
	await history.getByText('Asks once now').waitFor();
});

it(
	'is accessible on a phone, and lets an admin undo a decision',
	{ tags: 'thorough' },
	async () => {
		await createChat('Zoe');
		const page = await team.open('/review', { viewport: { width: 360, height: 740 } });
		await page.getByRole('link', { name: /Zoe/ }).click();
		await page.getByRole('button', { name: 'Pass' }).waitFor();
		await expectAccessible(page);
		await page.screenshot({ path: `${SCREENSHOTS}/review-phone.png` });
		await page.getByRole('button', { name: 'Pass' }).click();
		await page.getByRole('button', { name: 'Undo' }).click();
		await page.getByRole('link', { name: /Zoe/ }).waitFor();
	},
);
