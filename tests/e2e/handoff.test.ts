// @module-tag thorough
import { expect, it, vi } from 'vitest';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, PHONE, PHONE_DARK, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { readTranscript } from '../support/server-api.ts';
import { sendJson } from '../support/stand-in/exchange.ts';
import { useStandIn } from '../support/use-stand-in.ts';

interface SessionList {
	items: { session_id: string }[];
}

const browser = useBrowser();
const standIn = useStandIn();
const server = useDashboard(browser, () => ({
	AI_WEBHOOK_URL: standIn().ai.url('object'),
}));

interface Call {
	message: string;
	history: { sender: string; name?: string; message: string }[];
}
const getHistory = (call: Call | undefined) =>
	call?.history.map(({ sender, name, message }) => [sender, name, message]);

const listEvents = (type: string) =>
	standIn()
		.webhooks.recorder('handoffs')
		.requests.map((request) => request.json() as { type: string; data: { handoff: object } })
		.filter((event) => event.type === type);

it('a visitor asks for a person, and one of two agents joins', async () => {
	await server.call('POST', 'webhook-endpoints', {
		site: 'default',
		url: standIn().webhooks.url('handoffs'),
		events: ['handoff.requested', 'handoff.taken', 'handoff.missed'],
	});
	const settings = await server.open('/settings/sites/default/handoff');
	await settings.getByRole('switch', { name: 'Visitors can ask for a person' }).click();
	await settings.getByLabel('Wait time (seconds)').fill('120');
	await settings.getByRole('button', { name: 'Save changes' }).click();
	await settings.getByText('Changes saved').waitFor();
	await settings.getByRole('switch', { name: 'Hand off only during business hours' }).click();
	await settings.screenshot({ path: `${SCREENSHOTS}/handoff-settings.png`, fullPage: true });
	await settings.getByLabel('Monday').fill('nine to five');
	await settings.getByRole('button', { name: 'Save changes' }).click();
	await settings.getByText('Monday: Enter a time like 09:00').waitFor();
	await settings.getByRole('button', { name: 'Discard' }).click();

	const ada = await server.open('/');
	const grace = await server.open('/leads', PHONE, COLLEAGUE.email);
	const visitor = await browser.open('about:blank', PHONE);
	// A clock that is an hour ahead.
	await visitor.addInitScript('{ const { now } = Date; Date.now = () => now() + 3_600_000; }');
	await visitor.goto(`${server.url}/embed/default`);
	await visitor.getByRole('textbox').fill('Can I talk to a human?');
	await visitor.getByRole('textbox').press('Enter');
	await visitor.getByRole('button', { name: 'Talk to a person' }).click();
	await visitor.getByText('You’ll hear from us in 2 minutes.').waitFor();
	await visitor.screenshot({ path: `${SCREENSHOTS}/handoff-widget.png` });

	const [bar, other] = [ada, grace].map((page) =>
		page.getByRole('region', { name: 'Visitors waiting for a person' }),
	);
	if (!bar || !other) throw new Error('no pages');
	await other.getByText('A visitor on Default is waiting for a person').waitFor();
	await expectAccessibleInEveryTheme(ada);
	await ada.screenshot({ path: `${SCREENSHOTS}/handoff-overview.png` });
	await grace.screenshot({ path: `${SCREENSHOTS}/handoff-phone.png` });
	await ada.getByRole('link', { name: '1 visitor waiting for a person' }).waitFor();
	const { items } = await server.call<SessionList>('GET', 'sessions?attention=waiting');
	expect(items).toHaveLength(1);
	expect(await server.call('GET', 'handoffs')).toMatchObject({
		items: [{ session_id: items[0]?.session_id }],
	});
	const lead = await server.open(`/leads/${items[0]?.session_id}`, PHONE_DARK);
	await lead.getByText('Needs a person', { exact: true }).waitFor();
	await lead.screenshot({ path: `${SCREENSHOTS}/handoff-lead-phone-dark.png` });
	await other.getByRole('link', { name: 'Open' }).click();
	await grace.getByText(/The visitor asked for a person\. The AI returns in/).waitFor();
	await grace.screenshot({ path: `${SCREENSHOTS}/handoff-chat-phone.png` });

	await bar.getByRole('button', { name: 'Take over' }).click();
	await ada.getByRole('textbox', { name: /message/i }).fill('This is Ada.');
	await ada.getByRole('textbox', { name: /message/i }).press('Enter');
	await visitor.getByText('This is Ada.').waitFor();
	await grace
		.getByText(/Ada.* is answering/)
		.first()
		.waitFor();
	await ada.screenshot({ path: `${SCREENSHOTS}/handoff-taken.png` });
	await lead.getByText('Needs a person', { exact: true }).waitFor({ state: 'detached' });
	await expect.poll(() => visitor.getByText('You’ll hear from us').count()).toBe(0);
	await vi.waitFor(() => expect(listEvents('handoff.taken')).toHaveLength(1));
	await expect
		.poll(() => listEvents('handoff.requested'))
		.toMatchObject([{ data: { handoff: { requested_by: 'visitor', outcome: null } } }]);
});

