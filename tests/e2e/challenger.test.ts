// @module-tag thorough
import { expect, it, vi } from 'vitest';
import type { Trial } from '#lib/contract/challenger.ts';
import type { Session } from '#lib/contract/session.ts';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { PHONE, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser();
const standIn = useStandIn();
const server = useDashboard(browser, () => ({}));

const SITE = { key: 'trial', name: 'Trial of roofs' };
const createConnector = (mode: 'object' | 'text' | 'not-registered') => ({
	type: 'n8n',
	url: standIn().ai.url(mode),
});
const getTrial = () => server.call<Trial>('GET', `sites/${SITE.key}/challenger`);
const listSessions = async () => {
	const { items } = await server.call<{ items: Session[] }>('GET', `sessions?site=${SITE.key}`);
	return items;
};

/** Opens the widget as a new visitor, and returns the page and its chat. */
async function startVisit() {
	const known = new Set((await listSessions()).map(({ session_id }) => session_id));
	const page = await browser.open(`${server.url}/embed/${SITE.key}`, PHONE);
	await page.getByRole('log').getByText('Hi, how can we help?').waitFor();
	const session = await vi.waitFor(async () => {
		const found = (await listSessions()).find(({ session_id }) => !known.has(session_id));
		if (!found) throw new Error('the chat has not started');
		return found;
	});
	const sendMessage = async (text: string, answer: RegExp) => {
		await page.getByRole('textbox').fill(text);
		await page.getByRole('textbox').press('Enter');
		await page.getByRole('log').getByText(answer).last().waitFor();
	};
	return { page, session, sendMessage };
}

it('a challenger is tried on new visitors, stopped by the guard, promoted and restored, live in every window', async () => {
	await server.call('POST', 'sites', SITE);
	await server.call('PATCH', `sites/${SITE.key}`, {
		connector: createConnector('object'),
		greeting: 'Hi, how can we help?',
	});
	const admin = await server.open(`/settings/sites/${SITE.key}/ai`);
	const panel = admin.getByRole('region', { name: 'Champion and challenger', exact: true });
	await panel.getByRole('button', { name: 'Add challenger' }).click();
	const dialog = admin.getByRole('dialog', { name: 'Add challenger' });
	await dialog.getByLabel('URL').fill(standIn().ai.url('not-registered'));
	await dialog.getByLabel('Share of new visitors (%)').fill('50');
	await dialog.getByRole('button', { name: 'Start trial' }).click();
	await panel.getByText('50% of new visitors').first().waitFor();
	await panel.getByText('Not enough data yet').first().waitFor();
	await expectAccessibleInEveryTheme(admin);
	await admin.screenshot({ path: `${SCREENSHOTS}/challenger.png`, fullPage: true });

	const other = await server.open(`/settings/sites/${SITE.key}/ai`);
	const elsewhere = other.getByRole('region', { name: 'Champion and challenger', exact: true });
	const chats = [await startVisit()];
	const listArms = () => new Set(chats.map(({ session }) => session.arm));
	// Each further visitor halves the chance that one arm has no visitors.
	while (listArms().size < 2 && chats.length < 24) chats.push(await startVisit());
	expect(listArms()).toEqual(new Set(['champion', 'challenger']));

	const challenged = chats.filter(({ session }) => session.arm === 'challenger');
	const [first] = challenged;
	if (!first) throw new Error('no chat has the challenger');
	const agent = await server.open(`/inbox/${first.session.session_id}`);
	await agent.getByText('Challenger', { exact: true }).filter({ visible: true }).first().waitFor();
	await server.call('PUT', `sites/${SITE.key}/challenger`, {
		connector: createConnector('not-registered'),
		share_percent: 100,
	});
	await elsewhere.getByText('100% of new visitors').first().waitFor();
	while (challenged.length < 3) challenged.push(await startVisit());
	for (const chat of challenged.slice(0, 3))
		await chat.sendMessage('Hello', /Sorry, I cannot answer right now/);
	await panel.getByText(/All visitors now get the champion/).waitFor();
	await elsewhere.getByText(/Three answers in a row failed/).waitFor();
	await admin.screenshot({ path: `${SCREENSHOTS}/challenger-returned.png`, fullPage: true });
	expect((await getTrial()).challenger).toMatchObject({ ended_because: 'failures' });
	await first.sendMessage('Still there?', /Thanks, I noted that/);
	await agent
		.getByText(/let the champion continue/)
		.first()
		.waitFor();
	expect((await startVisit()).session.arm).toBeNull();

	await server.call('PUT', `sites/${SITE.key}/challenger`, {
		connector: createConnector('text'),
		share_percent: 50,
	});
	await panel.getByRole('button', { name: 'Promote' }).click();
	await admin.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
	await panel.getByText('Promoted', { exact: true }).waitFor();
	await elsewhere.getByRole('button', { name: 'Undo promotion' }).waitFor();
	expect((await getTrial()).champion).toMatchObject(createConnector('text'));
	await elsewhere.getByRole('button', { name: 'Undo promotion' }).click();
	await panel.getByText(/previous champion was restored/).waitFor();
	expect((await getTrial()).champion).toMatchObject(createConnector('object'));

	const log = await server.open('/settings/audit-log');
	await log.getByText(/restored the previous champion of/).waitFor();
	await log.getByText(/returned all visitors to the champion of/).waitFor();
});
