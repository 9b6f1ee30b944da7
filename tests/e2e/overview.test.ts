// @module-tag thorough
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DAYTIME_ZONE, PHONE, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';

const team = useDashboard(useBrowser());

async function createChat(id: string, lead?: Record<string, string>): Promise<void> {
	await team.call('POST', `sessions/session_${id}/messages`, [
		{ sender: 'ai', message: 'Hello' },
		{ sender: 'visitor', message: `Hi from ${id}` },
	]);
	if (lead) await team.call('PUT', `sessions/session_${id}/lead`, lead);
}
const setChat = (id: string, values: string) =>
	team.query(`update chat_sessions set ${values} where public_id = 'session_${id}'`);
const setLead = (id: string, values: string) =>
	team.query(`update leads set ${values} where chat_session_id =
		(select id from chat_sessions where public_id = 'session_${id}')`);
/** Inserts a delivery that no job attempts during the test. */
const insertDelivery = (id: string, event: string, status: string, version: number) =>
	team.query(`insert into deliveries (webhook_id, endpoint_id, chat_session_id, event, dedupe_key, body, status,
			lead_version, next_attempt_at)
		select 'msg_${id}_${event}_${status}', e.id, s.id, '${event}', '${id} ${event}', '{}', '${status}', ${version},
			case when '${status}' = 'pending' then now() + interval '1 day' end
		from webhook_endpoints e, chat_sessions s where s.public_id = 'session_${id}'`);

beforeAll(async () => {
	await team.call('POST', 'webhook-endpoints', {
		site: 'default',
		url: 'https://crm.example.com/leads',
		events: ['lead.outcome'],
	});
	for (const id of ['waits1', 'waits2']) {
		await createChat(id);
		await team.call('POST', `sessions/session_${id}/handoff`, { wait_seconds: 600 });
	}
	for (const id of ['rescued1', 'rescued2', 'rescued3']) {
		await createChat(id);
		await setChat(id, 'is_rescued = true');
	}
	await createChat('claimed');
	await setChat('claimed', 'completion_claimed_at = now()');
	for (const id of ['undone1', 'undone2']) {
		await createChat(id);
		await setChat(id, 'completions_undone = 1');
	}
	for (const id of ['issue1', 'issue2']) {
		await createChat(id);
		await setChat(id, `qa_status = 'issue'`);
	}
	for (const id of ['queued1', 'queued2', 'queued3', 'queued4']) {
		await createChat(id);
		await setChat(id, `review_queued_at = now(), review_queued_because = 'sampled'`);
	}
	// Two chats of one person, and one without contact details, which can't be answered.
	const maya = { name: 'Maya', email: 'maya@example.com' };
	const late: [string, Record<string, string>][] = [
		['late1', maya],
		['late2', maya],
		['late3', { name: 'Nobody' }],
	];
	for (const [id, lead] of late) {
		await createChat(id, lead);
		await setLead(id, `promise_due_at = now() - interval '3 hours'`);
	}
	for (const id of ['changed1', 'changed2']) {
		await createChat(id, { name: 'Ada' });
		await insertDelivery(id, 'lead.completed', 'delivered', 1);
		await insertDelivery(id, 'lead.updated', 'pending', 2);
	}
	await createChat('unsent');
	await insertDelivery('unsent', 'lead.completed', 'failed', 1);
	await insertDelivery('unsent', 'session.created', 'failed', 1);
	await team.call('POST', 'embed-chat/send-message', { message: 'Hello, this one is answered' });
	await team.call('PATCH', 'sessions/session_queued1', { completion_status: 'complete' });
	await team.call('PATCH', 'sessions/session_queued2', { archive_status: 'archived' });
	for (const message of ['Credentials not found', 'Connection refused']) {
		await team.call('POST', 'errors', { workflow: 'Roof leads', message });
	}
});

/** The rows of each list. */
const LISTS = [
	'[data-row]',
	'table[aria-label="Leads"] tbody tr',
	'ul[aria-label="Errors"] > li',
	'ul[aria-label="Deliveries"] > li',
	'ul[aria-label="Chats"] > li',
].join(', ');

const TALL = { viewport: { width: 1440, height: 2400 }, timezoneId: DAYTIME_ZONE };

/** Returns the texts of the links in a region of the overview, each of which contains a number. */
async function readNumbers(page: Page, region: string): Promise<string[]> {
	const links = page.getByRole('region', { name: region }).getByRole('link');
	await links.first().waitFor();
	return (await links.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}
const parseNumber = (text: string) => Number(/\d+/.exec(text)?.[0]);

it.each([
	['Needs attention', [2, 2, 2, 2, 2, 3, 1, 2, 2, 4]],
	['Today so far', [21, 1, 1, 6]],
])('every number under “%s” opens exactly that many rows', async (region, numbers) => {
	const page = await team.open('/', TALL);
	await expect
		.poll(async () => (await readNumbers(page, region)).map(parseNumber))
		.toEqual(numbers);
	const texts = await readNumbers(page, region);
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/overview-numbers.png` });
	for (const [index, text] of texts.entries()) {
		await page.getByRole('region', { name: region }).getByRole('link').nth(index).click();
		await page.waitForURL((url) => url.pathname !== '/');
		await expect.poll(() => page.locator(LISTS).count(), { message: text }).toBe(numbers[index]);
		await page.goBack();
		await page.waitForURL((url) => url.pathname === '/');
	}
	const phone = await team.open('/', { ...PHONE, timezoneId: DAYTIME_ZONE });
	await expect.poll(() => readNumbers(phone, region)).toEqual(texts);
});
