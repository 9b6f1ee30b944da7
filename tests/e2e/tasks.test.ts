import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { ADMIN } from '../support/server-api.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';

// The most frequent tasks, from the page after sign-in, in as many steps as README.md says.

const team = useDashboard(useBrowser());

/** Performs steps and counts them: a click, or a text typed. */
class Steps {
	count = 0;
	async click(locator: Locator): Promise<void> {
		this.count += 1;
		await locator.click();
	}
	async type(locator: Locator, text: string): Promise<void> {
		this.count += 1;
		await locator.fill(text);
	}
}

const locateNavigation = (page: Page) => page.getByRole('navigation', { name: 'Pages' });
const openOverview = async (email = ADMIN.email) => {
	const page = await team.open('/', undefined, email);
	return { page, pages: locateNavigation(page), steps: new Steps() };
};
const createChat = (id: string, message: string) =>
	team.call('POST', `sessions/session_${id}/messages`, [{ sender: 'visitor', message }]);

it('an agent finds an overdue lead in 2 steps', async () => {
	await createChat('late', 'A new roof, please');
	await team.call('PUT', 'sessions/session_late/lead', { name: 'Maya', email: 'maya@example.com' });
	await team.query(`update leads set promise_due_at = now() - interval '3 hours'`);
	const { page, steps } = await openOverview(COLLEAGUE.email);
	await steps.click(page.getByRole('link', { name: '1 overdue lead' }));
	await steps.click(
		page.getByRole('table', { name: 'Leads' }).getByRole('link', { name: 'Maya', exact: true }),
	);
	await page.getByRole('heading', { name: 'Maya' }).waitFor();
	expect(steps.count).toBe(2);
});

it('an agent takes over a live chat in 2 steps', async () => {
	const { page, steps } = await openOverview(COLLEAGUE.email);
	await createChat('live', 'Is anyone there?');
	const onlineChats = page.getByRole('region', { name: 'Online now' });
	await steps.click(onlineChats.getByRole('link', { name: /Is anyone there/ }));
	await steps.click(page.getByRole('button', { name: 'Take over' }));
	await page.getByRole('button', { name: /Hand back/ }).waitFor();
	expect(steps.count).toBe(2);
});

it('an admin adds a question in 6 steps', async () => {
	const { page, pages, steps } = await openOverview();
	await steps.click(pages.getByRole('link', { name: 'Settings' }));
	await steps.click(page.getByRole('list', { name: 'Sites' }).getByRole('link').first());
	await steps.click(page.getByRole('link', { name: 'Questions', exact: true }));
	await steps.click(page.getByRole('button', { name: 'Add question' }));
	await steps.type(page.getByLabel('Label'), 'Roof area');
	await steps.click(page.getByRole('button', { name: 'Save' }));
	await page.getByText('Changes saved').waitFor();
	expect(await team.call('GET', 'sites/default')).toMatchObject({
		questions: expect.arrayContaining([expect.objectContaining({ label: 'Roof area' })]) as unknown,
	});
	expect(steps.count).toBe(6);
});

it('an admin invites a teammate in 5 steps', async () => {
	const { page, pages, steps } = await openOverview();
	await steps.click(pages.getByRole('link', { name: 'Settings' }));
	await steps.click(page.getByRole('link', { name: 'Team', exact: true }));
	await steps.click(page.getByRole('button', { name: 'Invite teammate' }));
	const dialog = page.getByRole('dialog', { name: 'Invite teammate' });
	await steps.type(dialog.getByLabel('Email'), 'wen@example.com');
	await steps.click(dialog.getByRole('button', { name: 'Create invitation link' }));
	await page.getByRole('dialog', { name: 'Share this link' }).waitFor();
	expect(steps.count).toBe(5);
});

it('an admin reaches the invitation from the command menu too', async () => {
	const { page } = await openOverview();
	await page.keyboard.press('Control+k');
	await page.getByPlaceholder(/search people and chats/).fill('invite');
	await page
		.getByRole('dialog', { name: 'Commands' })
		.locator('[data-command-item][data-selected]')
		.getByText('Invite teammate', { exact: true })
		.waitFor();
	await page.keyboard.press('Enter');
	await page.getByRole('dialog', { name: 'Invite teammate' }).getByLabel('Email').waitFor();
	await page.waitForURL((url) => url.pathname === '/settings/users' && url.search === '');
});

it('an admin sees which campaign earns in 2 steps', async () => {
	const { session_id } = await team.call<{ session_id: string }>('POST', 'embed-chat/sessions', {
		site: 'default',
		context: { utm_source: 'google', utm_campaign: 'roof-spring' },
	});
	await team.call('PUT', `sessions/${session_id}/lead`, { name: 'Ada', email: 'ada@example.com' });
	await team.call('PUT', `sessions/${session_id}/outcome`, {
		stage: 'won',
		value: 4800,
		currency: 'USD',
	});
	const { page, pages, steps } = await openOverview();
	await steps.click(pages.getByRole('link', { name: 'Analytics' }));
	await steps.click(page.getByRole('link', { name: 'Outcomes' }));
	const sources = page.getByRole('table', { name: 'Outcomes by source and campaign' });
	await sources.getByRole('row', { name: /roof-spring.*4,800/ }).waitFor();
	expect(steps.count).toBe(2);
});
