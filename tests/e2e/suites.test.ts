// @module-tag thorough
import type { ServerResponse } from 'node:http';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { gotoDashboard, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const standIn = useStandIn();
const team = useDashboard(useBrowser(), () => ({ AI_WEBHOOK_URL: standIn().ai.url('published') }));

/** Publishes a version of the workflow that answers every message with a text. */
const publish = (version: string, text: string) => {
	standIn().ai.published = ({ response, chat }) => {
		const answer =
			chat.message === '' ? { reply: 'Hello!' } : { reply: text, lead: { name: 'Alex' } };
		response.end(JSON.stringify({ ...answer, version }));
	};
};

/** Saves the open chat as a test case with two checks. */
async function saveAsTestCase(page: Page) {
	await page.getByRole('button', { name: 'Save as test case' }).click();
	const dialog = page.getByRole('dialog', { name: 'Save as test case' });
	await dialog.getByText('Personal details are replaced').waitFor();
	await dialog.getByText('maya@hartmann.example', { exact: true }).waitFor();
	await expectAccessibleInEveryTheme(page, 'suites-keep');
	await dialog.getByRole('button', { name: 'Add check' }).click();
	await dialog.getByRole('textbox', { name: 'Text' }).last().fill('phone number');
	await dialog.getByRole('button', { name: 'Add check' }).click();
	await dialog.getByRole('textbox', { name: 'Text' }).last().fill('Thank you, Maya');
	await dialog.getByRole('button', { name: 'Save test case' }).click();
	// A preview shows the text without personal details before it is saved.
	await dialog.getByText('Personal details in your changes were replaced').waitFor();
	await expect
		.poll(() => dialog.getByRole('textbox', { name: 'Text' }).last().inputValue())
		.toBe('Thank you, Alex');
	await expectAccessibleInEveryTheme(page, 'suites-keep-replaced');
	await dialog.getByRole('button', { name: 'Save test case' }).click();
	await page.getByText('Test case saved').waitFor();
}

it('a problem becomes a test, which fails until the workflow is fixed, live in a colleague’s window', async () => {
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
	await saveAsTestCase(page);

	const suite = colleague.getByRole('listitem').filter({ hasText: 'Regression' });
	await suite.getByText('1 test').waitFor();
	await gotoDashboard(page, `${team.url}/suites`);
	await page.getByRole('link', { name: 'Regression' }).click();
	// The list has a button of the same name, which does not open the run.
	await page.getByRole('heading', { name: 'Regression' }).waitFor();
	await page.getByRole('button', { name: 'Run suite: Regression' }).click();
	const verdict = page.getByRole('region', { name: 'Verdict' });
	await verdict.getByText('0 of 1', { exact: true }).waitFor();
	await verdict.getByText('first run of this suite').waitFor();
	await expect.poll(() => verdict.getByText('Newly broken').count()).toBe(0);
	await page.getByRole('heading', { name: 'Regression: monday' }).waitFor();
	await suite.getByRole('link', { name: '0 of 1 passed', exact: true }).waitFor();
	await suite.getByText(/^monday · /).waitFor();
	await page.getByRole('button', { name: /Alex/ }).click();
	const checks = page.getByRole('list', { name: 'Checks' });
	await checks.getByText('“phone number” is not in any answer.').waitFor();
	await page.getByText('Thank you, Alex. What is your phone number?').waitFor();
	await expect.poll(() => page.getByText('Maya').count()).toBe(0);
	await expectAccessibleInEveryTheme(page, 'suites-run-red');

	publish('tuesday', 'Thank you, Alex. What is your phone number?');
	await page.getByRole('button', { name: 'Run again: Regression' }).click();
	await page.getByRole('heading', { name: 'Regression: tuesday' }).waitFor();
	await verdict.getByText('1 of 1', { exact: true }).waitFor();
	await verdict.getByText('0 of 1 last time').waitFor();
	await page.getByRole('list', { name: 'Results' }).getByText('Newly fixed').waitFor();
	await suite.getByRole('link', { name: '1 of 1 passed', exact: true }).waitFor();
	await suite.getByText(/^tuesday · /).waitFor();
	await page.getByRole('button', { name: /Alex/ }).click();
	await page.locator('ins').first().waitFor();
	await expectAccessibleInEveryTheme(page, 'suites-run-green');
	await expectAccessibleInEveryTheme(colleague, 'suites');
	await page.getByRole('link', { name: 'Edit test case' }).click();
	await page.getByLabel('Title').fill('Known email');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await page.getByRole('heading', { name: 'Known email' }).waitFor();
	await expectAccessibleInEveryTheme(page, 'suites-case');
	const { items } = await team.call<{ items: unknown[] }>('GET', 'sessions');
	expect(items).toHaveLength(1);
});

/** Creates a chat with an open review issue. */
async function raiseIssue(name: string): Promise<string> {
	const id = `session_${name.toLowerCase()}`;
	await team.call('POST', `sessions/${id}/messages`, [
		{ sender: 'ai', message: 'Hello!' },
		{ sender: 'visitor', message: `My roof leaks, says ${name}` },
		{ sender: 'ai', message: 'What leaks?' },
	]);
	await team.call('PUT', `sessions/${id}/lead`, { name });
	await team.call('POST', `sessions/${id}/qa`, { qa_status: 'issue', notes: 'Asked twice' });
	return id;
}

it('open issues are replayed together, a fix offers to run its suite, and tests are imported from a file', async () => {
	publish('monday', 'What is your phone number?');
	const ines = await raiseIssue('Ines');
	await raiseIssue('Jonas');
	const page = await team.open('/review?tab=issue');
	await page.getByRole('link', { name: /Ines/ }).waitFor();
	await page.getByRole('button', { name: 'Replay all open issues' }).click();
	await page.waitForURL(/\/suites\/runs\/\d+$/);
	await page.getByRole('link', { name: 'Open issues' }).waitFor();
	await page.getByRole('region', { name: 'Verdict' }).waitFor();
	const results = page.getByRole('list', { name: 'Results' });
	await expect
		.poll(() => results.getByText('My roof leaks, says Alex').count())
		.toBeGreaterThanOrEqual(2);

	const chat = await team.open(`/inbox/${ines}`);
	await chat.getByRole('button', { name: 'Mark as fixed' }).click();
	await chat.getByLabel('What did you change?').fill('The prompt');
	await chat.getByRole('button', { name: 'Mark as fixed' }).click();
	await chat.getByText('Run the suite “Open issues” to verify the fix?').waitFor();
	await chat.getByRole('button', { name: 'Run suite' }).click();
	await chat.waitForURL(/\/suites\/runs\/\d+$/);
	await chat.getByRole('region', { name: 'Verdict' }).waitFor();

	const tests = await team.open('/suites/cases');
	const cases = ['Gutters', 'Chimneys'].map((title) => ({ title, lines: [title], checks: [] }));
	const importFile = async (text: string) => {
		const chooser = tests.waitForEvent('filechooser');
		await tests.getByRole('button', { name: 'Import' }).click();
		const file = { name: 'cases.json', mimeType: 'application/json', buffer: Buffer.from(text) };
		await (await chooser).setFiles(file);
	};
	await importFile(JSON.stringify({ version: 1, cases }));
	await tests.getByText('2 test cases imported').waitFor();
	const rows = tests.getByRole('table', { name: 'Test cases' }).getByRole('row');
	await rows
		.filter({ hasText: 'Gutters' })
		.getByText('Not run yet')
		.filter({ visible: true })
		.waitFor();
	await rows.getByRole('link', { name: 'Chimneys' }).waitFor();
	await expectAccessibleInEveryTheme(tests, 'suites-cases');
	await importFile('{');
	await tests.getByText('This file isn’t valid JSON.').waitFor();
});

it('a run is canceled, and the challenger on trial is tested by a suite and a test chat', async () => {
	await raiseIssue('Kim');
	const page = await team.open('/review?tab=issue');
	await page.getByRole('button', { name: 'Replay all open issues' }).waitFor();
	// Holds back all answers, so that the run is still in progress.
	const responses: ServerResponse[] = [];
	standIn().ai.published = ({ response }) => void responses.push(response);
	await page.getByRole('button', { name: 'Replay all open issues' }).click();
	await page.waitForURL(/\/suites\/runs\/\d+$/);
	await page.getByRole('button', { name: 'Cancel run' }).click();
	await page.getByText(/^Canceled by .* after 0 of \d+ tests?/).waitFor();
	await page.getByText('Canceled', { exact: true }).first().waitFor();
	await expectAccessibleInEveryTheme(page, 'suites-run-canceled');
	publish('monday', 'What is your phone number?');
	for (const response of responses) response.end(JSON.stringify({ reply: 'Hello!' }));

	await team.call('PUT', 'sites/default/challenger', {
		connector: { type: 'n8n', url: standIn().ai.url('contract-2') },
		share_percent: 0,
	});
	await page.getByRole('link', { name: 'Open issues' }).click();
	await page.getByRole('heading', { name: 'Open issues' }).waitFor();
	await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
	await page.getByRole('menuitem', { name: 'Run against the challenger' }).click();
	await page.waitForURL(/\/suites\/runs\/\d+$/);
	await page.getByRole('heading', { name: /^Open issues: challenger autumn/ }).waitFor();

	const playground = await team.open('/playground?site=default');
	await playground.getByLabel('AI', { exact: true }).selectOption('challenger');
	await playground.getByRole('button', { name: 'Start chat' }).click();
	await playground.getByRole('log').getByText('I will find out. What is your email?').waitFor();
	await expectAccessibleInEveryTheme(playground, 'playground-challenger');
	await team.call('DELETE', 'sites/default/challenger');
});
