import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessibleInEveryLook } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const standIn = useStandIn();
const team = useDashboard(useBrowser(), () => ({ AI_WEBHOOK_URL: standIn().ai.url('published') }));

/** A version of a workflow that says this to every message, and its name. */
const publish = (version: string, text: string) => {
	standIn().ai.published = ({ response, chat }) => {
		const answer =
			chat.message === '' ? { reply: 'Hello!' } : { reply: text, lead: { name: 'Alex' } };
		response.end(JSON.stringify({ ...answer, version }));
	};
};

async function keepAsTest(page: Page) {
	await page.getByRole('button', { name: 'Keep as test' }).click();
	const dialog = page.getByRole('dialog', { name: 'Keep as test' });
	await dialog.getByText('Personal details are replaced').waitFor();
	await dialog.getByText('maya@hartmann.example', { exact: true }).waitFor();
	await expectAccessibleInEveryLook(page, 'suites-keep');
	await dialog.getByRole('button', { name: 'Add check' }).click();
	await dialog.getByRole('textbox', { name: 'Text' }).last().fill('phone number');
	await dialog.getByRole('button', { name: 'Keep as test' }).click();
	await page.getByText('Kept as a test').waitFor();
}

it('a fault becomes a test, which fails until the workflow is fixed, live in a colleague’s window', async () => {
	publish('monday', 'What is your email?');
	await team.call('POST', 'sessions/session_maya/messages', [
		{ sender: 'ai', message: 'Hello!' },
		{ sender: 'visitor', message: 'I am Maya, maya@hartmann.example' },
		{ sender: 'ai', message: 'What is your email?' },
	]);
	await team.call('PUT', 'sessions/session_maya/lead', { name: 'Maya' });
	const colleague = await team.open('/suites', undefined, COLLEAGUE.email);
	await colleague.getByText('No suites yet').waitFor();

	const page = await team.open('/inbox/session_maya');
	await page.getByRole('button', { name: /Raise issue/ }).click();
	await page.getByRole('button', { name: 'Asked twice' }).click();
	await page.getByLabel('What’s wrong?').fill('She gave her email already.');
	await page.getByLabel('Expected answer').fill('Thank you, Maya. What is your phone number?');
	await page.getByRole('button', { name: 'Raise issue' }).click();
	await page.getByText('Expected:').waitFor();
	await keepAsTest(page);

	const suite = colleague.getByRole('listitem').filter({ hasText: 'Regression' });
	await suite.getByText('1 test').waitFor();
	await page.goto(`${team.url}/suites`);
	await page.getByRole('link', { name: 'Regression' }).click();
	// The list has such a button, too, which does not open the run.
	await page.getByRole('heading', { name: 'Regression' }).waitFor();
	await page.getByRole('button', { name: 'Run Regression' }).click();
	const verdict = page.getByRole('region', { name: 'Verdict' });
	await verdict.getByText('first run').waitFor();
	await page.getByText('Failed', { exact: true }).first().waitFor();
	await suite.getByText('0% passed · monday').waitFor();
	await page.getByRole('button', { name: /Alex/ }).click();
	await page.getByText('“phone number” is not in any answer.').waitFor();
	await page.getByText('Thank you, Alex. What is your phone number?').waitFor();
	expect(await page.getByText('Maya').count()).toBe(0);
	await expectAccessibleInEveryLook(page, 'suites-run-red');

	publish('tuesday', 'Thank you, Alex. What is your phone number?');
	await page.getByRole('button', { name: 'Run Regression' }).click();
	await page.getByText('Newly fixed').waitFor();
	await verdict.getByText('100%').first().waitFor();
	await suite.getByText('100% passed · tuesday').waitFor();
	await page.getByRole('button', { name: /Alex/ }).click();
	await page.locator('ins').first().waitFor();
	await expectAccessibleInEveryLook(page, 'suites-run-green');
	await expectAccessibleInEveryLook(colleague, 'suites');
	await page.getByRole('link', { name: 'Edit test case' }).click();
	await page.getByLabel('Title').fill('Known email');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await page.getByRole('heading', { name: 'Known email' }).waitFor();
	await expectAccessibleInEveryLook(page, 'suites-case');
	const { items } = await team.call<{ items: unknown[] }>('GET', 'sessions');
	expect(items).toHaveLength(1);
});