it('visitors and the team see the photo of who takes over', async () => {
	const ada = await server.open('/settings/profile');
	const form = ada.getByRole('main').locator('form', { has: ada.getByLabel('Time zone') });
	const buffer = await ada.screenshot({ clip: { x: 0, y: 0, width: 400, height: 300 } });
	await form
		.locator('input[type=file]')
		.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer });
	await form.getByRole('button', { name: 'Remove photo' }).waitFor();
	await form.getByRole('button', { name: 'Save changes' }).click();
	await ada
		.getByRole('button', { name: /account menu$/ })
		.locator('img')
		.waitFor();
	await ada.screenshot({ path: `${SCREENSHOTS}/profile-photo.png` });

	const visitor = await browser.open(`${server.url}/embed/default`, DESKTOP);
	await visitor.getByRole('textbox').fill('A photo, please');
	await visitor.getByRole('textbox').press('Enter');
	const findChat = () => server.call<SessionList>('GET', 'sessions?q=photo%20please');
	await expect.poll(async () => (await findChat()).items.length).toBe(1);
	const [chat] = (await findChat()).items;
	await gotoDashboard(ada, `${server.url}/inbox/${chat?.session_id}`);
	await ada.getByRole('button', { name: 'Take over' }).click();
	const box = ada.getByRole('textbox', { name: /^Message to/ });
	await box.fill('Here I am.');
	await box.press('Enter');
	await visitor.getByRole('log').getByText('Here I am.').waitFor();
	const getImageWidth = (selector: string) =>
		visitor.locator(selector).evaluate((node) => (node as HTMLImageElement).naturalWidth);
	await expect.poll(() => getImageWidth('#face img')).toBe(96);
	await expect.poll(() => getImageWidth('.author.person img')).toBe(96);
	await visitor.screenshot({ path: `${SCREENSHOTS}/handoff-photo.png` });
	await ada.getByRole('button', { name: 'Hand back to the AI' }).click();
	await visitor.locator('#face img').waitFor({ state: 'detached' });
});

it('the AI continues when no one joins, and the team sees it in the inbox', async () => {
	const visitor = await browser.open(`${server.url}/embed/default`, DESKTOP);
	await visitor.getByRole('textbox').fill('I need a person now');
	await visitor.getByRole('textbox').press('Enter');
	await visitor.getByRole('button', { name: 'Talk to a person' }).waitFor();
	const session_id = await visitor.evaluate<string>('window.getChatSession().session_id');
	const inbox = await server.open(`/inbox/${session_id}`);
	await server.call('POST', `sessions/${session_id}/handoff`, {
		reason: 'Wants a person',
		wait_seconds: 600,
	});
	const badge = inbox.locator('[data-badge]').filter({ hasText: 'Needs a person' });
	await badge.first().waitFor();
	await inbox
		.getByText(/An integration asked for a person: Wants a person\. The AI returns/)
		.waitFor();
	await inbox.screenshot({ path: `${SCREENSHOTS}/handoff-chat.png` });
	await server.query(`update handoffs set deadline_at = now() where outcome is null`);
	await server.query(
		`update chat_sessions set handoff_deadline_at = now() where public_id = '${session_id}'`,
	);
	await visitor.getByText(/no one from our team is free/i).waitFor();
	await inbox.getByText('The AI is answering.').waitFor();
	await inbox.getByText('let the AI continue, since no one joined in time').waitFor();
	await expect.poll(() => badge.count()).toBe(0);
	await visitor.screenshot({ path: `${SCREENSHOTS}/handoff-missed.png` });
	// The next test scripts the AI's next answer.
	await vi.waitFor(async () => {
		const { messages } = await readTranscript(server.url, session_id);
		expect(messages.at(-1)?.sender).toBe('ai');
	});
});

