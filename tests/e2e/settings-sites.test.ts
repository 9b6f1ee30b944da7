import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY } from '../support/api-key.ts';
import { seriousFaults } from '../support/axe.ts';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { ADMIN, signInAt } from '../support/sign-in.ts';
import { startStandIn, type StandIn } from '../support/stand-in/index.ts';

const browser = useBrowser();
let standIn: StandIn;
let server: ServerProcess;
let cookie = '';
let dropDatabase: () => Promise<void>;

beforeAll(async () => {
	standIn = await startStandIn();
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({
		DATABASE_URL: database.url,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
	});
	cookie = await signInAt(server.url);
});
afterAll(async () => {
	await server.stop();
	await standIn.close();
	await dropDatabase();
});

/** A page of the settings, signed in. */
async function open(path: string, options: BrowserContextOptions = DESKTOP): Promise<Page> {
	const page = await browser.open(`${server.url}/login`, options);
	const [name = '', value = ''] = cookie.split('=');
	await page.context().addCookies([{ name, value, url: server.url }]);
	await page.goto(`${server.url}/settings/sites${path}`, { waitUntil: 'networkidle' });
	return page;
}
const save = async (page: Page) => {
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Changes saved').waitFor();
};
const countSessions = async () => {
	const response = await fetch(`${server.url}/api/sessions`, {
		headers: { 'X-API-Key': API_KEY },
	});
	const { items } = (await response.json()) as { items: unknown[] };
	return items.length;
};

