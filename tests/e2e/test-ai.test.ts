import { mkdir } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { useTeamServer } from '../support/team-server.ts';

const SHOTS = 'test-results/screens';
const NARROW = { ...PHONE, viewport: { width: 360, height: 740 } };
const LOADED = { waitUntil: 'networkidle' } as const;
const team = useTeamServer(useBrowser());
const standIn = useStandIn();

beforeAll(async () => {
	await mkdir(SHOTS, { recursive: true });
	await team.call('PATCH', '/api/sites/default', {
		connector: { type: 'n8n', url: standIn().ai.url('stream') },
	});
	await team.call('POST', '/api/sessions/session_maya/messages', [
		{ sender: 'ai', message: 'Hello! What is your name?' },
		{ sender: 'visitor', message: 'Maya' },
		{ sender: 'ai', message: 'And your budget, Maya?' },
		{ sender: 'visitor', message: 'About 5,000, maya@example.com' },
		{ sender: 'ai', message: 'Thank you! We will be in touch within 24 hours.' },
	]);
});

const say = async (page: Page, text: string) => {
	await page.getByLabel('Message as the visitor').fill(text);
	await page.getByRole('button', { name: 'Send' }).click();
};

it('talks to the AI of a site and shows each turn, and what to do when one fails', async () => {
	const page = await team.open('/test-ai');
	await page.waitForLoadState('networkidle');
	await page.getByRole('button', { name: 'Start chat' }).click();
	await page.getByText('The AI answered').waitFor();
	await say(page, 'We need a roof');
	await page.getByRole('heading', { name: 'Turn 2: an answer' }).waitFor();
	await page.getByText('The AI answered').waitFor();
	await page.getByText('Request', { exact: true }).click();
	await page.getByText('"We need a roof"').waitFor();
	expect(await seriousFaults(page)).toEqual([]);
	await page.screenshot({ path: `${SHOTS}/test-ai.png` });
	standIn().ai.next('not-registered');
	await say(page, 'And a door');
	await page.getByText('The workflow is not active', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Turn 1 ·' }).click();
	await page.getByRole('heading', { name: 'Turn 1: the greeting' }).waitFor();
	await page.goto(new URL('/inbox', page.url()).href, LOADED);
	await page.getByText('within 24 hours').first().waitFor();
	expect(await page.getByText('And a door').count()).toBe(0);
});

it('replays a stored chat against the AI of today and compares the two', async () => {
	const page = await team.open('/test-ai/replay?session=session_maya');
	await page.waitForLoadState('networkidle');
	await page.getByRole('button', { name: 'Replay with the current AI' }).click();
	await page.getByText('Done: 2 of 2 messages replayed').waitFor();
	const checks = page.getByRole('table', { name: 'Checks' });
	await checks.getByRole('row', { name: /Completed Yes No Worse/ }).waitFor();
	await checks.getByRole('row', { name: /email.*Same/ }).waitFor();
	expect(await page.locator('del').count()).toBeGreaterThan(0);
	expect(await seriousFaults(page)).toEqual([]);
	await page.screenshot({ path: `${SHOTS}/test-ai-replay.png` });
});

it.each([
	['dark', { ...DESKTOP, colorScheme: 'dark' as const }],
	['narrow', NARROW],
])('stands in its place, %s', async (look, options) => {
	const page = await team.open('/test-ai', options);
	await page.waitForLoadState('networkidle');
	await page.getByRole('button', { name: 'Start chat' }).click();
	await page.getByText('The AI answered').waitFor();
	const overflow = () =>
		page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
		);
	expect(await overflow()).toBe(0);
	expect(await seriousFaults(page)).toEqual([]);
	await page.screenshot({ path: `${SHOTS}/test-ai-${look}.png` });
	await page.goto(new URL('/test-ai/replay?session=session_maya', page.url()).href, LOADED);
	await page.getByRole('button', { name: 'Replay with the current AI' }).click();
	await page.getByText('Done: 2 of 2 messages replayed').waitFor();
	expect(await overflow()).toBe(0);
	expect(await seriousFaults(page)).toEqual([]);
	await page.screenshot({ path: `${SHOTS}/test-ai-replay-${look}.png` });
});