it('the AI requests a handoff with a reason, and the visitor can cancel it', async () => {
	const ada = await server.open('/analytics');
	const visitor = await browser.open(`${server.url}/embed/default`, PHONE);
	await visitor.getByRole('log').getByText('What is your budget?').waitFor();
	standIn().ai.next(({ response }) =>
		sendJson(response, {
			output: 'I will get someone for you.',
			handoff: { reason: 'Wants to talk to a human' },
		}),
	);
	await visitor.getByRole('textbox').fill('I want a human');
	await visitor.getByRole('textbox').press('Enter');
	await visitor.getByText(/You’ll hear from us .* minutes/).waitFor();
	await ada.getByText('Wants to talk to a human').waitFor();
	await visitor.getByRole('button', { name: 'Cancel' }).click();
	await visitor.getByRole('button', { name: 'Talk to a person' }).waitFor();
	await ada.getByText('Wants to talk to a human').waitFor({ state: 'detached' });
	await expect
		.poll(() => listEvents('handoff.requested').at(-1))
		.toMatchObject({
			data: { handoff: { requested_by: 'ai', reason: 'Wants to talk to a human' } },
		});
});

it('the workflow receives the known and missing fields and all messages, including those of a person', async () => {
	await server.call('PATCH', 'sites/default', {
		questions: [
			{ key: 'project', label: 'What is it about?', type: 'text' },
			{ key: 'budget', label: 'Budget', type: 'text' },
			{ key: 'email', label: 'Email', type: 'email' },
		],
	});
	const visitor = await browser.open(`${server.url}/embed/default`, DESKTOP);
	const log = visitor.getByRole('log');
	const sendMessage = async (text: string) => {
		await visitor.getByRole('textbox').fill(text);
		await visitor.getByRole('textbox').press('Enter');
	};
	await log.getByText('What is your budget?').waitFor();
	standIn().ai.next(({ response }) =>
		sendJson(response, { output: 'A roof, gladly.', lead: { project: 'A new roof' } }),
	);
	await sendMessage('We need a new roof: maya@hartmann.example');
	await log.getByText('A roof, gladly.').waitFor();

	const session_id = await visitor.evaluate<string>('window.getChatSession().session_id');
	const ada = await server.open(`/inbox/${session_id}`);
	await ada.getByRole('button', { name: 'Take over' }).click();
	await ada.getByRole('textbox', { name: /message/i }).fill('Ada here. We can start in May.');
	await ada.getByRole('textbox', { name: /message/i }).press('Enter');
	await log.getByText('Ada here. We can start in May.').waitFor();
	await sendMessage('May is fine');
	await ada.getByText('May is fine').first().waitFor();
	await ada.getByRole('button', { name: /Hand back/ }).click();
	await log.getByText('What is your budget?').nth(1).waitFor();
	await sendMessage('And what does it cost?');
	await log.getByText('What is your budget?').nth(2).waitFor();

	const { messages } = await readTranscript(server.url, session_id);
	const name = messages.find(({ sender }) => sender === 'agent')?.author;
	expect(name).toEqual(expect.any(String));
	const [firstCall, secondCall] = ['May is fine', 'And what does it cost?'].map((text) => {
		const calls = standIn().ai.recorder.requests.map((request) => request.json() as Call);
		return calls.find(({ message }) => message === text);
	});
	for (const call of [firstCall, secondCall]) {
		expect(call).toMatchObject({
			contract: 2,
			channel: 'web',
			is_test: false,
			lead: { email: 'maya@hartmann.example', project: 'A new roof' },
			questions: [{ key: 'project' }, { key: 'budget', label: 'Budget', required: true }, {}],
			missing: ['budget'],
			handoff_missed: false,
		});
	}
	const earlierMessages = [
		['ai', undefined, expect.stringContaining('What is your budget?')],
		['user', undefined, 'We need a new roof: maya@hartmann.example'],
		['ai', undefined, 'A roof, gladly.'],
		['agent', name, 'Ada here. We can start in May.'],
	];
	expect(getHistory(firstCall)).toEqual(earlierMessages);
	expect(getHistory(secondCall)).toEqual([
		...earlierMessages,
		['user', undefined, 'May is fine'],
		['ai', undefined, expect.stringContaining('What is your budget?')],
	]);
});