describe('the settings of a site', () => {
	it('show a new look in the preview as it is typed, and on a page that embeds it once it is saved', async () => {
		const page = await open('/default/look');
		const preview = page.frameLocator('iframe[title="Preview of the chat"]');
		await preview.getByRole('heading', { name: /Get in touch/ }).waitFor();
		await page.getByLabel('Header text').fill('Ask our roofers');
		await page.getByRole('textbox', { name: 'Accent color', exact: true }).fill('#9a3e16');
		await page.getByLabel('Text', { exact: true }).fill('Chat with us');
		await preview.getByRole('heading', { name: 'Ask our roofers' }).waitFor();
		const header = preview.locator('header');
		await expect
			.poll(() => header.evaluate((node) => getComputedStyle(node).backgroundColor))
			.toBe('rgb(154, 62, 22)');
		await page.getByText('Unsaved changes').waitFor();
		expect(await countSessions()).toBe(0);

		await save(page);
		const host = await browser.open(`${server.url}/demo`, DESKTOP);
		await host.getByRole('button', { name: 'Chat with us' }).last().click();
		const chat = host.frameLocator('iframe[src*="/embed/default"]');
		await chat.getByRole('heading', { name: 'Ask our roofers' }).waitFor();
	});

	it('say what to do about a fault, keep what was typed and go there', async () => {
		const page = await open('/default/look');
		const color = page.getByRole('textbox', { name: 'Accent color', exact: true });
		await color.fill('teal');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('A color like #0b6e5f.').waitFor();
		expect(await color.evaluate((node) => node === document.activeElement)).toBe(true);
		expect(await color.inputValue()).toBe('teal');
	});

	it('show every other part of the look in the preview, too', async () => {
		const page = await open('/default/look');
		const preview = page.frameLocator('iframe[title="Preview of the chat"]');
		const launcher = page.locator('[data-launcher]');
		const isAtRight = () =>
			launcher.evaluate((node) => {
				const beside = node.parentElement?.getBoundingClientRect();
				return node.getBoundingClientRect().left - (beside?.left ?? 0) > 20;
			});
		await preview.getByPlaceholder('Write a message').waitFor();
		expect(await isAtRight()).toBe(true);
		await page.getByLabel('Position').selectOption('left');
		await expect.poll(isAtRight).toBe(false);
		await page.getByLabel('Widget language').selectOption('de');
		await preview.getByPlaceholder('Write a message').waitFor({ state: 'detached' });
		await preview.getByRole('heading', { name: 'Ask our roofers' }).waitFor();
		const surface = () =>
			preview.locator('body').evaluate((node) => {
				const style = getComputedStyle(node);
				return style.colorScheme + style.backgroundColor;
			});
		await page.getByLabel('Theme').selectOption('light');
		await expect.poll(surface).toMatch(/250/);
		await page.getByLabel('Theme').selectOption('dark');
		await expect.poll(surface).toMatch(/\b(15|16|22)\b/);
		await page.getByRole('button', { name: 'Discard' }).click();
		await expect.poll(isAtRight).toBe(true);
	});

	it('refuse what is far too much, or no address, in words; keep it, and lose nothing on leaving', async () => {
		const page = await open('/default/completion');
		const phrases = page.getByLabel('Completion phrases');
		// Set as a paste does: typing ten thousand lines takes Chromium itself minutes.
		const paste = (text: string) =>
			phrases.evaluate((node, pasted) => {
				(node as HTMLTextAreaElement).value = pasted;
				node.dispatchEvent(new InputEvent('input', { bubbles: true }));
			}, text);
		await paste(Array.from({ length: 10_000 }, (_, at) => `phrase ${at}`).join('\n'));
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('Use at most 20 items.').waitFor();
		await paste('x'.repeat(1_000_000));
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('Line 1: At most 200 characters.').waitFor();
		expect(await phrases.evaluate((node) => node === document.activeElement)).toBe(true);
		expect((await phrases.inputValue()).length).toBe(1_000_000);

		const asked: string[] = [];
		page.on('dialog', (dialog) => {
			asked.push(dialog.message());
			void dialog.dismiss();
		});
		await page.getByRole('link', { name: 'Embed', exact: true }).click();
		await expect.poll(() => asked).toEqual(['Leave without saving? Your changes will be lost.']);
		expect(page.url()).toContain('/completion');
		await page.getByRole('button', { name: 'Discard' }).click();
		await page.getByRole('link', { name: 'Embed', exact: true }).click();
		await page.getByLabel('Allowed origins').fill('javascript:alert(1)');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText(/Line 1: Begin with https/).waitFor();
		expect(asked).toHaveLength(1);
	});

	it('hold long words, markup and right-to-left texts on a narrow phone', async () => {
		const long = `${'Straßenbahnhaltestelle'.repeat(4)}<img src=x onerror=alert(1)>`;
		const arabic = 'سقف جديد للمنزل \u202Eمن فضلك';
		const call = async (method: string, path: string, body: unknown) => {
			const headers = { 'X-API-Key': API_KEY, 'content-type': 'application/json' };
			const response = await fetch(server.url + path, {
				method,
				headers,
				body: JSON.stringify(body),
			});
			expect(response.status).toBeLessThan(300);
		};
		await call('POST', '/api/sites', { name: long.slice(0, 100), key: 'a'.repeat(40) });
		await call('PATCH', `/api/sites/${'a'.repeat(40)}`, {
			greeting: arabic.repeat(20),
			questions: [
				{
					key: 'roof',
					label: long,
					prompt: arabic,
					type: 'choice',
					options: [arabic, long.slice(0, 80)],
				},
			],
			completion_phrases: [long, arabic],
		});
		await call('POST', '/api/api-keys', { name: long.slice(0, 100), scopes: ['sync'] });
		await call('POST', '/api/canned-replies', {
			title: arabic,
			text: long.repeat(9),
			is_shared: true,
		});
		await call('POST', '/api/invitations', {
			email: `${'a'.repeat(60)}@example.com`,
			role: 'agent',
		});
		const page = await open('', { ...PHONE, viewport: { width: 360, height: 740 } });
		const site = `sites/${'a'.repeat(40)}`;
		const paths = ['sites', 'users', 'api-keys', 'mail', 'canned-replies', 'audit-log'];
		for (const path of [...paths, ...PAGES.map((name) => `${site}/${name}`)]) {
			await page.goto(`${server.url}/settings/${path}`);
			const wide = await page.evaluate(() =>
				[...document.querySelectorAll('main *')]
					.filter(
						(node) =>
							node.getBoundingClientRect().right > 361 && !node.closest('nav, pre, .sr-only'),
					)
					.map((node) => node.outerHTML.slice(0, 120)),
			);
			expect(wide, path).toEqual([]);
		}
	});

	it('keep the order of questions, moved by buttons and by keyboard alone', async () => {
		const page = await open('/default/questions');
		const labels = () =>
			page
				.getByLabel('Label')
				.evaluateAll((all) => all.map((node) => (node as HTMLInputElement).value));
		const before = await labels();
		expect(before.slice(0, 3)).toEqual(['Project', 'Timeline', 'Name']);
		await page.getByRole('button', { name: 'Move Timeline up' }).click();
		expect((await labels()).slice(0, 3)).toEqual(['Timeline', 'Project', 'Name']);
		await page.getByRole('button', { name: /^Move Name: press space/ }).focus();
		await page.keyboard.press('Space');
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('Space');
		await page.getByRole('button', { name: 'Add question' }).click();
		await page.getByLabel('Label').last().fill('Roof area');
		await save(page);
		await page.reload({ waitUntil: 'networkidle' });
		expect(await labels()).toEqual([
			'Timeline',
			'Name',
			'Project',
			...before.slice(3),
			'Roof area',
		]);
		await page.getByText('Key: roof_area', { exact: true }).waitFor();
	});

	it('try an AI before it is saved, and tell what is wrong with it', async () => {
		const page = await open('/default/ai');
		await page.getByRole('radio', { name: /n8n webhook/ }).check();
		await page.getByLabel('Webhook URL').fill(standIn.ai.url('started'));
		await page.getByRole('button', { name: 'Test connection' }).click();
		await page.getByText('The workflow answers before it has run').waitFor();
		await page.getByText('Workflow was started').first().waitFor();
		await page.getByLabel('Webhook URL').fill(standIn.ai.url('completed'));
		await page.getByRole('button', { name: 'Test connection' }).click();
		await page.getByText('The AI answered', { exact: true }).waitFor();
		await page.getByText('ada@example.com').first().waitFor();
		expect(await countSessions()).toBeLessThanOrEqual(1);
	});

	it('make an endpoint, show its secret once, and show what it answers to a test', async () => {
		const page = await open('/default/delivery');
		await page.getByRole('button', { name: 'New endpoint' }).click();
		await page.getByLabel('URL').fill('nowhere');
		await page.getByRole('button', { name: 'Create endpoint' }).click();
		await page.getByText(/must be a URL that begins with/).waitFor();
		await page.getByLabel('URL').fill(standIn.webhooks.url('lead'));
		await page.getByRole('button', { name: 'Create endpoint' }).click();
		expect(await page.getByRole('textbox', { name: 'Signing secret' }).inputValue()).toMatch(
			/^whsec_/,
		);
		await page.getByRole('button', { name: 'Done' }).click();
		await page.getByRole('button', { name: 'Send test' }).click();
		await page.getByText('The endpoint received the test').waitFor();
		expect(await page.content()).not.toContain('whsec_');
	});

	it('follow what somebody else sets meanwhile', async () => {
		const page = await open('');
		await page.getByRole('link', { name: 'Default' }).waitFor();
		await fetch(`${server.url}/api/sites/default`, {
			method: 'PATCH',
			headers: { 'X-API-Key': API_KEY, 'content-type': 'application/json' },
			body: JSON.stringify({ name: 'Hartmann Roofing' }),
		});
		const changed = page.getByRole('link', { name: 'Hartmann Roofing' });
		await expect.poll(() => changed.count()).toBe(1);
	});
});

const PAGES = ['look', 'texts', 'questions', 'ai', 'completion', 'delivery', 'embed', 'privacy'];

it.each([
	['light', { ...DESKTOP, colorScheme: 'light' }],
	['dark', { ...DESKTOP, colorScheme: 'dark' }],
	['on a narrow phone', { ...PHONE, viewport: { width: 360, height: 740 } }],
] as const)('every page has no serious fault for axe, %s', async (_, options) => {
	const page = await open('', options);
	for (const path of ['', ...PAGES.map((name) => `/default/${name}`)]) {
		await page.goto(`${server.url}/settings/sites${path}`, { waitUntil: 'networkidle' });
		expect(await seriousFaults(page), path).toEqual([]);
		const width = await page.evaluate(() => document.documentElement.scrollWidth);
		expect(width, path).toBeLessThanOrEqual(options.viewport?.width ?? 0);
	}
});
