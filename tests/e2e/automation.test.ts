// @module-tag thorough
import { beforeAll, expect, it, vi } from 'vitest';
import type { Delivery } from '#lib/contract/delivery.ts';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { gotoDashboard, PHONE, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';

const team = useDashboard(useBrowser());

const reportError = (message: string, workflow = 'Lead intake') =>
	team.call('POST', 'errors', {
		workflow,
		node: 'Upsert',
		message,
		stack: 'NodeApiError: at Upsert (line 6)',
		execution_id: 231,
		execution_url: 'https://n8n.example.com/executions/231',
		session_id: 'session_maya',
	});

beforeAll(async () => {
	await team.call('POST', 'webhook-endpoints', {
		site: 'default',
		url: 'http://127.0.0.1:9/leads',
		events: ['lead.completed'],
	});
	await team.call('POST', 'embed-chat/send-message', { message: 'We need a roof' });
	await team.call('POST', 'sessions/session_maya/messages', [
		{ sender: 'visitor', message: 'I am Maya, maya@example.com' },
		{ sender: 'ai', message: 'Thank you! We will be in touch within 24 hours.' },
	]);
});

it('shows new and resolved errors live to every user', async () => {
	const [page, other] = [await team.open('/automation'), await team.open('/automation')];
	await page.getByText('No open errors').waitFor();
	await reportError('row 7 is bad');
	await reportError('row 812 is bad');
	const list = page.getByRole('list', { name: 'Errors' });
	await list.getByText('2 times').waitFor();
	await list.getByRole('button', { name: /row 7 is bad/ }).click();
	await expect
		.poll(() => page.getByRole('link', { name: 'Chat' }).first().getAttribute('href'))
		.toBe('/inbox/session_maya');
	await page.getByRole('button', { name: 'Details' }).first().click();
	await page.getByText('at Upsert (line 6)').waitFor();
	await page.screenshot({ path: `${SCREENSHOTS}/automation-errors.png` });
	await other.getByText('row 7 is bad').waitFor();
	await page.getByRole('button', { name: 'Resolve' }).click();
	await other.getByText('No open errors').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await other.getByText('row 7 is bad').waitFor();
});

it('retries failed deliveries after a confirmation that states their number', async () => {
	const page = await team.open('/automation/deliveries');
	await page.getByRole('button', { name: /^Lead completed to/ }).waitFor();
	// While an attempt is in flight, its result would change the status again.
	const failDeliveries = `update deliveries set status = 'failed', next_attempt_at = null
		where claimed_until is null and id in (select delivery_id from delivery_attempts)`;
	await vi.waitFor(async () => {
		await team.query(failDeliveries);
		const { items } = await team.call<{ items: Delivery[] }>('GET', 'deliveries');
		expect(items).toMatchObject([{ status: 'failed' }]);
	});
	await gotoDashboard(page, page.url());
	await page.getByRole('button', { name: /^Lead completed to/ }).click();
	await page.getByText('Attempt 1').waitFor();
	const countAttempts = () => page.getByText(/^Attempt \d+$/).count();
	const before = await countAttempts();
	await page.screenshot({ path: `${SCREENSHOTS}/automation-deliveries.png` });
	await page.getByRole('button', { name: 'Resend all failed' }).click();
	await page.getByRole('heading', { name: 'Resend 1 delivery?' }).waitFor();
	await page.getByRole('button', { name: 'Resend', exact: true }).last().click();
	await page.getByText('1 delivery queued').waitFor();
	await page.getByText(`Attempt ${before + 1}`).waitFor();
	await expect.poll(countAttempts).toBeGreaterThan(before);
});

it('every tab is accessible in light and dark mode, on desktop and phone', async () => {
	const page = await team.open('/automation');
	for (const tab of ['', '/deliveries', '/turns']) {
		if (tab) await gotoDashboard(page, `${team.url}/automation${tab}`);
		await page
			.getByRole('region', { name: 'AI answers' })
			.or(page.getByRole('list', { name: /Errors|Deliveries/ }))
			.first()
			.waitFor();
		await expectAccessibleInEveryTheme(page, `automation${tab.replace('/', '-')}`);
	}
});

it('the chat and the checkbox of a delivery are large enough to touch on a phone', async () => {
	const page = await team.open('/automation/deliveries', PHONE);
	const chat = page.getByRole('link', { name: 'Open chat' });
	await expect.poll(async () => (await chat.boundingBox())?.height).toBeGreaterThanOrEqual(40);
	// 19 px from its center, beyond the box that is drawn.
	const checkbox = page.getByRole('checkbox', { name: /^Select / }).first();
	const { x, y, width, height } = (await checkbox.boundingBox()) ?? {
		x: 0,
		y: 0,
		width: 0,
		height: 0,
	};
	await page.touchscreen.tap(x + width / 2, y + height / 2 - 19);
	await expect.poll(() => checkbox.isChecked()).toBe(true);
});
