import { expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';

const team = useDashboard(useBrowser());

async function createLead(id: string, fields: Record<string, string>, isComplete = true) {
	const last = isComplete ? 'We will be in touch within 24 hours.' : 'And your phone number?';
	await team.call('POST', `sessions/session_${id}/messages`, [
		{ sender: 'ai', message: 'Hello' },
		{ sender: 'visitor', message: 'Hi' },
	]);
	await team.call('PUT', `sessions/session_${id}/lead`, fields);
	await team.call('POST', `sessions/session_${id}/messages`, { sender: 'ai', message: last });
}

it('a new installation’s analytics lead to the demo page', async () => {
	const page = await team.open('/analytics');
	await page.getByText('No chats yet').waitFor();
	await expectAccessible(page);
	const link = page.getByRole('main').getByRole('link', { name: 'Open demo page' });
	expect(await link.getAttribute('href')).toBe('/demo');
});

it('groups leads by person, shows when a reply is due, and undoes marking a lead as contacted', async () => {
	const page = await team.open('/leads');
	await page.getByText('No leads yet').waitFor();
	await page.screenshot({ path: `${SCREENSHOTS}/leads-empty.png` });
	await page.getByRole('link', { name: /^All/ }).click();
	await page.waitForURL(/tab=all/);
	await createLead('maya1', { name: 'Maya', phone: '+49 170 1234567' });
	await createLead('maya2', {
		name: 'Maya Hartmann',
		phone: '0049 170 123 45 67',
		email: 'm@example.com',
	});
	await createLead('tom', { name: 'Tomas', email: 'tom@example.com' }, false);
	await page.getByRole('link', { name: 'Tomas' }).waitFor();
	await page.getByRole('button', { name: '2 chats' }).click();
	await page.getByRole('link', { name: 'Maya', exact: true }).waitFor();
	await page.getByText('Due in 23 hours').first().waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/leads.png` });

	await page.getByRole('button', { name: 'Score' }).click();
	await page.waitForURL(/sort=score/);
	await page.getByRole('combobox', { name: 'Status' }).selectOption('in_progress');
	await page.waitForURL(/completion_status=in_progress/);
	await page.getByRole('link', { name: 'Maya Hartmann' }).waitFor({ state: 'detached' });
	const href = (await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')) ?? '';
	expect(await page.evaluate(`fetch(${JSON.stringify(href)}).then((r) => r.text())`)).toMatch(
		/^session_id,[^]*session_tom,Tomas,[^]*$/,
	);
	await page.getByRole('link', { name: 'Clear' }).click();

	await page.getByRole('link', { name: 'Maya Hartmann' }).click();
	await page.getByRole('heading', { name: 'Maya Hartmann' }).waitFor();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Mark as contacted' }).click();
	await page.getByText('Marked Maya Hartmann as contacted').waitFor();
	await page.screenshot({ path: `${SCREENSHOTS}/lead.png` });
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByRole('button', { name: 'Mark as contacted' }).waitFor();

	await page.getByRole('button', { name: 'More', exact: true }).click();
	const file = page.waitForEvent('download');
	await page.getByRole('menuitem', { name: 'Download visitor data' }).click();
	expect((await file).suggestedFilename()).toBe('visitor-session_maya2.json');
	await page.getByRole('button', { name: 'More', exact: true }).click();
	await page.getByRole('menuitem', { name: 'Erase visitor' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByText('2 chats with the same').waitFor();
	await page.screenshot({ path: `${SCREENSHOTS}/lead-erase.png` });
	await dialog.getByRole('textbox').fill('erase');
	await dialog.getByRole('button', { name: 'Erase visitor' }).click();
	await page.getByText('Visitor and 2 chats erased').waitFor();
	await page.getByRole('link', { name: 'Tomas' }).waitFor();
	await expect.poll(() => page.getByRole('link', { name: /Maya/ }).count()).toBe(0);
});

it('lists replies by urgency, with contact details to use, until they are marked as contacted', async () => {
	const createDueLead = async (id: string, fields: Record<string, string>, due: string) => {
		await createLead(id, fields);
		await team.query(`update leads set promise_due_at = now() + interval '${due}'
			where chat_session_id = (select id from chat_sessions where public_id = 'session_${id}')`);
	};
	await createDueLead('ines', { name: 'Ines', email: 'ines@example.com' }, '9 hours');
	await createDueLead('olga', { name: 'Olga', phone: '+49 30 5550199' }, '-2 hours');
	await createDueLead('kofi', { name: 'Kofi', email: 'kofi@example.com' }, '5 hours');
	await createDueLead('aged', { name: 'Agnes', email: 'agnes@example.com' }, '-40 days');
	await createDueLead('mute', { name: 'Mute visitor' }, '-3 hours');
	await createLead('shy', { name: 'Shy visitor' }, false);
	const page = await team.open('/leads?q=', DESKTOP);
	const tabs = page.getByRole('navigation', { name: 'Follow-up' });
	const listNames = () =>
		page.getByRole('table').locator('tbody tr td:first-child a').allTextContents();
	await page.getByRole('row', { name: /Olga/ }).getByText('2 hours overdue').waitFor();
	const listed = await listNames();
	const createdNames = ['Ines', 'Olga', 'Kofi', 'Agnes', 'Mute visitor'];
	expect(listed.filter((name) => createdNames.includes(name))).toEqual([
		'Olga',
		'Kofi',
		'Ines',
		'Agnes',
	]);
	await page.getByRole('row', { name: /Agnes/ }).getByText('40 days overdue').waitFor();
	await tabs.getByRole('link', { name: `Needs reply ${listed.length}` }).waitFor();
	const olga = page.getByRole('row', { name: /Olga/ });
	await expect
		.poll(() => olga.getByRole('link', { name: '+49 30 5550199' }).getAttribute('href'))
		.toBe('tel:+49305550199');
	const kofi = page.getByRole('row', { name: /Kofi/ });
	await expect
		.poll(() => kofi.getByRole('link', { name: 'kofi@example.com' }).getAttribute('href'))
		.toBe('mailto:kofi@example.com');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await kofi.getByRole('button', { name: 'Copy email kofi@example.com' }).click();
	await page.getByRole('status').getByText('Copied').waitFor({ state: 'attached' });
	expect(await page.getByRole('table').locator('[aria-live], [role=status]').count()).toBe(0);
	await expect
		.poll(() => page.evaluate<string>('navigator.clipboard.readText()'))
		.toBe('kofi@example.com');
	for (const width of [1440, 1180, 1024]) {
		await page.setViewportSize({ width, height: 900 });
		const rightEdge = async () => {
			const created = await page.getByRole('columnheader', { name: 'Created' }).boundingBox();
			return (created?.x ?? width) + (created?.width ?? 0);
		};
		await expect.poll(rightEdge).toBeLessThanOrEqual(width);
		await kofi.getByText('Default').waitFor();
	}
	await page.setViewportSize({ width: 1440, height: 900 });
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/leads-queue.png` });

	await olga.getByRole('button', { name: 'Mark as contacted' }).click();
	await olga.waitFor({ state: 'detached' });
	await page.getByRole('checkbox', { name: 'Select Ines' }).click();
	await page.getByRole('checkbox', { name: 'Select Kofi' }).click();
	await page.getByRole('toolbar').getByRole('button', { name: 'Mark as contacted' }).click();
	await page.getByText('Marked 2 leads as contacted').waitFor();
	await kofi.waitFor({ state: 'detached' });
	await tabs.getByRole('link', { name: 'Contacted 3' }).click();
	await page.waitForURL(/tab=contacted/);
	await expect.poll(async () => (await listNames()).sort()).toEqual(['Ines', 'Kofi', 'Olga']);

	await tabs.getByRole('link', { name: /^All/ }).click();
	await page.waitForURL(/tab=all/);
	await page.getByRole('row', { name: /Olga/ }).waitFor();
	expect(await listNames()).not.toContain('Shy visitor');
	await page.getByRole('button', { name: 'No contact details 2' }).click();
	await page.waitForURL(/tab=without_contact/);
	await expect
		.poll(async () => (await listNames()).sort())
		.toEqual(['Mute visitor', 'Shy visitor']);
	await expectAccessible(page);
});

