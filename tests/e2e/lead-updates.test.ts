// @module-tag thorough
import type { FrameLocator, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, PHONE_DARK, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { getChatFrame } from '../support/host-pages.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import type { AiHandler } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser();
const standIn = useStandIn();
const team = useDashboard(browser, () => ({
	AI_WEBHOOK_URL: standIn().ai.url('echo'),
	LEAD_WEBHOOK_URL: standIn().webhooks.url('crm'),
}));

interface SessionList {
	items: { session_id: string }[];
}
/** Locates a text where it is visible. The page may also contain it, hidden, for other screen sizes. */
const locateVisible = (page: Page, text: string) =>
	page.getByText(text, { exact: true }).filter({ visible: true }).first();

const PROMISE = 'We usually answer mails within 24 hours, by the way. What is your e-mail?';
/** Sets the workflow's next answers, in the format of n8n's "Respond to Webhook". */
const queueAnswers = (...texts: string[]) =>
	standIn().ai.next(
		...texts.map((output): AiHandler => ({ response }) => {
			response.writeHead(200, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ output }));
		}),
	);
const listDeliveries = () =>
	standIn()
		.webhooks.recorder('crm')
		.requests.map(
			({ body }) => JSON.parse(body.toString('utf8')) as { type: string; data: object },
		);
const waitForDelivery = (expected: object) =>
	vi.waitFor(() => expect(listDeliveries().at(-1)).toMatchObject(expected));
/** Extends the minute in which changes are gathered, because the next steps can take longer. */
const extendGathering = () =>
	team.query(
		`update deliveries set next_attempt_at = now() + interval '1 hour' where status = 'pending'`,
	);
/** Ends the minute in which changes are gathered. */
const endGathering = () =>
	team.query(`update deliveries set next_attempt_at = now() where status = 'pending'`);

async function openChat(site = 'default'): Promise<{ page: Page; chat: FrameLocator }> {
	queueAnswers('Hello! What can we do for you?');
	const page = await browser.open(`${team.url}/demo?site=${site}`, DESKTOP);
	await page
		.getByRole('button', { name: /chat|touch/i })
		.first()
		.click();
	const chat = getChatFrame(page);
	await chat.getByText('Hello! What can we do for you?').waitFor();
	return { page, chat };
}
/** Sends a message that the workflow answers with `answer`, and waits for the answer. */
async function sendMessage(chat: FrameLocator, text: string, answer: string): Promise<void> {
	queueAnswers(answer);
	await chat.getByRole('textbox').fill(text);
	await chat.getByRole('textbox').press('Enter');
	await chat.getByRole('log').getByText(answer).last().waitFor();
}

