import { expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { DESKTOP, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';

const SHOTS = 'test-results/screens';
const team = useDashboard(useBrowser());

async function makeLead(id: string, fields: Record<string, string>, isComplete = true) {
	const last = isComplete ? 'We will be in touch within 24 hours.' : 'And your phone number?';
	await team.call('POST', `sessions/session_${id}/messages`, [
		{ sender: 'ai', message: 'Hello' },
		{ sender: 'visitor', message: 'Hi' },
	]);
	await team.call('PUT', `sessions/session_${id}/lead`, fields);
	await team.call('POST', `sessions/session_${id}/messages`, { sender: 'ai', message: last });
}

it('groups leads by person, shows when a reply is due, and undoes marking a lead as contacted', async () => {
	const page = await team.open('/leads');
	await page.getByText('No leads yet').waitFor();
	await page.screenshot({ path: `${SHOTS}/leads-empty.png` });
	await makeLead('maya1', { name: 'Maya', phone: '+49 170 1234567' });
	await makeLead('maya2', {
		name: 'Maya Hartmann',
		phone: '0049 170 123 45 67',
		email: 'm@example.com',
	});
	await makeLead('tom', { name: 'Tomas' }, false);
	await page.getByRole('link', { name: 'Tomas' }).waitFor();
	await page.getByRole('button', { name: '2 chats' }).click();
	await page.getByRole('link', { name: 'Maya', exact: true }).waitFor();
	await page.getByText('Due in 23 h').first().waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SHOTS}/leads.png` });

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
	await page.screenshot({ path: `${SHOTS}/lead.png` });
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
	await page.screenshot({ path: `${SHOTS}/lead-erase.png` });
	await dialog.getByRole('textbox').fill('erase');
	await dialog.getByRole('button', { name: 'Erase visitor' }).click();
	await page.getByText('Visitor and 2 chats erased').waitFor();
	await page.getByRole('link', { name: 'Tomas' }).waitFor();
	expect(await page.getByRole('link', { name: /Maya/ }).count()).toBe(0);
});

it('shows overdue leads, and is accessible on a dark phone', async () => {
	await makeLead('late', { name: 'Late Larry', email: 'larry@example.com' });
	await team.query(
		`update leads set promise_due_at = now() - interval '3 hours' where name = 'Late Larry'`,
	);
	const page = await team.open('/leads?overdue=true', {
		...DESKTOP,
		viewport: { width: 360, height: 740 },
		colorScheme: 'dark',
	});
	await page
		.getByRole('link', { name: /Late Larry/ })
		.getByText('3 h overdue')
		.waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SHOTS}/leads-phone-dark.png` });
	await page.getByRole('link', { name: /Late Larry/ }).click();
	await page.getByRole('heading', { name: 'Late Larry' }).waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SHOTS}/lead-phone-dark.png` });
});
