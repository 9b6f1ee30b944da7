// @module-tag thorough
import { beforeAll, expect, it } from 'vitest';
import { expectAccessible, expectAccessibleInEveryTheme } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { useDashboard } from '../support/built-server.ts';
import { N8nStandIn } from '../support/n8n/public-api.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const AI_PAGE = '/settings/sites/default/ai';

const server = useDashboard(useBrowser());
const standIn = useStandIn();
const n8n = new N8nStandIn();

beforeAll(() => standIn().mount('n8n-server', n8n));

it('the panel is accessible in light and dark mode, on desktop and phone', async () => {
	const page = await server.open(AI_PAGE);
	await page.getByRole('button', { name: 'Connect n8n' }).click();
	await page.getByText('Workflows and Frontdesk URL').click();
	await page.getByText('Set up manually instead').click();
	await expectAccessibleInEveryTheme(page, 'connect-n8n');
});

it('marks every missing field at once, and focuses the first', async () => {
	const page = await server.open(AI_PAGE, undefined, undefined, /status of 4\d\d/);
	await page.getByRole('button', { name: 'Connect n8n' }).click();
	await page.getByRole('button', { name: 'Create workflows in n8n' }).click();
	await page.getByText('Enter an n8n API key.').waitFor();
	expect(await page.locator('[aria-invalid]').count()).toBe(2);
	await expect
		.poll(() => page.getByLabel('n8n URL').evaluate((field) => field === document.activeElement))
		.toBe(true);
});

it('connects n8n with its address and key, explains a wrong key, lists what it created, and removes it', async () => {
	const page = await server.open(AI_PAGE);
	await page.getByRole('button', { name: 'Connect n8n' }).click();
	await page.getByLabel('n8n URL').fill(`${standIn().url}/n8n-server`);
	await page.getByLabel('n8n API key').fill('not the key');
	await page.getByRole('button', { name: 'Create workflows in n8n' }).click();
	await page
		.getByText(/paste the whole key here/)
		.first()
		.waitFor();
	expect(n8n.workflows.size).toBe(0);

	await page.getByLabel('n8n API key').fill(n8n.key);
	await page.getByRole('button', { name: /Create workflows in n8n|Try again/ }).click();
	const created = page.getByRole('list', { name: 'Created in n8n' });
	await created.waitFor();
	await expect.poll(() => created.getByRole('link').count()).toBeGreaterThanOrEqual(3);
	expect(n8n.workflows.size).toBe(3);
	await expectAccessible(page);

	await page.getByRole('button', { name: 'Remove' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('n8n API key').fill(n8n.key);
	await dialog.getByLabel('Type “remove” to confirm').fill('remove');
	await dialog.getByRole('button', { name: /Remove/ }).click();
	await page.getByRole('button', { name: 'Connect n8n' }).waitFor();
	await expect.poll(() => n8n.workflows.size).toBe(0);
});
