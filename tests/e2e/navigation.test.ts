// @module-tag thorough
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { gotoDashboard, PHONE, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { ADMIN } from '../support/server-api.ts';

const team = useDashboard(useBrowser());

const locateNavigation = (page: Page) =>
	page.getByRole('navigation', { name: 'Pages', exact: true });
const locateOfflineNotice = (page: Page) => page.getByText('No connection', { exact: true });
const locateRow = (page: Page, id: string) => page.locator(`[data-row="${id}"]`);

async function createChat(id: string, message: string): Promise<void> {
	await team.call('POST', `sessions/${id}/messages`, { sender: 'visitor', message });
}

it('the navigation shows labels where there is room, collapses, and stays collapsed after a reload', async () => {
	await team.call('POST', 'errors', { workflow: 'Roof leads', message: 'Credentials not found' });
	const page = await team.open('/');
	const getWidth = async () => (await page.getByRole('banner').boundingBox())?.width;
	await locateNavigation(page).getByText('Analytics').waitFor();
	await expect.poll(getWidth).toBe(208);
	await locateNavigation(page)
		.getByRole('link', { name: /^Automation ?, 1 failed/ })
		.waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/rail-wide.png` });

	await page.getByRole('button', { name: 'Collapse navigation' }).click();
	await expect.poll(getWidth).toBe(56);
	await expectAccessible(page);
	await gotoDashboard(page, page.url());
	await page.getByRole('button', { name: 'Expand navigation' }).waitFor();
	await expect.poll(getWidth).toBe(56);
	await page.keyboard.press('[');
	await expect.poll(getWidth).toBe(208);
	await page.setViewportSize({ width: 1024, height: 768 });
	await expect.poll(getWidth).toBe(208);

	const narrow = await team.open('/', { viewport: { width: 1024, height: 768 } });
	await expect.poll(async () => (await narrow.getByRole('banner').boundingBox())?.width).toBe(56);
	const phone = await team.open('/', { ...PHONE, colorScheme: 'dark' });
	for (const label of ['Overview', 'Inbox', 'Review', 'Leads', 'More']) {
		await locateNavigation(phone).getByText(label).first().waitFor();
	}
	await expectAccessible(phone);
	await phone.screenshot({ path: `${SCREENSHOTS}/rail-phone-dark.png` });
});

it('links of the collapsed navigation describe themselves in a tooltip, one after another', async () => {
	const page = await team.open('/', { viewport: { width: 1024, height: 768 } });
	const tooltip = page.locator('[data-tooltip-content]');
	const links = locateNavigation(page);
	await links.getByRole('link', { name: 'Inbox' }).hover();
	await expect.poll(() => tooltip.allInnerTexts()).toEqual(['Inbox']);
	const getLeft = async () => (await tooltip.boundingBox())?.x;
	await expect.poll(getLeft).toBeGreaterThan(48);
	await links.getByRole('link', { name: 'Leads' }).hover();
	await expect.poll(() => tooltip.allInnerTexts()).toEqual(['Leads']);
	await page.keyboard.press('Escape');
	await tooltip.waitFor({ state: 'detached' });

	// Labels that are visible aren't repeated.
	await page.keyboard.press('[');
	await links.getByRole('link', { name: 'Inbox' }).hover();
	await page.getByRole('button', { name: 'Collapse navigation' }).focus();
	expect(await tooltip.count()).toBe(0);
	await page.keyboard.press('[');
	await expect.poll(() => tooltip.allInnerTexts()).toEqual([expect.stringContaining('Expand')]);
	expect(
		await page.getByRole('button', { name: 'Expand navigation' }).getAttribute('aria-describedby'),
	).toBe(await tooltip.getAttribute('id'));
});

it('the account menu opens the profile and the shortcuts, and fits a phone', async () => {
	const openMenu = (page: Page) => page.getByRole('button', { name: /account menu$/ }).click();
	const page = await team.open('/');
	await openMenu(page);
	await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
	const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	await shortcuts.waitFor();
	await page.keyboard.press('Escape');
	await shortcuts.waitFor({ state: 'detached' });
	await openMenu(page);
	await page.getByRole('menuitem', { name: 'Profile' }).click();
	await page.waitForURL('**/settings/profile');

	const phone = await team.open('/', PHONE);
	await openMenu(phone);
	const isInside = async () => {
		const box = await phone.getByRole('menu').boundingBox();
		const { width = 0, height = 0 } = phone.viewportSize() ?? {};
		return (
			box !== null &&
			Math.min(box.x, box.y) >= 0 &&
			box.x + box.width <= width &&
			box.y + box.height <= height
		);
	};
	await expect.poll(isInside).toBe(true);
	await expectAccessible(phone);
	await phone.screenshot({ path: `${SCREENSHOTS}/account-menu-phone.png` });
});

it('the navigation of the settings stays in place between pages', async () => {
	const page = await team.open('/settings/users', { viewport: { width: 1440, height: 900 } });
	const getLeft = async () =>
		(await page.getByRole('navigation', { name: 'Settings', exact: true }).boundingBox())?.x;
	const left = await getLeft();
	expect(left).toBeGreaterThan(0);
	for (const path of ['profile', 'sites', 'sites/default/completion', 'audit-log']) {
		await gotoDashboard(page, new URL(`/settings/${path}`, page.url()).href);
		await expect.poll(getLeft).toBe(left);
	}
});

const clickLink = (page: Page, href: string) =>
	page.evaluate(`document.querySelector('nav[aria-label="Pages"] a[href="${href}"]').click()`);

/** Returns which page is shown as pending, and which one the navigation shows as current. */
const readState = (page: Page) =>
	page.evaluate<{ pending: string | null; current: string | null }>(`({
		pending: document.querySelector('[data-pending]')?.dataset.pending ?? null,
		current: document.querySelector('nav[aria-label="Pages"] a[aria-current]')?.getAttribute('href') ?? null,
	})`);

it('a click immediately shows the heading and the outline of the page, before its data has loaded', async () => {
	const page = await team.open('/automation');
	const { promise: release, resolve: releaseData } = Promise.withResolvers<void>();
	await page.route(/__data\.json/, async (route) => {
		await release;
		await route.continue();
	});
	// Only pages whose data the server loads: others may be ready before their outline is shown.
	for (const [href, title] of [
		['/leads', 'Leads'],
		['/analytics', 'Analytics'],
		['/inbox', 'Inbox'],
		['/leads', 'Leads'],
	]) {
		await clickLink(page, href ?? '');
		await expect.poll(() => readState(page)).toEqual({ pending: title, current: href });
		await page
			.locator(`[data-pending="${title}"]`)
			.getByText(title ?? '', { exact: true })
			.waitFor();
	}
	await page.screenshot({ path: `${SCREENSHOTS}/page-pending.png` });
	releaseData();
	await page.getByRole('heading', { name: 'Leads' }).waitFor();
	await expect.poll(() => page.locator('[data-pending]').count()).toBe(0);
});

it('offline, the navigation, the list and opened chats still work, and other pages say that they need a connection', async () => {
	await createChat('session_unread', 'Never opened');
	await createChat('session_read', 'Opened before');
	const page = await team.open(
		'/inbox',
		{ viewport: { width: 1100, height: 800 } },
		ADMIN.email,
		/ERR_INTERNET_DISCONNECTED|Failed to fetch/,
	);
	const chat = page.getByRole('region', { name: /^Conversation with/ });
	await locateRow(page, 'session_read').click();
	await chat.getByText('Opened before').waitFor();
	await createChat('session_read', 'And written live');
	await chat.getByText('And written live').waitFor();

	await page.context().setOffline(true);
	await locateRow(page, 'session_unread').click();
	await locateOfflineNotice(page).waitFor();
	await locateRow(page, 'session_read').waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/inbox-offline.png` });
	await locateRow(page, 'session_read').click();
	await chat.getByText('And written live').waitFor();

	await locateNavigation(page).getByRole('link', { name: 'Analytics' }).click();
	await locateOfflineNotice(page).waitFor();
	await locateNavigation(page).getByRole('link', { name: 'Inbox' }).waitFor();
	await page.getByRole('button', { name: 'Stay here' }).click();
	await chat.getByText('Opened before').waitFor();

	await locateNavigation(page).getByRole('link', { name: 'Analytics' }).click();
	await locateOfflineNotice(page).waitFor();
	await page.context().setOffline(false);
	await page.getByRole('heading', { name: 'Analytics' }).waitFor();
	await page.goBack();
	await locateRow(page, 'session_unread').click();
	await chat.getByText('Never opened').waitFor();
});

it('offline on a phone, the link from a chat back to the list still works', async () => {
	await createChat('session_first', 'Read on the way');
	await createChat('session_second', 'Not read yet');
	const phone = await team.open(
		'/inbox',
		PHONE,
		ADMIN.email,
		/ERR_INTERNET_DISCONNECTED|Failed to fetch/,
	);
	await locateRow(phone, 'session_first').click();
	const chat = phone.getByRole('region', { name: /^Conversation with/ });
	await chat.getByText('Read on the way').waitFor();
	await phone.context().setOffline(true);
	await phone.getByRole('link', { name: 'Back to inbox' }).click();
	await locateRow(phone, 'session_second').click();
	await locateOfflineNotice(phone).waitFor();
	await phone.screenshot({ path: `${SCREENSHOTS}/inbox-offline-phone.png` });
	await phone.getByRole('link', { name: 'Back to inbox' }).click();
	await locateRow(phone, 'session_first').click();
	await chat.getByText('Read on the way').waitFor();
	await phone.context().setOffline(false);
	await phone.waitForURL((url) => url.pathname === '/inbox/session_first');
});
