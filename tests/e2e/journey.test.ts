import { createHmac } from 'node:crypto';
import type { BrowserContextOptions, FrameLocator, Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { getChatFrame } from '../support/host-pages.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const browser = useBrowser();
const standIn = useStandIn();
const server = useBuiltServer(() => ({
	LEAD_WEBHOOK_URL: standIn().webhooks.url('lead'),
	LEAD_WEBHOOK_SECRET: SECRET,
}));
const openInbox = (options: BrowserContextOptions): Promise<Page> =>
	browser.openSignedIn(`${server.url}/inbox`, options);

const locateMessages = (chat: FrameLocator) => chat.getByRole('log');

/** Sends a message and waits for an answer that matches. */
async function sendMessage(chat: FrameLocator, text: string, answer: RegExp): Promise<void> {
	await chat.getByRole('textbox').fill(text);
	await chat.getByRole('textbox').press('Enter');
	await locateMessages(chat).getByText(answer).last().waitFor();
}

describe.each([
	['a desktop', DESKTOP, 'Maya Hartmann', 'maya@hartmann.example'],
	['a phone', PHONE, 'Tomás Rivera', 'tomas@rivera.example'],
] as const)('on %s', (device, options, name, email) => {
	it('a visitor completes a chat, the team sees it live, and the signed lead is delivered', async () => {
		const inbox = await openInbox(DESKTOP);
		const page = await browser.open(
			`${server.url}/demo?utm_source=google&utm_campaign=roof-spring`,
			options,
		);
		await page
			.getByRole('button', { name: /chat|touch/i })
			.first()
			.click();
		const chat = getChatFrame(page);
		await locateMessages(chat).getByText('What would you like help with?').waitFor();

		await inbox
			.getByRole('link', { name: /What would you like help with/ })
			.first()
			.click();
		await sendMessage(chat, 'We need a new roof', /When|start/);
		await inbox.getByText('We need a new roof').first().waitFor();
		await sendMessage(chat, 'As soon as possible', /name/i);

		await page.reload();
		// An open panel reopens by itself, except on phones, where it would cover the page.
		if (options === PHONE) {
			await page
				.getByRole('button', { name: /chat|touch/i })
				.first()
				.click();
		}
		await locateMessages(getChatFrame(page)).getByText('We need a new roof').waitFor();

		await sendMessage(getChatFrame(page), name, /e-?mail/i);
		await inbox
			.getByRole('link', { name: new RegExp(name) })
			.first()
			.waitFor();
		await inbox.getByText('As soon as possible').first().waitFor();
		await sendMessage(getChatFrame(page), email, /phone/i);
		await inbox.getByText(email).first().waitFor();
		await sendMessage(getChatFrame(page), 'skip', /within 24 hours/);
		await inbox.getByText('Completed', { exact: true }).first().waitFor();
		await page.screenshot({ path: `${SCREENSHOTS}/widget-${device.replace(' ', '-')}.png` });
		await inbox.screenshot({ path: `${SCREENSHOTS}/inbox-${device.replace(' ', '-')}.png` });

		const request = await vi.waitFor(() => {
			const found = standIn()
				.webhooks.recorder('lead')
				.requests.find(({ body }) => body.includes(email));
			if (!found) throw new Error('the lead has not arrived');
			return found;
		});
		const body = request.body.toString();
		const headers = Object.fromEntries(
			Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
		);
		expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({
			type: 'lead.completed',
			data: { lead: { name, email }, session: { completion_source: 'live' } },
		});
		const signature = createHmac('sha256', SECRET).update(request.body).digest('hex');
		expect(request.headers['x-frontdesk-signature']).toBe(`sha256=${signature}`);
		expect(JSON.parse(body)).toMatchObject({
			data: { session: { context: { utm_campaign: 'roof-spring' } } },
		});
	});
});

it.each(['/favicon.svg', '/socket.io/?EIO=4&transport=polling', '/login', '/api/nothing'])(
	'every response has a request id: %s',
	async (path) => {
		const { headers } = await fetch(`${server.url}${path}`);
		expect(headers.get('X-Request-Id')).toMatch(/^[\w-]{36}$/);
	},
);

it.each(['__proto__', 'constructor', 'nothing'])(
	'an unknown form action is 404: %s',
	async (name) => {
		const response = await fetch(`${server.url}/login?/${name}`, {
			method: 'POST',
			headers: { Origin: server.url, Accept: 'text/html' },
			body: new URLSearchParams({ email: 'ada@example.com', password: 'no matter' }),
		});
		expect(response.status).toBe(404);
	},
);

it('every page that the navigation leads to opens with a heading', async () => {
	const page = await openInbox(DESKTOP);
	const found = new Set(['/inbox']);
	for (const path of found) {
		const response = await page.goto(server.url + path);
		expect({ path, status: response?.status() }).toEqual({ path, status: 200 });
		await page.locator('h1, h2').first().waitFor();
		const links = await page
			.locator('nav a[href]')
			.evaluateAll((nodes) => nodes.map((node) => (node as HTMLAnchorElement).href));
		for (const link of links) {
			const { origin, pathname } = new URL(link);
			if (origin === server.url) found.add(pathname);
		}
		// The links of the list of sites are not in a navigation. All sites have the same pages.
		if (path === '/settings/sites') found.add('/settings/sites/default');
	}
	expect(found.size).toBeGreaterThan(25);
});

describe('the inbox', () => {
	it('sends headers below 3 KB, nginx’s default limit, and preloads its scripts in the page', async () => {
		const page = await openInbox(DESKTOP);
		const response = await page.reload();
		const headers = (await response?.headersArray()) ?? [];
		const bytes = headers.map(({ name, value }) => name.length + value.length + 4);
		expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000);
		await expect.poll(() => page.locator('link[rel=modulepreload]').count()).toBeGreaterThan(10);
	});

	it('shows a takeover, an agent’s message and an archived chat live in another window', async () => {
		const first = await openInbox(DESKTOP);
		const second = await openInbox({ ...DESKTOP, colorScheme: 'dark' });
		const page = await browser.open(`${server.url}/embed/default`, PHONE);
		await page.getByRole('log').getByText('What would you like help with?').waitFor();
		await first
			.getByRole('link', { name: /What would you like help with/ })
			.first()
			.click();
		await page.getByRole('textbox').fill('Is somebody there?');
		await page.getByRole('textbox').press('Enter');
		await first.getByText('Is somebody there?').first().waitFor();

		await first.getByRole('button', { name: 'Take over' }).click();
		await first
			.getByRole('textbox', { name: /message|write/i })
			.last()
			.fill('Yes, Ada here.');
		await first.keyboard.press('Enter');
		await page.getByRole('log').getByText('Yes, Ada here.').waitFor();
		await second
			.getByText(/Yes, Ada here\./)
			.first()
			.waitFor();
		await first.screenshot({ path: `${SCREENSHOTS}/inbox-taken-over.png` });

		await first.getByRole('button', { name: 'Archive' }).first().click();
		await second
			.getByText(/Yes, Ada here\./)
			.first()
			.waitFor({ state: 'detached' });
		await second.screenshot({ path: `${SCREENSHOTS}/inbox-dark.png` });
		await expect.poll(() => second.getByText(/Yes, Ada here\./).count()).toBe(0);
	});
});
