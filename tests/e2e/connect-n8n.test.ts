import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { N8nStandIn } from '../support/n8n/public-api.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { ADMIN } from '../support/sign-in.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const SHOTS = 'test-results/screens';
const AI_PAGE = '/settings/sites/default/ai';

const browser = useBrowser();
const standIn = useStandIn();
const n8n = new N8nStandIn();
let server: ServerProcess;
let dropDatabase: () => Promise<void>;

beforeAll(async () => {
	await mkdir(SHOTS, { recursive: true });
	standIn().mount('n8n-server', n8n);
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({
		DATABASE_URL: database.url,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
		OUTBOUND_ALLOW_PRIVATE: 'true',
	});
});
afterAll(async () => {
	await server.stop();
	await dropDatabase();
});

it.each([
	['dark', { ...DESKTOP, colorScheme: 'dark' as const }],
	['phone', PHONE],
])('can be read and used: %s', async (name, options) => {
	const page = await browser.openSignedIn(server.url, options);
	await page.goto(server.url + AI_PAGE, { waitUntil: 'networkidle' });
	await page.getByRole('button', { name: 'Connect n8n' }).click();
	await page.getByText('Workflows and Frontdesk’s address').click();
	await page.getByText('Set it up by hand instead').click();
	expect(await seriousFaults(page)).toEqual([]);
	const overflow = await page.evaluate(
		() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
	);
	expect(overflow).toBeLessThanOrEqual(0);
	await page.screenshot({ path: `${SHOTS}/connect-n8n-${name}.png`, fullPage: true });
});

it('connects n8n with its address and key, names what is wrong, shows what it made, and removes it', async () => {
	const page = await browser.openSignedIn(server.url, DESKTOP);
	await page.goto(server.url + AI_PAGE, { waitUntil: 'networkidle' });
	await page.getByRole('button', { name: 'Connect n8n' }).click();
	await page.getByLabel('n8n address').fill(`${standIn().url}/n8n-server`);
	await page.getByLabel('n8n API key').fill('not the key');
	await page.getByRole('button', { name: 'Create workflows in n8n' }).click();
	await page
		.getByText(/paste the whole key here/)
		.first()
		.waitFor();
	expect(n8n.workflows.size).toBe(0);

	await page.getByLabel('n8n API key').fill(n8n.key);
	await page.getByRole('button', { name: /Create workflows in n8n|Try again/ }).click();
	const made = page.getByRole('list', { name: 'Created in n8n' });
	await made.waitFor();
	expect(await made.getByRole('link').count()).toBeGreaterThanOrEqual(3);
	expect(n8n.workflows.size).toBe(3);
	expect(await seriousFaults(page)).toEqual([]);

	await page.getByRole('button', { name: 'Remove' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('n8n API key').fill(n8n.key);
	await dialog.getByRole('button', { name: /Remove/ }).click();
	await page.getByRole('button', { name: 'Connect n8n' }).waitFor();
	await expect.poll(() => n8n.workflows.size).toBe(0);
});
