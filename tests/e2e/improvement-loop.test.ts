import { expect, it, vi } from 'vitest';
import type { Trial } from '#lib/contract/challenger.ts';
import type { Session } from '#lib/contract/session.ts';
import { gotoDashboard, PHONE, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser();
const standIn = useStandIn();
const team = useDashboard(browser);

const SITE = 'roofs';
const GREETING = 'Hi, how can we help?';
/** Returns the address of a version of the workflow. Monday's version always asks for the email again. */
const getWorkflowUrl = (version: 'monday' | 'tuesday') =>
	standIn().ai.url('published', { version });

function publishVersions() {
	standIn().ai.published = ({ response, chat, options }) => {
		const version = options.get('version');
		const answer = chat.message.includes('0142')
			? { reply: 'We will call you within 24 hours.', completed: true }
			: { reply: 'Thank you. What is your phone number?' };
		const asksAgain = version === 'monday' && chat.message !== '';
		response.end(
			JSON.stringify({ version, ...(asksAgain ? { reply: 'What is your email?' } : answer) }),
		);
	};
}

const listSessions = async () =>
	(await team.call<{ items: Session[] }>('GET', `sessions?site=${SITE}`)).items;

/** Sends a text through the widget as a new visitor, and returns their chat once the AI has answered. */
async function startVisit(text: string, answer: string) {
	const known = new Set((await listSessions()).map(({ session_id }) => session_id));
	const page = await browser.open(`${team.url}/embed/${SITE}`, PHONE);
	await page.getByRole('log').getByText(GREETING).waitFor();
	const sendMessage = async (message: string, expected: string | RegExp) => {
		await page.getByRole('textbox').fill(message);
		await page.getByRole('textbox').press('Enter');
		await page.getByRole('log').locator('.ai').getByText(expected).last().waitFor();
	};
	await sendMessage(text, answer === '' ? /What is your/ : answer);
	const session = await vi.waitFor(async () => {
		const found = (await listSessions()).find(({ session_id }) => !known.has(session_id));
		if (!found?.version) throw new Error('no version has answered the chat');
		return found;
	});
	return { session, sendMessage };
}

it('a problem that an agent finds becomes a test, a proven fix, a trial and the new champion, live in every window', async () => {
	publishVersions();
	await team.call('POST', 'sites', { key: SITE, name: 'Roofs' });
	await team.call('PATCH', `sites/${SITE}`, {
		connector: { type: 'n8n', url: getWorkflowUrl('monday') },
		greeting: GREETING,
	});
	const agent = await team.open('/inbox', undefined, COLLEAGUE.email);
	const builder = await team.open('/suites');
	const admin = await team.open(`/settings/sites/${SITE}/ai`);
	await builder.getByText('No suites yet').waitFor();

	// The agent finds the problem, enters the expected answer, and saves the chat as a test case.
	const problematic = await startVisit('maya@hartmann.example', 'What is your email?');
	expect(problematic.session).toMatchObject({ version: 'monday' });
	await agent
		.getByRole('link', { name: /What is your email/ })
		.first()
		.click();
	await agent.getByRole('button', { name: /Raise issue/ }).click();
	await agent.getByRole('button', { name: 'Asked twice' }).click();
	await agent.getByLabel('What’s wrong?').fill('The email was given already.');
	await agent.getByLabel('Expected answer').fill('Thank you. What is your phone number?');
	await agent.getByRole('button', { name: 'Raise issue' }).click();
	await agent.getByText('Expected:').waitFor();
	await agent.getByRole('button', { name: 'Save as test case' }).click();
	const dialog = agent.getByRole('dialog', { name: 'Save as test case' });
	await dialog.getByText('maya@hartmann.example', { exact: true }).waitFor();
	await dialog.getByRole('button', { name: 'Add check' }).click();
	await dialog.getByRole('textbox', { name: 'Text' }).last().fill('phone number');
	await dialog.getByRole('button', { name: 'Save test case' }).click();
	await agent.getByText('Test case saved').waitFor();

	// The builder sees the test fail, and then pass against the fixed workflow, which has no visitors yet.
	await builder.getByRole('link', { name: 'Regression' }).click();
	// The list has a button of the same name, which does not open the run.
	await builder.getByRole('heading', { name: 'Regression' }).waitFor();
	await builder.getByRole('button', { name: 'Run suite: Regression' }).click();
	const verdict = builder.getByRole('region', { name: 'Verdict' });
	await verdict.getByText('0 of 1', { exact: true }).waitFor();
	await builder
		.getByRole('navigation', { name: 'Breadcrumb' })
		.getByRole('link', { name: 'Regression' })
		.click();
	await builder.getByRole('heading', { name: 'Regression', exact: true }).waitFor();
	await builder.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
	await builder.getByRole('menuitem', { name: 'Run against another webhook' }).click();
	const candidateForm = builder.getByRole('dialog', { name: 'Run against another webhook' });
	await candidateForm.getByLabel('Webhook URL').fill(getWorkflowUrl('tuesday'));
	await candidateForm.getByRole('button', { name: 'Run suite' }).click();
	await verdict.getByText('1 of 1', { exact: true }).waitFor();
	await builder.getByText(/version tuesday/).waitFor();

	// The admin tries the fixed workflow on half of the new visitors.
	const panel = admin.getByRole('region', { name: 'Champion and challenger', exact: true });
	await panel.getByRole('button', { name: 'Add challenger' }).click();
	const form = admin.getByRole('dialog', { name: 'Add challenger' });
	await form.getByLabel('URL').fill(getWorkflowUrl('tuesday'));
	await form.getByLabel('Share of new visitors (%)').fill('50');
	await form.getByRole('button', { name: 'Start trial' }).click();
	await panel.getByText('50% of new visitors').first().waitFor();
	const visits = [await startVisit('Hello', '')];
	const findVisit = (arm: Session['arm']) => visits.find(({ session }) => session.arm === arm);
	// Each further visitor halves the chance that one arm has no visitors.
	while ((!findVisit('champion') || !findVisit('challenger')) && visits.length < 24) {
		visits.push(await startVisit('Hello', ''));
	}
	expect(findVisit('champion')?.session.version).toBe('monday');
	const challenged = findVisit('challenger');
	expect(challenged?.session.version).toBe('tuesday');
	await challenged?.sendMessage('+1 202 555 0142', 'within 24 hours');
	await gotoDashboard(agent, `${team.url}/inbox/${challenged?.session.session_id}`);
	await agent.getByText('Challenger', { exact: true }).filter({ visible: true }).first().waitFor();
	await panel.getByText('Not enough data yet').first().waitFor();

	// Once promoted, it answers every new visitor. Chats that started with the old version keep it.
	await panel.getByRole('button', { name: 'Promote' }).click();
	await admin.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
	await panel.getByText('Promoted', { exact: true }).waitFor();
	const { champion } = await team.call<Trial>('GET', `sites/${SITE}/challenger`);
	expect(champion).toMatchObject({ type: 'n8n', url: getWorkflowUrl('tuesday') });
	const next = await startVisit('Hello again', 'Thank you. What is your phone number?');
	expect(next.session).toMatchObject({ version: 'tuesday', arm: null });
	const first = (await listSessions()).find(
		({ session_id }) => session_id === problematic.session.session_id,
	);
	expect(first?.version).toBe('monday');
	// Runs of the suite were neither counted nor shown as chats.
	await expect.poll(listSessions).toHaveLength(visits.length + 2);
});