it('shows the beginning of a right-to-left name that is cut', async () => {
	await createLead('noor', {
		name: 'نور الدين بن عبد الرحمن بن محمد الهاشمي',
		email: 'n@example.com',
	});
	for (const [path, role] of [
		['/leads?tab=all', 'link'],
		['/leads/session_noor', 'heading'],
		['/inbox/session_noor', 'heading'],
	] as const) {
		const page = await team.open(path, PHONE);
		const name = page.getByRole(role, { name: 'نور الدين' }).first();
		await name.waitFor();
		// An ellipsis replaces the end of the text in its own direction.
		expect(
			await name.evaluate((element) => {
				const { direction, textAlign } = getComputedStyle(element);
				return [direction, textAlign];
			}),
		).toEqual(['rtl', 'left']);
		await page.close();
	}
});

it('shows overdue leads, and is accessible on a dark phone', { tags: 'thorough' }, async () => {
	await createLead('late', { name: 'Late Larry', email: 'larry@example.com' });
	await team.query(
		`update leads set promise_due_at = now() - interval '3 hours' where name = 'Late Larry'`,
	);
	const page = await team.open('/leads?tab=overdue', {
		...DESKTOP,
		viewport: { width: 360, height: 740 },
		colorScheme: 'dark',
	});
	const card = page.getByRole('listitem', { name: 'Late Larry' });
	await card.getByText('3 hours overdue').waitFor();
	const email = card.getByRole('link', { name: 'larry@example.com' });
	await expect.poll(async () => (await email.boundingBox())?.height).toBeGreaterThanOrEqual(40);
	await card.getByRole('button', { name: 'Mark as contacted' }).waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/leads-phone-dark.png` });
	await page.getByRole('link', { name: /Late Larry/ }).click();
	await page.getByRole('heading', { name: 'Late Larry' }).waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/lead-phone-dark.png` });
});
