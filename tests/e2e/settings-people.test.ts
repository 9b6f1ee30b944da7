// @module-tag thorough
import { globSync, readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { ADMIN, signInAt } from '../support/server-api.ts';

const SECTIONS = [
	'users',
	'api-keys',
	'mail',
	'messenger',
	'audit-log',
	'notifications',
	'profile',
];

const browser = useBrowser();
const server = useBuiltServer();

const open = (path: string, options?: BrowserContextOptions): Promise<Page> =>
	browser.openSignedIn(server.url + path, options);

it('an invited agent joins, and is signed out immediately when an admin disables them', async () => {
	const admin = await open('/settings/users');
	await admin.getByRole('button', { name: 'Invite' }).click();
	await admin.getByLabel('Email').fill('grace@example.com');
	await admin.getByRole('dialog').getByRole('button', { name: 'Create invitation link' }).click();
	const link = await admin.getByRole('textbox', { name: 'Invitation link' }).inputValue();
	await admin.getByRole('button', { name: 'Done', exact: true }).click();

	const agent = await browser.open(link);
	await agent.getByLabel('Name').fill('Grace Hopper');
	await agent.getByLabel('Password').fill('mandarin orbit 8');
	await agent.getByRole('button', { name: 'Join' }).click();
	await agent.waitForURL((url) => !url.pathname.startsWith('/invite'));
	await gotoDashboard(agent, `${server.url}/settings`);
	const settingsNavigation = agent.getByRole('main').getByRole('navigation', { name: 'Settings' });
	await expect.poll(() => settingsNavigation.getByRole('link').count()).toBe(3);

	await admin.getByRole('button', { name: 'Actions for Grace Hopper' }).click();
	await admin.getByRole('menuitem', { name: 'Disable' }).click();
	await admin.getByLabel('Type “Grace Hopper” to confirm').fill('Grace Hopper');
	await admin.getByRole('button', { name: 'Disable', exact: true }).click();
	await admin.getByText('Disabled', { exact: true }).waitFor();
	await agent.waitForURL('**/login?**');
});

/** A valid body for every form on a page for admins. */
const ADMIN_FORMS: Record<string, string> = {
	'/settings/messenger?/check': '',
	'/settings/messenger?/connect': 'page_id=1&token=EAAB',
	'/settings/messenger?/site': 'page_id=1&site=default',
	'/settings/users?/allow_password': '',
	'/settings/users?/require_two_factor': '',
};
const AGENTS_SETTINGS = new Set([
	'/settings',
	'/settings/profile',
	'/settings/notifications',
	'/settings/canned-replies',
]);

it('agents can open and submit only their own settings', async () => {
	const email = 'mary@example.com';
	const invitation = { email, role: 'agent' };
	const { link } = await server.call<{ link: string }>('POST', 'invitations', invitation);
	const password = 'grapefruit orbit 9';
	const token = link.split('/').at(-1) ?? '';
	await fetch(link, {
		method: 'POST',
		headers: { origin: server.url },
		body: new URLSearchParams({ token, name: 'Mary Shelley', password }),
		redirect: 'manual',
	});
	const cookie = await signInAt(server.url, { email, password });
	const request = async (path: string, body?: string) => {
		const response = await fetch(server.url + path, {
			...(body !== undefined && { method: 'POST', body: new URLSearchParams(body) }),
			headers: { cookie, origin: server.url, accept: 'text/html' },
		});
		return [path, response.status];
	};

	const folder = 'src/routes/(dashboard)';
	const toPath = (file: string) =>
		file.slice(folder.length, file.lastIndexOf('/')).replace('[key]', 'default') || '/';
	const pages = globSync(`${folder}/**/{+page.svelte,+server.ts}`)
		.map(toPath)
		.filter((path) => !path.includes('['));
	expect(pages.length).toBeGreaterThan(25);
	for (const path of pages) {
		const isForAdmins = path.startsWith('/settings') && !AGENTS_SETTINGS.has(path);
		expect(await request(path)).toEqual([path, isForAdmins ? 403 : 200]);
	}

	const forms = globSync(`${folder}/settings/**/+page.server.ts`).flatMap((file) => {
		const [, actions = ''] = readFileSync(file, 'utf8').split('export const actions');
		const names = [...actions.matchAll(/^\t(\w+): (?:async )?\(/gm)].map(([, name]) => name);
		return names.map((name) => `${toPath(file)}?/${name}`);
	});
	const adminForms = forms.filter((form) => !AGENTS_SETTINGS.has(form.split('?')[0] ?? ''));
	expect(adminForms.sort()).toEqual(Object.keys(ADMIN_FORMS).sort());
	for (const [form, body] of Object.entries(ADMIN_FORMS)) {
		expect(await request(form, body)).toEqual([form, 403]);
	}
	const shared = 'title=Hours&text=Until+six&is_shared=on';
	expect(await request('/settings/canned-replies', shared)).toEqual([
		'/settings/canned-replies',
		403,
	]);
});

it('signing in and requesting a new password work without JavaScript', async () => {
	const withoutScript = { ...DESKTOP, javaScriptEnabled: false };
	const page = await browser.open(`${server.url}/login`, withoutScript, /status of 401/);
	await page.fill('input[name=email]', ADMIN.email);
	await page.fill('input[name=password]', 'not the password');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('alert').waitFor();
	await expect.poll(() => page.inputValue('input[name=email]')).toBe(ADMIN.email);
	await page.fill('input[name=password]', ADMIN.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('heading', { name: 'Overview' }).waitFor();
	await page.goto(`${server.url}/forgot-password`);
	await page.fill('input[name=email]', ADMIN.email);
	await page.getByRole('main').getByRole('button').click();
	await page.getByText(/link/).first().waitFor();
});

it('shows an API key once, and revokes it after a confirmation', async () => {
	const page = await open('/settings/api-keys');
	await page.getByRole('button', { name: 'New API key' }).click();
	await page.getByRole('button', { name: 'Create key' }).click();
	await page.getByText('Choose at least one scope.').waitFor();
	await page.getByLabel('Name').fill('n8n chat agent');
	await page.getByRole('checkbox', { name: 'sessions:read' }).click();
	await page.getByRole('button', { name: 'Create key' }).click();
	await expect.poll(() => page.getByLabel('API key', { exact: true }).inputValue()).toMatch(/^fd_/);
	await page.getByRole('button', { name: 'Done', exact: true }).click();
	await page.getByRole('button', { name: 'Revoke n8n chat agent' }).click();
	await page.getByLabel('Type “n8n chat agent” to confirm').fill('n8n chat agent');
	await page.getByRole('button', { name: 'Revoke key' }).click();
	await page.getByRole('list', { name: 'Revoked API keys' }).waitFor();
});

it('asks before it discards unsaved input in a dialog or the profile', async () => {
	const page = await open('/settings/canned-replies');
	await page.getByRole('button', { name: 'New canned reply' }).first().click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Add reply' }).click();
	await dialog.getByText('Fill this in.').first().waitFor();
	const title = dialog.getByLabel('Title');
	await expect.poll(() => title.evaluate((node) => node === document.activeElement)).toBe(true);
	await title.fill('Opening hours');
	await page.mouse.click(5, 5);
	await page.keyboard.press('Escape');
	await dialog.getByText('Close without saving?').waitFor();
	await dialog.getByRole('button', { name: 'Keep editing' }).click();
	await expect.poll(() => title.inputValue()).toBe('Opening hours');
	await title.press('Escape');
	await dialog.getByRole('button', { name: 'Discard' }).click();
	await dialog.waitFor({ state: 'detached' });

	await gotoDashboard(page, `${server.url}/settings/profile`);
	await page.getByLabel('Name').fill('Ada King');
	await page.getByRole('link', { name: 'Team', exact: true }).click();
	const question = page.getByRole('dialog', { name: 'Leave without saving?' });
	await question.getByRole('button', { name: 'Cancel' }).click();
	await question.waitFor({ state: 'detached' });
	await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('Ada King');
	await page.getByRole('link', { name: 'Team', exact: true }).click();
	await question.getByRole('button', { name: 'Leave page' }).click();
	await page.waitForURL('**/settings/users');
});

it('shows queued mail in the outbox, in a sandboxed frame', async () => {
	const page = await open('/settings/mail');
	await page.getByRole('button', { name: 'Send test email' }).click();
	await page.getByRole('button', { name: /Test email from Frontdesk/ }).click();
	await page.frameLocator('iframe').getByText('Email works').waitFor();
	await page.screenshot({ path: `${SCREENSHOTS}/settings-mail-open.png` });
	await expect.poll(() => page.locator('iframe').getAttribute('sandbox')).toBe('');
});

it('lists audit entries by day, links their targets, and filters them by period', async () => {
	const page = await open('/settings/audit-log');
	await page
		.getByRole('list', { name: 'Audit log, Today' })
		.getByText('signed in')
		.first()
		.waitFor();
	await server.call('POST', 'sites', { key: 'roofing', name: 'Hartmann Roofing' });
	const site = page.getByRole('main').getByRole('link', { name: 'Hartmann Roofing' }).first();
	await expect.poll(() => site.getAttribute('href')).toBe('/settings/sites/roofing');
	await page.getByLabel('Period').selectOption('Last 7 days');
	await page.waitForURL('**from=**');
	await expect.poll(() => page.getByLabel('Period').inputValue()).toBe('7');
	await page.getByLabel('Action').selectOption('Resolved an error');
	await page.getByText('No entries match these filters').waitFor();
	await page.getByRole('button', { name: 'Clear filters' }).click();
	await site.waitFor();
	await expect.poll(() => page.getByLabel('Period').inputValue()).toBe('');

	await page.getByLabel('Period').selectOption('Custom period');
	await page.getByLabel('From').waitFor();
	await page.getByRole('link', { name: 'Audit log', exact: true }).click();
	await expect.poll(() => page.getByLabel('Period').inputValue()).toBe('');
	await gotoDashboard(page, `${server.url}/settings/audit-log?from=1796040000`);
	await expect.poll(() => page.getByLabel('Period').inputValue()).toBe('custom');
	await expect.poll(() => page.getByLabel('From').inputValue()).toBe('2026-11-30');
});

it("shows times in the profile's time zone, or in the browser's if none is set", async () => {
	const page = await open('/settings/profile', { ...DESKTOP, timezoneId: 'Asia/Tokyo' });
	const expectTimesIn = async (timeZone: string) => {
		await gotoDashboard(page, `${server.url}/settings/audit-log`);
		const time = page.getByRole('main').locator('time[title]').first();
		const format = new Intl.DateTimeFormat('en-US', {
			dateStyle: 'full',
			timeStyle: 'medium',
			timeZone,
		});
		await vi.waitFor(async () => {
			const [title, isoTime = ''] = await time.evaluate((node) => [
				(node as HTMLTimeElement).title,
				(node as HTMLTimeElement).dateTime,
			]);
			expect(title).toBe(format.format(new Date(isoTime)));
		});
		await page.getByLabel('Period').selectOption('Custom period');
		await page.getByLabel('From').fill('2026-07-01');
		await page.waitForURL('**from=**');
		return new URL(page.url()).searchParams.get('from');
	};
	expect(await expectTimesIn('Asia/Tokyo')).toBe('2026-06-30T15:00:00.000Z');
	await gotoDashboard(page, `${server.url}/settings/profile`);
	await page.getByLabel('Time zone').selectOption('America/Los_Angeles');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Profile saved').waitFor();
	expect(await expectTimesIn('America/Los_Angeles')).toBe('2026-07-01T07:00:00.000Z');
});

it('signs out other browsers after a confirmation', async () => {
	const page = await open('/settings/profile');
	const other = await browser.openSignedIn(server.url, DESKTOP, ADMIN, undefined, true);
	const link = page.getByRole('main').getByRole('link', { name: /Change your email/ });
	await expect.poll(() => link.getAttribute('href')).toBe('/settings/users');
	await page.getByRole('button', { name: 'Sign out other browsers' }).click();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await other.goto(`${server.url}/leads`);
	await other.getByRole('heading', { name: 'Leads' }).waitFor();
	await page.getByRole('button', { name: 'Sign out other browsers' }).click();
	await page.getByLabel('Type “sign out” to confirm').fill('sign out');
	await page.getByRole('dialog').getByRole('button', { name: 'Sign out other browsers' }).click();
	await page.getByText('Signed out of all other browsers').waitFor();
	await other.waitForURL('**/login?**');
});

it('every section is accessible in light and dark mode, on desktop and phone', async () => {
	const page = await open('/settings');
	for (const section of SECTIONS) {
		await gotoDashboard(page, `${server.url}/settings/${section}`);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await expectAccessibleInEveryTheme(page, `settings-${section}`);
	}
});
