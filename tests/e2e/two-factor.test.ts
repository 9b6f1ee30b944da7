// @module-tag thorough
import { generateHOTP } from 'oslo/otp';
import { base32 } from 'oslo/encoding';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, PHONE, useBrowser } from '../support/browser.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { ADMIN } from '../support/server-api.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';

const browser = useBrowser();
const team = useDashboard(browser);

const createCode = (secret: string, steps = 0) =>
	generateHOTP(base32.decode(secret, { strict: false }), Math.floor(Date.now() / 30_000) + steps);

const expireConfirmations = () =>
	team.query(`update auth_sessions set confirmed_at = now() - interval '1 hour'`);
/** Takes a screenshot in light and in dark mode. */
const takeScreenshots = async (page: Page, name: string) => {
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}.png` });
	}
};

it('asks for the password before users, keys and exports unless the sign-in is recent', async () => {
	// Requests without a recent sign-in are refused with 403, which the browser logs.
	const page = await team.open('/leads', DESKTOP, ADMIN.email, /403/);
	await expireConfirmations();
	const encoded = await page.request.get(new URL('/settings/%75sers', page.url()).href, {
		maxRedirects: 0,
	});
	expect(encoded.headers()['location']).toMatch(/^\/confirm\?/);
	await page.goto(new URL('/settings/users', page.url()).href);
	await page.waitForURL('**/confirm?redirect_to=%2Fsettings%2Fusers');
	await expectAccessible(page);
	await takeScreenshots(page, 'confirm');
	await page.getByLabel('Password').fill('wrong');
	await page.getByRole('button', { name: 'Confirm' }).click();
	await page.getByText('The password is incorrect.').waitFor();
	await page.getByLabel('Password').fill(ADMIN.password);
	// The page loads once when it opens, and again when its socket connects.
	let loads = 0;
	page.on('response', (response) => {
		if (response.url().includes('/settings/users/__data.json')) loads += 1;
	});
	await page.getByRole('button', { name: 'Confirm' }).click();
	await page.waitForURL('**/settings/users');
	await expect.poll(() => loads).toBeGreaterThanOrEqual(2);
	await takeScreenshots(page, 'users-security');

	// The sign-in was recent when the page opened, but no longer is.
	await expireConfirmations();
	await page.getByRole('button', { name: 'Invite' }).click();
	await page.getByLabel('Email').fill('mary@example.com');
	await page.getByRole('dialog').getByRole('button', { name: 'Create invitation link' }).click();
	const dialog = page.getByRole('dialog', { name: 'Confirm it’s you' });
	await dialog.getByLabel('Password').fill('wrong');
	await dialog.getByRole('button', { name: 'Confirm' }).click();
	await dialog.getByText('The password is incorrect.').waitFor();
	await takeScreenshots(page, 'confirm-dialog');
	await dialog.getByLabel('Password').fill(ADMIN.password);
	await dialog.getByRole('button', { name: 'Confirm' }).click();
	await page.getByRole('textbox', { name: 'Invitation link' }).waitFor();

	await expireConfirmations();
	const { status, type } = await page.evaluate(async () => {
		const response = await fetch('/api/leads.csv');
		return { status: response.status, type: ((await response.json()) as { type: string }).type };
	});
	expect([status, type]).toEqual([403, 'urn:frontdesk:problem:confirmation_required']);
});

it('sets up two-factor authentication, asks for a code at sign-in and can require it of everyone, without JavaScript', async () => {
	// Confirming the password has replaced the cookie of this file's auth session.
	const url = `${team.url}/settings/profile`;
	const page = await browser.openSignedIn(url, DESKTOP, ADMIN, undefined, true);
	await team.query('update auth_sessions set confirmed_at = now()');
	await page.getByRole('link', { name: 'Set up two-factor authentication' }).click();
	await page.getByRole('img', { name: /QR code/ }).waitFor();
	const secret = await page.getByRole('textbox', { name: 'Setup key' }).inputValue();
	await expectAccessible(page);
	await takeScreenshots(page, 'two-factor-setup');
	await page.getByLabel('Code from the app').fill('000000');
	await page.getByRole('button', { name: 'Turn on' }).click();
	await page.getByText(/That code is incorrect/).waitFor();
	await page.getByLabel('Code from the app').fill(await createCode(secret));
	await page.getByRole('button', { name: 'Turn on' }).click();
	const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
	await codes.first().waitFor();
	await expect.poll(() => codes.count()).toBe(10);
	await takeScreenshots(page, 'two-factor-codes');
	const [recovery = ''] = await codes.allInnerTexts();
	await page.getByRole('link', { name: 'I’ve saved them' }).click();
	await page.getByText('10 recovery codes left').waitFor();
	await takeScreenshots(page, 'profile-two-factor');
	await page.getByRole('button', { name: 'Create new recovery codes' }).click();
	const question = page.getByRole('dialog');
	await question.getByRole('button', { name: 'Cancel' }).click();
	await question.waitFor({ state: 'detached' });
	await gotoDashboard(page, `${team.url}/settings/users`);
	await page.getByRole('button', { name: 'Require two-factor authentication' }).click();
	await page.getByText('Required', { exact: true }).waitFor();
	await takeScreenshots(page, 'users-required');

	const phone = await browser.open(`${new URL(page.url()).origin}/login?redirect_to=%2Fleads`, {
		...PHONE,
		javaScriptEnabled: false,
	});
	await phone.fill('input[name=email]', ADMIN.email);
	await phone.fill('input[name=password]', ADMIN.password);
	await phone.getByRole('button', { name: 'Sign in' }).click();
	await phone.waitForURL('**/login/code?redirect_to=%2Fleads');
	await takeScreenshots(phone, 'sign-in-code-phone');
	await phone.getByLabel('Code').fill(recovery);
	await phone.getByRole('button', { name: 'Sign in' }).click();
	await phone.waitForURL('**/leads');

	// A user without a second factor is redirected to its setup from every page.
	const origin = new URL(page.url()).origin;
	const agent = await browser.open(`${origin}/login`, { ...DESKTOP, javaScriptEnabled: false });
	await agent.fill('input[name=email]', COLLEAGUE.email);
	await agent.fill('input[name=password]', ADMIN.password);
	await agent.getByRole('button', { name: 'Sign in' }).click();
	await agent.waitForURL('**/two-factor');
	await agent.goto(`${origin}/inbox`);
	await agent.waitForURL('**/two-factor');
	const refused = await agent.request.get(`${origin}/api/sessions`);
	expect(refused.status()).toBe(403);
	const key = await agent.getByRole('textbox', { name: 'Setup key' }).inputValue();
	await agent.getByLabel('Code from the app').fill(await createCode(key));
	await agent.getByRole('button', { name: 'Turn on' }).click();
	await agent.getByRole('link', { name: 'I’ve saved them' }).click();
	await agent.waitForURL(`${origin}/`);
});
