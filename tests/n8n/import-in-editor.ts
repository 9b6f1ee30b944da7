import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { launchChromium } from '../support/chromium.ts';
import { WAIT_TIMEOUT_MS } from '../support/wait-timeout.ts';
import type { Workflow } from '../support/n8n/workflow.ts';
import { OWNER } from './editor.ts';

/** Imports and publishes a workflow with the editor's menus in Chromium, as described in docs/n8n.md. */
export async function importInEditor(url: string, workflow: Workflow): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'frontdesk-workflow-'));
	const file = path.join(folder, 'workflow.json');
	writeFileSync(file, JSON.stringify(workflow));
	const chromium = await launchChromium();
	try {
		const page = await chromium.newPage();
		page.setDefaultTimeout(WAIT_TIMEOUT_MS);
		await page.goto(`${url}/signin`);
		await page.fill('input[name=emailOrLdapLoginId]', OWNER.email);
		await page.fill('input[name=password]', OWNER.password);
		await page.keyboard.press('Enter');
		await page.waitForURL(/\/home\//);
		await page.goto(`${url}/workflow/new`);
		await page.locator('[data-test-id=workflow-menu]').click();
		await page.getByRole('menuitem', { name: 'Import' }).hover();
		const [chooser] = await Promise.all([
			page.waitForEvent('filechooser'),
			page.getByRole('menuitem', { name: 'From file' }).click(),
		]);
		await chooser.setFiles(file);
		const publish = page.getByRole('button', { name: 'Publish', exact: true });
		await publish.click();
		await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
		await page.getByText('Published').first().waitFor();
	} finally {
		await chromium.close();
		rmSync(folder, { recursive: true, force: true });
	}
}