it('an email and a phone number given after "within 24 hours" reach the CRM, and the badges say so', async () => {
	const { chat } = await openChat();
	await sendMessage(chat, 'We need a new roof', PROMISE);
	await waitForDelivery({ type: 'lead.completed', data: { lead: null, version: 1 } });

	const page = await team.open('/leads');
	await sendMessage(chat, 'maya@hartmann.example', 'Thanks! And your phone number?');
	await page.getByRole('link', { name: 'maya@hartmann.example' }).first().waitFor();
	const row = page.getByRole('row').filter({ hasText: 'maya@hartmann.example' });
	await row.getByText('Sending').waitFor();
	await endGathering();
	await waitForDelivery({
		type: 'lead.updated',
		data: { version: 2, changed: ['email'], lead: { email: 'maya@hartmann.example' } },
	});
	await row.getByText('Sending').waitFor({ state: 'hidden' });

	const overview = await team.open('/', PHONE_DARK);
	const pending = overview.getByRole('link', { name: '1 delivered lead with an update pending' });
	await expect.poll(() => pending.count()).toBe(0);
	const { items } = await team.call<SessionList>('GET', 'leads');
	const inbox = await team.open(`/inbox/${items[0]?.session_id}`, PHONE_DARK);
	const chatBadge = locateVisible(inbox, 'Delivered, update pending');
	await expect.poll(() => chatBadge.count()).toBe(0);

	await sendMessage(chat, '+49 170 1234567', 'Thank you, Maya. Talk soon!');
	await row.getByText('Delivered, update pending').waitFor();
	await extendGathering();
	await chatBadge.waitFor();
	await expectAccessible(inbox);
	await inbox.screenshot({ path: `${SCREENSHOTS}/inbox-update-pending-phone-dark.png` });
	await pending.waitFor();
	await expectAccessible(overview);
	await overview.screenshot({ path: `${SCREENSHOTS}/overview-update-pending-phone-dark.png` });
	expect(await team.call('GET', 'leads?delivery=update_pending')).toMatchObject({
		items: [{ delivery: { state: 'update_pending', status: 'delivered' } }],
	});
	expect(await team.call('GET', 'stats/overview')).toMatchObject({
		needs_attention: { pending_updates: 1 },
	});
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/leads-update-pending.png` });
	const lead = await team.open('/leads', PHONE_DARK);
	const card = lead.getByRole('listitem', { name: 'maya@hartmann.example' });
	await card.getByText('Delivered, update pending').waitFor();
	await card.getByRole('link', { name: 'maya@hartmann.example' }).first().click();
	await lead.getByText('Delivered, update pending').first().waitFor();
	await expectAccessible(lead);
	await lead.screenshot({ path: `${SCREENSHOTS}/lead-update-pending-phone-dark.png` });
	await endGathering();
	await waitForDelivery({ data: { version: 3, lead: { phone: '+491701234567' } } });
	await row.getByText('Delivered, update pending').waitFor({ state: 'hidden' });
	await lead.getByText('Updated', { exact: true }).first().waitFor();
	await pending.waitFor({ state: 'detached' });
	await chatBadge.waitFor({ state: 'detached' });
});

it('a completion is undone with a reason, and delivered as withdrawn', async () => {
	const { chat } = await openChat();
	await sendMessage(chat, 'How much is a roof? ada@hartmann.example', PROMISE);
	await waitForDelivery({
		type: 'lead.completed',
		data: { lead: { email: 'ada@hartmann.example' } },
	});
	const { items } = await team.call<SessionList>('GET', 'leads');
	const lead = await team.open(`/leads/${items[0]?.session_id}`, PHONE_DARK);
	await locateVisible(lead, 'Completed').waitFor();
	const overview = await team.open('/', PHONE_DARK);
	const overviewLink = overview.getByRole('link', { name: '1 undone completion' });
	await expect.poll(() => overviewLink.count()).toBe(0);
	const leads = await team.open('/leads?tab=all');
	const page = await team.open('/inbox');
	await page
		.getByRole('link', { name: /What is your e-mail/ })
		.first()
		.click();
	await page.getByRole('button', { name: 'More', exact: true }).click();
	await page.getByRole('menuitem', { name: 'Undo completion' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Undo completion' }).click();
	await dialog.getByText('Enter a reason.').waitFor();
	await dialog.getByLabel('Reason').fill('The visitor only asked for a price');
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/undo-completion.png` });
	await dialog.getByRole('button', { name: 'Undo completion' }).click();
	await locateVisible(page, 'Completion undone').waitFor();
	await locateVisible(page, 'Withdrawn').waitFor();
	await page.getByText(/undid the completion: The visitor only asked for a price/).waitFor();
	await waitForDelivery({
		type: 'lead.withdrawn',
		data: { reason: 'The visitor only asked for a price', lead: { email: 'ada@hartmann.example' } },
	});
	await locateVisible(lead, 'Completion undone').waitFor();
	await locateVisible(lead, 'Withdrawn').waitFor();
	await lead.screenshot({ path: `${SCREENSHOTS}/lead-withdrawn-phone-dark.png` });
	const row = leads.getByRole('row').filter({ hasText: 'ada@hartmann.example' });
	await row.getByText('Completion undone').waitFor();
	await row.getByText('Withdrawn').waitFor();
	await overviewLink.click();
	await locateVisible(overview, 'Completion undone').waitFor();
	await expectAccessible(overview);
	await overview.screenshot({ path: `${SCREENSHOTS}/inbox-withdrawn-phone-dark.png` });
	expect(await team.call('GET', 'sessions?attention=withdrawn')).toMatchObject({
		items: [{ completion_status: 'in_progress', completions_undone: 1 }],
	});
});

it('a completion without the required contact is only claimed until the visitor gives it', async () => {
	const settings = await team.open('/settings/sites/default/completion');
	await settings.getByLabel('Required for completion').selectOption('contact');
	await settings.getByRole('button', { name: 'Save changes' }).click();
	await vi.waitFor(async () =>
		expect(await team.call('GET', 'sites/default')).toMatchObject({ completion_needs: 'contact' }),
	);
	const before = listDeliveries().length;
	const page = await team.open('/inbox');
	const { chat } = await openChat();
	await sendMessage(chat, 'Can you call me?', PROMISE);
	await page.getByText('Details missing').first().waitFor();
	await page
		.getByRole('link', { name: /What is your e-mail/ })
		.first()
		.click();
	await page.getByText('details that the site requires are missing').waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/completion-claimed.png` });
	const { items } = await team.call<SessionList>('GET', 'sessions?attention=claimed');
	expect(items).toMatchObject([{ completion_claimed: true, completion_status: 'in_progress' }]);
	const overview = await team.open('/');
	await overview.getByText('Details missing', { exact: true }).first().waitFor();
	const claimed = overview.getByRole('link', { name: '1 chat missing details' });
	await claimed.waitFor();
	await overview.screenshot({ path: `${SCREENSHOTS}/overview-claimed.png` });
	const lead = await team.open(`/leads/${items[0]?.session_id}`, PHONE_DARK);
	await locateVisible(lead, 'Details missing').waitFor();
	await expectAccessible(lead);
	await lead.screenshot({ path: `${SCREENSHOTS}/lead-claimed-phone-dark.png` });
	expect(listDeliveries()).toHaveLength(before);
	await sendMessage(chat, 'Tomorrow, please', 'And your email address?');
	const calls = standIn().ai.recorder.requests.map((call) => call.json() as object);
	expect(calls.at(-1)).toMatchObject({ message: 'Tomorrow, please', completion_claimed: true });
	await sendMessage(chat, 'tom@rivera.example', 'Thank you!');
	await page.getByText('Completed', { exact: true }).first().waitFor();
	await claimed.waitFor({ state: 'detached' });
	await locateVisible(lead, 'Completed').waitFor();
	await waitForDelivery({
		type: 'lead.completed',
		data: { lead: { email: 'tom@rivera.example' } },
	});
});
