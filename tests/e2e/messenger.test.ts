import { mkdir } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { batchOf, MESSENGER_ENVIRONMENT, signatureOf, textOf } from '../support/messenger.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { ADMIN } from '../support/sign-in.ts';
import { PAGE, SECOND_PAGE } from '../support/stand-in/messenger.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const SHOTS = 'test-results/screens';
const LOADED = { waitUntil: 'networkidle' } as const;
const PSID = '4711000815';

const browser = useBrowser();
const standIn = useStandIn();
let server: ServerProcess;
let dropDatabase: () => Promise<void>;

beforeAll(async () => {
	await mkdir(SHOTS, { recursive: true });
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({
		DATABASE_URL: database.url,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
		...MESSENGER_ENVIRONMENT,
		MESSENGER_API_URL: standIn().messenger.url,
	});
	standIn().messenger.profiles.set(PSID, { first_name: 'Ada', last_name: 'Byron' });
});
afterAll(async () => {
	await server.stop();
	await dropDatabase();
});

const signedIn = (options: BrowserContextOptions = DESKTOP): Promise<Page> =>
	browser.openSignedIn(server.url, options);

async function write(text: string, timestamp = Date.now()) {
	const body = batchOf([textOf(PSID, text, timestamp)]);
	const response = await fetch(`${server.url}/api/messenger/webhook`, {
		method: 'POST',
		body,
		headers: { 'x-hub-signature-256': signatureOf(body) },
	});
	expect(response.status).toBe(200);
}

const taken = () => standIn().messenger.taken;

it('a visitor on Messenger is answered by the AI, then by a person, who sees until when', async () => {
	await write('Hello, my brakes squeak');
	await vi.waitFor(() => expect(taken().length).toBeGreaterThan(0), 10_000);
	const page = await signedIn();
	await page.goto(`${server.url}/inbox`, LOADED);
	await page
		.getByRole('link', { name: /Ada Byron/ })
		.first()
		.click();
	await page.getByRole('button', { name: 'Take over' }).click();
	await page.getByText(/for another 2[34] hours/).waitFor();
	await page.getByRole('textbox', { name: /Ada/ }).fill('Carla here: come by at ten.');
	await page.keyboard.press('Enter');
	await vi.waitFor(() => expect(taken().at(-1)?.text).toBe('Carla here: come by at ten.'), 10_000);
	await page.screenshot({ path: `${SHOTS}/messenger-chat.png` });
	expect(await seriousFaults(page)).toEqual([]);
});

it('an admin tests the token and sees the page', async () => {
	const page = await signedIn();
	await page.goto(`${server.url}/settings/messenger`, LOADED);
	await page.getByRole('button', { name: 'Test token', exact: true }).click();
	await page.getByText(`The token works. It belongs to ${PAGE.name}.`).waitFor();
	const pages = page.getByRole('list', { name: 'Pages' });
	await pages.getByText(PAGE.name).waitFor();
	expect(await pages.getByText('Connected').count()).toBe(1);
});

it('an admin connects a second page with a token of its own, and removes it again', async () => {
	const page = await signedIn();
	await page.goto(`${server.url}/settings/messenger`, LOADED);
	await page.getByLabel('Page access token').fill(SECOND_PAGE.token);
	await page.getByRole('button', { name: 'Connect page' }).click();
	await page.getByText(`${SECOND_PAGE.name} is connected.`).waitFor();
	expect(await page.getByLabel('Page access token').inputValue()).toBe('');
	expect(await page.content()).not.toContain(SECOND_PAGE.token);
	await page.getByRole('button', { name: `Test token of ${SECOND_PAGE.name}` }).click();
	await page.getByText(`The token works. It belongs to ${SECOND_PAGE.name}.`).waitFor();
	expect(await seriousFaults(page)).toEqual([]);
	await page.getByRole('button', { name: `Remove token of ${SECOND_PAGE.name}` }).click();
	await page.getByRole('button', { name: 'Remove token', exact: true }).last().click();
	await page
		.getByRole('button', { name: `Remove token of ${SECOND_PAGE.name}` })
		.waitFor({ state: 'detached' });
});

it('a token that Facebook refuses is told beside the page, until it works again', async () => {
	const page = await signedIn();
	await page.goto(`${server.url}/settings/messenger`, LOADED);
	const pages = page.getByRole('list', { name: 'Pages' });
	const { token } = standIn().messenger;
	standIn().messenger.token = 'another-token';
	await page.getByRole('button', { name: 'Test token', exact: true }).click();
	await pages.getByText('Reconnect needed').first().waitFor();
	await pages
		.getByText(/Restart the server with a new token/)
		.first()
		.waitFor();
	expect(await seriousFaults(page)).toEqual([]);
	await page.screenshot({ path: `${SHOTS}/settings-messenger-reconnect.png` });

	standIn().messenger.token = token;
	await page.getByRole('button', { name: 'Test token', exact: true }).click();
	await pages.getByText('Reconnect needed').first().waitFor({ state: 'detached' });
	await pages.getByText('Connected').first().waitFor();
});

it.each([
	['light', { ...DESKTOP, colorScheme: 'light' as const }],
	['dark', { ...DESKTOP, colorScheme: 'dark' as const }],
	['narrow', { ...PHONE, viewport: { width: 360, height: 740 } }],
])('its settings stand in their place, %s', async (look, options) => {
	const page = await signedIn(options);
	await page.goto(`${server.url}/settings/messenger`, LOADED);
	await page.getByRole('list', { name: 'Pages' }).waitFor();
	const overflow = await page.evaluate(
		() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
	);
	expect(overflow).toBe(0);
	expect(await seriousFaults(page)).toEqual([]);
	await page.screenshot({ path: `${SHOTS}/settings-messenger-on-${look}.png` });
});
