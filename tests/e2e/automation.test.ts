import { mkdir } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { useTeamServer } from '../support/team-server.ts';

const SHOTS = 'test-results/screens';
const NARROW = { ...PHONE, viewport: { width: 360, height: 740 } };
const team = useTeamServer(useBrowser());

const report = (message: string, workflow = 'Lead intake') =>
	team.call('POST', '/api/errors', {
		workflow,
		node: 'Upsert',
		message,
		stack: 'NodeApiError: at Upsert (line 6)',
		execution_id: 231,
		execution_url: 'https://n8n.example.com/executions/231',
		session_id: 'session_maya',
	});

beforeAll(async () => {
	await mkdir(SHOTS, { recursive: true });
	await team.call('POST', '/api/webhook-endpoints', {
		site: 'default',
		url: 'http://127.0.0.1:9/leads',
		events: ['lead.completed'],
	});
	await team.call('POST', '/api/embed-chat/send-message', { message: 'We need a roof' });
	await team.call('POST', '/api/sessions/session_maya/messages', [
		{ sender: 'visitor', message: 'I am Maya, maya@example.com' },
		{ sender: 'ai', message: 'Thank you! We will be in touch within 24 hours.' },
	]);
});

it('shows errors as they come, with their failures, and their end to everybody', async () => {
	const [page, other] = [await team.open('/automation'), await team.open('/automation')];
	await page.getByText('No open errors').waitFor();
	await report('row 7 is bad');
	await report('row 812 is bad');
	const list = page.getByRole('list', { name: 'Errors' });
	await list.getByText('2×').waitFor();
	await list.getByRole('button', { name: /row 7 is bad/ }).click();
	expect(await page.getByRole('link', { name: 'Chat' }).first().getAttribute('href')).toBe(
		'/inbox/session_maya',
	);
	await page.getByRole('button', { name: 'Details' }).first().click();
	await page.getByText('at Upsert (line 6)').waitFor();
	await page.screenshot({ path: `${SHOTS}/automation-errors.png` });
	await other.getByText('row 7 is bad').waitFor();
	await page.getByRole('button', { name: 'Resolve' }).click();
	await other.getByText('No open errors').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await other.getByText('row 7 is bad').waitFor();
});

it('sends what has failed again after a question that says how many', async () => {
	const page = await team.open('/automation/deliveries');
	await page.getByRole('button', { name: /^Lead completed to/ }).waitFor();
	await team.query(`update deliveries set status = 'failed', next_attempt_at = null`);
	await page.reload({ waitUntil: 'networkidle' });
	await page.getByRole('button', { name: /^Lead completed to/ }).click();
	await page.getByText('Attempt 1').waitFor();
	const attempts = () => page.getByText(/^Attempt \d+$/).count();
	const before = await attempts();
	await page.screenshot({ path: `${SHOTS}/automation-deliveries.png` });
	await page.getByRole('button', { name: 'Resend all failed' }).click();
	await page.getByRole('heading', { name: 'Resend 1 delivery?' }).waitFor();
	await page.getByRole('button', { name: 'Resend', exact: true }).last().click();
	await page.getByText('1 delivery queued to be sent again').waitFor();
	await page.getByText(`Attempt ${before + 1}`).waitFor();
	expect(await attempts()).toBeGreaterThan(before);
});

it.each([
	['light', { ...DESKTOP, colorScheme: 'light' as const }],
	['dark', { ...DESKTOP, colorScheme: 'dark' as const }],
	['narrow', NARROW],
])('every tab stands in its place, %s', async (look, options) => {
	const page = await team.open('/automation', options);
	for (const tab of ['', '/deliveries', '/turns']) {
		await page.goto(new URL(`/automation${tab}`, page.url()).href, { waitUntil: 'networkidle' });
		await page
			.getByRole('region', { name: 'AI turns' })
			.or(page.getByRole('list', { name: /Errors|Deliveries/ }))
			.first()
			.waitFor();
		const overflow = await page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
		);
		expect(overflow).toBe(0);
		expect(await seriousFaults(page)).toEqual([]);
		await page.screenshot({ path: `${SHOTS}/automation${tab.replace('/', '-')}-${look}.png` });
	}
});
