// @module-tag thorough
import { expect, it, vi } from 'vitest';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { PHONE, PHONE_DARK, useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser();
const standIn = useStandIn();
const server = useDashboard(browser, () => ({
	AI_WEBHOOK_URL: standIn().ai.url('not-registered'),
	LEAD_WEBHOOK_URL: standIn().webhooks.url('lead'),
}));

it('a visitor completes a chat although the workflow is down, and the team sees who answers', async () => {
	const visitor = await browser.open(`${server.url}/embed/default`, PHONE);
	const log = visitor.getByRole('log');
	const replies = log.locator('.ai');
	const sendMessage = async (text: string, answer: RegExp) => {
		const before = await replies.count();
		await visitor.getByRole('textbox').fill(text);
		await visitor.getByRole('textbox').press('Enter');
		// Looks only at the new reply, because an earlier one may contain the same word.
		await replies.nth(before).getByText(answer).waitFor();
	};
	await log.getByText(/Sorry, I cannot answer right now/).waitFor();
	await sendMessage('We need a new roof', /When would you like to start/);
	const { items } = await server.call<{ items: { session_id: string }[] }>('GET', 'sessions');
	const inbox = await server.open(`/inbox/${items[0]?.session_id}`);
	await inbox.getByText('The built-in AI is answering, because the site’s AI failed.').waitFor();
	await inbox.getByText('AI failed', { exact: true }).first().waitFor();
	await inbox.getByText(/switched to the built-in AI, since the site’s AI failed/).waitFor();
	expect(await server.call('GET', 'sessions?attention=rescued')).toMatchObject({
		items: [{ is_rescued: true }],
	});
	const overview = await server.open('/', PHONE_DARK);
	const overviewNotice = overview.getByRole('link', { name: '1 chat where the AI failed' });
	await overviewNotice.waitFor();
	await overview.getByText('AI failed', { exact: true }).first().waitFor();
	await expectAccessibleInEveryTheme(overview);
	await overview.screenshot({ path: `${SCREENSHOTS}/rescue-overview-phone.png` });
	const lead = await server.open(`/leads/${items[0]?.session_id}`, PHONE_DARK);
	await lead.getByText('AI failed', { exact: true }).first().waitFor();
	const phone = await server.open(`/inbox/${items[0]?.session_id}`, PHONE_DARK);
	await phone.getByText('AI failed', { exact: true }).filter({ visible: true }).first().waitFor();
	await phone.screenshot({ path: `${SCREENSHOTS}/rescue-chat-phone-dark.png` });
	await sendMessage('As soon as possible', /name/i);
	await sendMessage('Maya Hartmann', /email/i);
	await sendMessage('maya@hartmann.example', /phone/i);
	await sendMessage('skip', /within 24 hours/);
	await visitor.screenshot({ path: `${SCREENSHOTS}/rescue-widget.png` });
	await inbox.screenshot({ path: `${SCREENSHOTS}/rescue-chat.png` });
	// The visitor was told once that the AI cannot answer.
	await expect.poll(() => log.getByText(/cannot answer/).count()).toBe(1);
	await overviewNotice.waitFor({ state: 'detached' });
	await lead.getByText('Completed', { exact: true }).first().waitFor();

	const delivery = await vi.waitFor(() => {
		const [request] = standIn().webhooks.recorder('lead').requests;
		if (!request) throw new Error('the lead has not arrived');
		return request.json() as { data: object };
	});
	expect(delivery).toMatchObject({
		type: 'lead.completed',
		data: {
			rescued: true,
			lead: {
				name: 'Maya Hartmann',
				email: 'maya@hartmann.example',
				answers: { project: 'We need a new roof', timeline: 'As soon as possible' },
			},
		},
	});
});

it('the team sees live when a workflow goes down, and when it works again', async () => {
	const overview = await server.open('/', PHONE_DARK);
	const overviewNotice = overview
		.getByRole('status')
		.filter({ hasText: /AI down on Default since/ });
	await expect.poll(() => overviewNotice.count()).toBe(0);
	for (let chats = 0; chats < 5; chats += 1) {
		const response = await fetch(`${server.url}/api/embed-chat/send-message`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ site: 'default', message: 'Hello' }),
		});
		expect(response.status).toBe(200);
	}
	await overviewNotice.waitFor();
	await expectAccessibleInEveryTheme(overview);
	await overview.screenshot({ path: `${SCREENSHOTS}/ai-down-overview-phone.png` });
	await overview.getByRole('link', { name: 'Failed answers on Default' }).click();
	await overview.waitForURL('**/automation/turns?site=default&failed=true');
	await overview.goBack();
	await overviewNotice.waitFor();
	expect(await server.call('GET', 'stats/overview')).toMatchObject({
		failing_sites: [{ site: 'default', ai_down_since: expect.any(String) as string }],
	});
	const page = await server.open('/automation/turns');
	const down = page.getByText(/Down since .+\. The built-in AI answers\./);
	await down.waitFor();
	await expectAccessibleInEveryTheme(page);
	await page.screenshot({ path: `${SCREENSHOTS}/rescue-automation.png` });

	standIn().ai.next('object', 'object');
	await server.query(`update sites set ai_probed_at = now() - interval '2 min'`);
	await overviewNotice.waitFor({ state: 'detached' });
	await down.waitFor({ state: 'detached' });
});
