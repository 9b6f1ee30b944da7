// @module-tag thorough
import { beforeAll, expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { sendJson } from '../support/stand-in/exchange.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser();
const standIn = useStandIn();
const team = useDashboard(browser, () => ({ AI_WEBHOOK_URL: standIn().ai.url('echo') }));

beforeAll(async () => {
	for (const [id, name] of [
		['maya', 'Maya'],
		['tom', 'Tomas'],
		['zoe', 'Zoe'],
	]) {
		await team.call('POST', `sessions/session_${id}/messages`, [
			{ sender: 'visitor', message: 'A new roof?' },
		]);
		await team.call('PUT', `sessions/session_${id}/lead`, { name, email: `${id}@example.com` });
	}
});

it('an agent marks a lead as won, and another window’s lead page and Analytics show it', async () => {
	const agent = await team.open('/inbox/session_maya');
	const lead = await team.open('/leads/session_maya');
	const analytics = await team.open('/analytics');
	await analytics.getByRole('link', { name: 'Outcomes' }).waitFor();

	const panel = agent.getByRole('complementary', { name: 'About this chat' });
	await panel.getByRole('button', { name: 'Won' }).click();
	await panel.getByRole('textbox', { name: 'Value' }).fill('1200.50');
	await panel.getByRole('combobox', { name: 'Currency' }).selectOption('CHF');
	await panel.getByRole('textbox', { name: 'Reason' }).fill('Signed the offer');
	await expectAccessible(agent);
	await panel.getByRole('button', { name: 'Save outcome' }).click();

	const section = lead.getByRole('region', { name: 'Outcome' });
	await section.getByText('Won · CHF 1,200.50').waitFor();
	await section.getByText('Signed the offer').waitFor();
	await expectAccessible(lead);
	await lead.screenshot({ path: `${SCREENSHOTS}/lead-outcome.png` });
	const outcomes = analytics.getByRole('region', { name: 'Outcomes', exact: true });
	await outcomes.getByText('CHF 1,200.50').first().waitFor();
	await expectAccessible(analytics);
	await analytics.getByRole('link', { name: 'Outcomes' }).click();
	await analytics.screenshot({ path: `${SCREENSHOTS}/analytics-outcomes.png` });

	// The agent clears the outcome, and undoes that.
	await panel.getByRole('button', { name: 'Clear outcome' }).click();
	await section.getByText('Earlier outcomes (1)').waitFor();
	await section.getByRole('button', { name: 'Clear outcome' }).waitFor({ state: 'detached' });
	await agent.getByText('Outcome cleared').waitFor();
	await agent.getByRole('button', { name: 'Undo' }).click();
	await section.getByRole('button', { name: 'Clear outcome' }).waitFor();
	await section.getByText('Earlier outcomes (1)').waitFor();
});

it('records the outcome of several leads together, and filters the list by it', async () => {
	const page = await team.open('/leads?tab=all');
	for (const name of ['Tomas', 'Zoe'])
		await page.getByRole('checkbox', { name: `Select ${name}` }).click();
	await page.getByRole('toolbar').getByRole('button', { name: 'Record outcome' }).click();
	const dialog = page.getByRole('dialog', { name: 'Record the outcome of 2 leads' });
	await dialog.getByRole('button', { name: 'Disqualified' }).click();
	await page.screenshot({ path: `${SCREENSHOTS}/leads-outcome.png` });
	await dialog.getByRole('button', { name: 'Save outcome' }).click();
	await page.getByText('Outcome of 2 leads saved').waitFor();
	await page.getByRole('row', { name: /Tomas/ }).getByText('Disqualified').waitFor();
	await page.getByRole('combobox', { name: 'Outcome' }).selectOption('won');
	await page.waitForURL(/outcome=won/);
	await page.getByRole('link', { name: 'Tomas' }).waitFor({ state: 'detached' });
	await page.getByRole('link', { name: 'Maya', exact: true }).waitFor();
	await expectAccessible(page);
});

it('an AI message opens its trace, and from there a review with the message pinned', async () => {
	standIn().ai.next(({ response }) =>
		sendJson(response, { output: 'Which street is it?', mood: 'calm', execution_id: '231' }),
	);
	const { session_id } = await team.call<{ session_id: string }>(
		'POST',
		'embed-chat/send-message',
		{ message: 'My roof leaks' },
	);
	for (const options of [DESKTOP, { ...PHONE, colorScheme: 'dark' as const }]) {
		const page = await team.open(`/inbox/${session_id}`, options);
		await page.getByRole('button', { name: 'Trace of this answer' }).click();
		const trace = page.getByRole('dialog', { name: 'Trace of the AI answer' });
		await trace.getByText('"mood": "calm"').waitFor();
		await trace.getByText('"message": "My roof leaks"').waitFor();
		await trace.getByText('Queued').waitFor();
		await expectAccessible(page);
		await page.screenshot({
			path: `${SCREENSHOTS}/trace${'colorScheme' in options ? '-phone-dark' : ''}.png`,
		});
	}
	const turns = await team.open('/automation/turns');
	await turns.getByRole('button', { name: 'Trace' }).first().click();
	const trace = turns.getByRole('dialog', { name: 'Trace of the AI answer' });
	await trace.getByText('231').first().waitFor();
	await trace.getByRole('link', { name: 'Raise issue' }).click();
	await turns.waitForURL(/\/review\/session_.*issue=/);
	const pinned = turns.getByRole('combobox', { name: 'Message with the problem' });
	await pinned.waitFor();
	await expect.poll(() => pinned.inputValue()).not.toBe('');
});
