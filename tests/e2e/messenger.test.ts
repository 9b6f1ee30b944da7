// @module-tag thorough
import { beforeAll, expect, it, vi } from 'vitest';
import { expectAccessible, expectAccessibleInEveryTheme } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { createBatch, MESSENGER_ENVIRONMENT, signBody, createText } from '../support/messenger.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { PAGE, SECOND_PAGE } from '../support/stand-in/messenger.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const PSID = '4711000815';

const browser = useBrowser();
const standIn = useStandIn();
const server = useBuiltServer(() => ({
	...MESSENGER_ENVIRONMENT,
	MESSENGER_API_URL: standIn().messenger.url,
}));

beforeAll(() => {
	standIn().messenger.profiles.set(PSID, { first_name: 'Ada', last_name: 'Byron' });
});

const open = (path: string) => browser.openSignedIn(server.url + path);

async function sendMessage(text: string, timestamp = Date.now()) {
	const body = createBatch([createText(PSID, text, timestamp)]);
	const response = await fetch(`${server.url}/api/messenger/webhook`, {
		method: 'POST',
		body,
		headers: { 'x-hub-signature-256': signBody(body) },
	});
	expect(response.status).toBe(200);
}

const listSent = () => standIn().messenger.accepted;

it('the AI answers a Messenger visitor, then an agent, who sees how long they may reply', async () => {
	await sendMessage('Hello, my brakes squeak');
	await vi.waitFor(() => expect(listSent().length).toBeGreaterThan(0));
	const page = await open('/inbox');
	await page
		.getByRole('link', { name: /Ada Byron/ })
		.first()
		.click();
	await page.getByRole('button', { name: 'Take over' }).click();
	await page.getByText(/for another 2[34] hours/).waitFor();
	await page.getByRole('textbox', { name: /Ada/ }).fill('Carla here: come by at ten.');
	await page.keyboard.press('Enter');
	await vi.waitFor(() => expect(listSent().at(-1)?.text).toBe('Carla here: come by at ten.'));
	await page.screenshot({ path: `${SCREENSHOTS}/messenger-chat.png` });
	await expectAccessible(page);
});

it('tests the token and lists the page', async () => {
	const page = await open('/settings/messenger');
	await page.getByRole('button', { name: 'Test token', exact: true }).click();
	await page.getByText(`The token works. It belongs to ${PAGE.name}.`).waitFor();
	const pages = page.getByRole('list', { name: 'Pages' });
	await pages.getByText(PAGE.name).waitFor();
	await expect.poll(() => pages.getByText('Connected').count()).toBe(1);
});

it('connects a second page with its own token, and removes the token', async () => {
	const page = await open('/settings/messenger');
	await page.getByLabel('Page access token').fill(SECOND_PAGE.token);
	await page.getByRole('button', { name: 'Connect page' }).click();
	await page.getByText(`${SECOND_PAGE.name} is connected.`).waitFor();
	await expect.poll(() => page.getByLabel('Page access token').inputValue()).toBe('');
	await expect.poll(() => page.content()).not.toContain(SECOND_PAGE.token);
	await page.getByRole('button', { name: `Test token for ${SECOND_PAGE.name}` }).click();
	await page.getByText(`The token works. It belongs to ${SECOND_PAGE.name}.`).waitFor();
	await expectAccessible(page);
	await page.getByRole('button', { name: `Remove token for ${SECOND_PAGE.name}` }).click();
	const question = page.getByRole('dialog');
	await question.getByLabel(`Type “${SECOND_PAGE.name}” to confirm`).fill(SECOND_PAGE.name);
	await question.getByRole('button', { name: 'Remove token', exact: true }).click();
	await page
		.getByRole('button', { name: `Remove token for ${SECOND_PAGE.name}` })
		.waitFor({ state: 'detached' });
});

it('marks a page whose token Facebook rejects, until the token works again', async () => {
	const page = await open('/settings/messenger');
	const pages = page.getByRole('list', { name: 'Pages' });
	const { token } = standIn().messenger;
	standIn().messenger.token = 'another-token';
	await page.getByRole('button', { name: 'Test token', exact: true }).click();
	await pages.getByText('Reconnect required').first().waitFor();
	await pages
		.getByText(/Restart the server with a new token/)
		.first()
		.waitFor();
	await expectAccessible(page);
	await page.screenshot({ path: `${SCREENSHOTS}/settings-messenger-reconnect.png` });

	standIn().messenger.token = token;
	await page.getByRole('button', { name: 'Test token', exact: true }).click();
	await pages.getByText('Reconnect required').first().waitFor({ state: 'detached' });
	await pages.getByText('Connected').first().waitFor();
});

it('the settings are accessible in light and dark mode, on desktop and phone', async () => {
	const page = await open('/settings/messenger');
	await page.getByRole('list', { name: 'Pages' }).waitFor();
	await expectAccessibleInEveryTheme(page, 'settings-messenger-on');
});
