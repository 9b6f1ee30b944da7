import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { replay } from '#lib/contract/test-chat.ts';
import { startedSession } from '#lib/contract/widget.ts';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { gotoDashboard, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { createHeldStream } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const team = useDashboard(useBrowser());
const standIn = useStandIn();

beforeAll(async () => {
	await team.call('PATCH', 'sites/default', {
		connector: { type: 'n8n', url: standIn().ai.url('stream') },
	});
	await team.call('POST', 'sessions/session_maya/messages', [
		{ sender: 'ai', message: 'Hello! What is your name?' },
		{ sender: 'visitor', message: 'Maya' },
		{ sender: 'ai', message: 'And your budget, Maya?' },
		{ sender: 'visitor', message: 'About 5,000, maya@example.com' },
		{ sender: 'ai', message: 'Thank you! We will be in touch within 24 hours.' },
	]);
});

const chatCredentials = startedSession.pick({ session_id: true, token: true });
const sendMessage = async (page: Page, text: string) => {
	await page.getByLabel('Message as the visitor').fill(text);
	await page.getByRole('button', { name: 'Send' }).click();
};

it('chats with a site’s AI and shows every turn, with a remedy for failed ones', async () => {
	const page = await team.open('/playground');
	await page.getByRole('button', { name: 'Start chat' }).click();
	await page.locator('textarea:focus').waitFor();
	await page.getByText('The AI answered').waitFor();
	await sendMessage(page, 'We need a roof');
	await page.getByRole('heading', { name: 'Answer 1' }).waitFor();
	await page.getByText('The AI answered').waitFor();
	await page.getByText('Request', { exact: true }).click();
	await page.getByText('"We need a roof"').waitFor();
	await expectAccessibleInEveryTheme(page, 'playground');
	standIn().ai.next('not-registered');
	await sendMessage(page, 'And a door');
	await page.getByText('The workflow is not active', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Greeting ·' }).click();
	await page.getByRole('heading', { name: 'Greeting' }).waitFor();
	await gotoDashboard(page, `${team.url}/inbox`);
	await page.getByText('within 24 hours').first().waitFor();
	await expect.poll(() => page.getByText('And a door').count()).toBe(0);
});

it('starts with a first message, which the AI answers after its greeting, and restarts by keyboard', async () => {
	const page = await team.open('/playground');
	const message = 'How much does it cost?';
	await page.getByRole('button', { name: message }).click();
	await page.getByRole('heading', { name: 'Answer 1' }).waitFor();
	await page.getByText('The AI answered').waitFor();
	await page.getByRole('log').getByText(message, { exact: true }).waitFor();
	const times = page.getByRole('list', { name: 'Response times' });
	await times.getByRole('button', { name: /^Greeting/ }).click();
	await page.getByRole('heading', { name: 'Greeting' }).waitFor();

	let starts = 0;
	const { promise: release, resolve: releaseStarts } = Promise.withResolvers<void>();
	await page.route('**/api/test-chats', async (route) => {
		starts += 1;
		await release;
		await route.continue();
	});
	await page.getByRole('log').focus();
	for (const _ of ['once', 'again']) await page.keyboard.press('s');
	releaseStarts();
	await page.getByRole('heading', { name: 'Answer 1' }).waitFor({ state: 'detached' });
	await times.getByRole('button', { name: /^Greeting/ }).waitFor();
	expect(await page.getByRole('log').getByText(message, { exact: true }).count()).toBe(0);
	expect(starts).toBe(1);
});

it('replays a stored chat with the current AI and compares the two', async () => {
	// The playground's former address, which bookmarks may contain.
	const page = await team.open('/test-ai/replay?session=session_maya');
	await page.waitForURL(`${team.url}/playground/replay?session=session_maya`);
	await page.getByRole('button', { name: 'Replay with the current AI' }).click();
	await page.getByText('Done: 2 of 2 messages replayed').waitFor();
	const checks = page.getByRole('table', { name: 'Checks' });
	await checks.getByRole('row', { name: /Completed Yes No Worse/ }).waitFor();
	await checks.getByRole('row', { name: /Email.*Same/ }).waitFor();
	await page.getByRole('heading', { name: 'Worse than the original chat' }).waitFor();
	await expect.poll(() => page.locator('del').count()).toBeGreaterThan(0);
	await expectAccessibleInEveryTheme(page, 'playground-replay');
	await page.reload();
	await page.getByText('Done: 2 of 2 messages replayed').waitFor();
	await page.getByText('Worse: Completed.').waitFor();
	await gotoDashboard(page, `${team.url}/playground/replay`);
	await page.getByText('Latest chats').waitFor();
	await page.getByRole('list', { name: 'Chats' }).getByRole('link').first().click();
	await page.getByText('The visitor’s messages, sent one after another').waitFor();
});

it('starts a replay in the background, and only its owner can cancel it', async () => {
	await team.call('POST', 'sessions/session_zoe/messages', [
		{ sender: 'ai', message: 'Hello! What is your name?' },
		{ sender: 'visitor', message: 'Zoe' },
	]);
	await team.call('PUT', 'sessions/session_zoe/lead', { name: 'Zoe' });
	const page = await team.open('/playground/replay?session=session_zoe');
	const { promise: release, resolve: releaseStart } = Promise.withResolvers<void>();
	await page.route('**/api/replays', async (route) => {
		await release;
		await route.continue();
	});
	const stream = createHeldStream();
	standIn().ai.next(stream.answer);
	const response = page.waitForResponse('**/api/replays');
	await page.getByRole('button', { name: 'Replay with the current AI' }).click();
	await page.getByRole('link', { name: 'Analytics' }).click();
	await page.waitForURL(`${team.url}/analytics`);
	releaseStart();
	const { id } = replay.parse(await (await response).json());
	await stream.called;

	const address = `/playground/replay?session=session_maya&replay=${id}`;
	const colleague = await team.open(address, undefined, COLLEAGUE.email);
	await colleague.getByText('Running: 0 of 1 messages replayed').waitFor();
	await colleague.getByRole('heading', { name: /^Zoe/ }).waitFor();
	expect(await colleague.getByRole('button', { name: 'Cancel replay' }).count()).toBe(0);
	expect(page.url()).toBe(`${team.url}/analytics`);
	await gotoDashboard(page, `${team.url}/playground/replay`);
	await page.getByRole('button', { name: 'Cancel replay' }).waitFor();
	await stream.write('Hello!');
	await stream.end();
	await colleague.getByText('Done: 1 of 1 messages replayed').waitFor();
});

it(
	'shows the values of an answer besides its text, and those that could not be used',
	{ tags: 'thorough' },
	async () => {
		const page = await team.open('/playground');
		await page.getByRole('button', { name: 'Start chat' }).click();
		await page.getByText('The AI answered').waitFor();
		standIn().ai.next('contract-2');
		await sendMessage(page, 'I am Maya. Do you rent cranes?');
		await page.getByRole('heading', { name: 'Answer 1' }).waitFor();
		const ignored = page.getByRole('region', { name: 'Ignored values' });
		await ignored.getByText('lead.email “N/A” means that there is no value.').waitFor();
		await ignored.getByText('mood “curious” is not a supported key.').waitFor();
		for (const text of ['email', 'Do you rent cranes?', 'autumn']) {
			await page.getByRole('definition').filter({ hasText: text }).first().waitFor();
		}
		await expectAccessibleInEveryTheme(page, 'playground-notes');
	},
);

it(
	'counts an abandoned chat at the question that its AI reported',
	{ tags: 'thorough' },
	async () => {
		const callWidgetApi = (body: object) => team.call('POST', 'embed-chat/send-message', body);
		const { session_id, token } = chatCredentials.parse(
			await callWidgetApi({ message: '', site: 'default' }),
		);
		standIn().ai.next('contract-2');
		const answer = await callWidgetApi({
			session_id,
			token,
			message: 'I am Maya. Do you rent cranes?',
		});
		expect(answer).toMatchObject({ booking_url: 'https://cal.example/maya' });
		await team.call('PATCH', `sessions/${session_id}`, { completion_status: 'abandoned' });
		const page = await team.open('/automation/turns');
		const row = page.getByRole('row').filter({ hasText: 'Couldn’t answer: Do you rent cranes?' });
		await row.getByText('2 ignored values').click();
		await row.getByText('lead.email “N/A” means that there is no value.').waitFor();
		await gotoDashboard(page, `${team.url}/analytics`);
		await page.getByText('Most leave at “Email”').waitFor();
		await gotoDashboard(page, `${team.url}/inbox/${session_id}`);
		await page.getByRole('link', { name: 'Booking link: https://cal.example/maya' }).waitFor();
	},
);
