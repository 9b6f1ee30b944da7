// @module-tag thorough
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, PHONE, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser();
const standIn = useStandIn();
const server = useBuiltServer();

const open = (path: string, options: BrowserContextOptions = DESKTOP): Promise<Page> =>
	browser.openSignedIn(`${server.url}/settings/sites${path}`, options);
const save = async (page: Page) => {
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Changes saved').waitFor();
};
const countSessions = async () =>
	(await server.call<{ items: unknown[] }>('GET', 'sessions')).items.length;

describe('the settings of a site', () => {
	it('preview a new look while typing, and apply it to embedding pages once saved', async () => {
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

	it('preview the greeting of the built-in AI', async () => {
		await server.call('POST', 'sites', { key: 'harbor', name: 'Harbor Roofing' });
		const page = await open('/harbor/texts');
		const greeting = 'Hi, I’m the assistant at Harbor Roofing.';
		const chat = page.frameLocator('iframe[title="Preview of the chat"]');
		await chat.getByText(`${greeting} A few quick questions`).waitFor();
		await page.locator('[data-bubble]').getByText(greeting).waitFor();
		await page.getByLabel('Fixed greeting').fill('Need a roof?');
		await chat.getByText('Need a roof?').waitFor();
		await page.locator('[data-bubble]').getByText('Need a roof?').waitFor();
	});

	it('give the assistant a name and a logo, with a preview', async () => {
		const page = await open('/default/look');
		const preview = page.frameLocator('iframe[title="Preview of the chat"]');
		await preview.getByText('AI assistant · replies instantly').waitFor();
		await page.getByLabel('Name', { exact: true }).fill('Frieda Frost');
		await preview.getByRole('heading', { name: 'Frieda Frost' }).waitFor();
		await page.locator('[data-bubble]').getByText('Frieda Frost').waitFor();
		await page.locator('input[type=file]').setInputFiles({
			name: 'logo.svg',
			mimeType: 'image/svg+xml',
			buffer: Buffer.from('not a picture'),
		});
		await page.getByText('Your browser can’t read this image').waitFor();
		const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 400, height: 300 } });
		await page
			.locator('input[type=file]')
			.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer });
		await preview.locator('header .avatar img').waitFor();
		await save(page);
		await expect.poll(() => page.getByText('Unsaved changes').count()).toBe(0);
		const chat = await browser.open(`${server.url}/embed/default`, DESKTOP);
		await chat.getByRole('heading', { name: 'Frieda Frost' }).waitFor();
		const getImageWidth = () =>
			chat.locator('header img').evaluate((node) => (node as HTMLImageElement).naturalWidth);
		await expect.poll(getImageWidth).toBe(96);
		await server.call('PATCH', 'sites/default', { assistant: { name: null, logo: null } });
	});

	it('upload a photo in browsers that can’t encode WebP', async () => {
		const page = await open('/default/look');
		const noise = await page.evaluate(() => {
			const { toDataURL } = HTMLCanvasElement.prototype;
			HTMLCanvasElement.prototype.toDataURL = function (type, quality: number) {
				return toDataURL.call(this, type === 'image/webp' ? 'image/png' : type, quality);
			};
			const pixels = new ImageData(96, 96);
			crypto.getRandomValues(pixels.data);
			const canvas = document.createElement('canvas');
			canvas.width = canvas.height = 96;
			canvas.getContext('2d')?.putImageData(pixels, 0, 0);
			return canvas.toDataURL('image/png').split(',')[1] ?? '';
		});
		await page.locator('input[type=file]').setInputFiles({
			name: 'photo.png',
			mimeType: 'image/png',
			buffer: Buffer.from(noise, 'base64'),
		});
		await page.locator('form img[src^="data:image/jpeg"]').waitFor();
	});

	it('say when and where the greeting appears, and translate it, with a preview', async () => {
		const page = await open('/default/texts');
		const preview = page.locator('[data-bubble]');
		await page.getByLabel('Fixed greeting').fill('Hello! A new roof?');
		await preview.getByText('Hello! A new roof?').waitFor();
		await page.getByRole('button', { name: 'Add rule' }).click();
		const rule = page
			.getByRole('listitem')
			.filter({ has: page.getByLabel('Pages', { exact: true }) })
			.first();
		await rule.getByLabel('Pages', { exact: true }).fill('/prices*');
		await rule.getByLabel('Trigger').selectOption('scroll');
		await rule.getByLabel('Scroll depth (%)').fill('200');
		await rule.getByLabel('Greeting on these pages').fill('Questions about prices?');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('Enter a whole number from 1 to 100.').waitFor();
		await rule.getByLabel('Scroll depth (%)').fill('40');
		await page.getByLabel('Language').selectOption('de');
		await page.getByLabel('Greeting', { exact: true }).fill('Guten Tag! Ein neues Dach?');
		await preview.getByText('Guten Tag! Ein neues Dach?').waitFor();
		await page.getByLabel('Greeting on /prices*').fill('Fragen zum Preis?');
		await expectAccessibleInEveryTheme(page);
		await save(page);
		await expect.poll(() => page.getByText('Unsaved changes').count()).toBe(0);
		const config = await fetch(`${server.url}/api/embed-chat/config/default?language=de`);
		expect(await config.json()).toMatchObject({
			greeting: 'Guten Tag! Ein neues Dach?',
			greeting_bubble: {
				rules: [
					{
						path: '^/prices.*/?$',
						trigger: 'scroll',
						value: 40,
						greetings: [{ text: 'Fragen zum Preis?' }],
					},
					{ trigger: 'delay', value: 3, greetings: [{ text: 'Guten Tag! Ein neues Dach?' }] },
				],
			},
		});
		await page.getByLabel('Language').selectOption('own');
		await page.getByRole('switch', { name: 'Show the greeting' }).click();
		await preview.waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Discard' }).click();
		await preview.waitFor();
		await server.call('PATCH', 'sites/default', { greeting: null, translations: {} });
	});

	it('explain an invalid value, keep it and focus its field', async () => {
		const page = await open('/default/look');
		const color = page.getByRole('textbox', { name: 'Accent color', exact: true });
		await color.fill('teal');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('A color like #0b6e5f.').waitFor();
		await expect.poll(() => color.evaluate((node) => node === document.activeElement)).toBe(true);
		await expect.poll(() => color.inputValue()).toBe('teal');
	});

	it('preview position, language and theme', async () => {
		const page = await open('/default/look');
		const preview = page.frameLocator('iframe[title="Preview of the chat"]');
		const launcher = page.locator('[data-launcher]');
		const isAtRight = () =>
			launcher.evaluate((node) => {
				const parent = node.parentElement?.getBoundingClientRect();
				return node.getBoundingClientRect().left - (parent?.left ?? 0) > 20;
			});
		await preview.getByPlaceholder('Write a message').waitFor();
		await expect.poll(isAtRight).toBe(true);
		await page.getByLabel('Position').selectOption('left');
		await expect.poll(isAtRight).toBe(false);
		await page.getByLabel('Widget language').selectOption('de');
		await preview.getByPlaceholder('Write a message').waitFor({ state: 'detached' });
		await preview.getByRole('heading', { name: 'Ask our roofers' }).waitFor();
		const readColors = () =>
			preview.locator('body').evaluate((node) => {
				const style = getComputedStyle(node);
				return style.colorScheme + style.backgroundColor;
			});
		await page.getByLabel('Theme').selectOption('light');
		await expect.poll(readColors).toMatch(/250/);
		await page.getByLabel('Theme').selectOption('dark');
		await expect.poll(readColors).toMatch(/\b(15|16|22)\b/);
		await page.getByRole('button', { name: 'Discard' }).click();
		await expect.poll(isAtRight).toBe(true);
	});

	it('explain oversized and invalid input, keep it, and ask before discarding it', async () => {
		const page = await open('/default/completion');
		const phrases = page.getByLabel('Completion phrases');
		// Sets the value like a paste, because typing ten thousand lines takes Chromium minutes.
		const paste = (text: string) =>
			phrases.evaluate((node, pasted) => {
				(node as HTMLTextAreaElement).value = pasted;
				node.dispatchEvent(new InputEvent('input', { bubbles: true }));
			}, text);
		await paste(Array.from({ length: 10_000 }, (_, index) => `phrase ${index}`).join('\n'));
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('Use at most 20 items.').waitFor();
		await paste('x'.repeat(1_000_000));
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('Line 1: Use at most 200 characters.').waitFor();
		await expect.poll(() => phrases.evaluate((node) => node === document.activeElement)).toBe(true);
		expect((await phrases.inputValue()).length).toBe(1_000_000);

		await page.getByRole('link', { name: 'Embed', exact: true }).click();
		const question = page.getByRole('dialog', { name: 'Leave without saving?' });
		await question.getByRole('button', { name: 'Cancel' }).click();
		await question.waitFor({ state: 'detached' });
		expect(page.url()).toContain('/completion');
		await page.getByRole('button', { name: 'Discard' }).click();
		await page.getByRole('link', { name: 'Embed', exact: true }).click();
		await page.getByLabel('Allowed origins').fill('javascript:alert(1)');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText(/Line 1: Start with https/).waitFor();
		await expect.poll(() => question.count()).toBe(0);
		await page.getByRole('link', { name: 'Privacy', exact: true }).click();
		await question.getByRole('button', { name: 'Leave page' }).click();
		await page.waitForURL('**/privacy');
	});

	it('fit long words, markup and right-to-left text on a 360 px phone', async () => {
		const long = `${'Straßenbahnhaltestelle'.repeat(4)}<img src=x onerror=alert(1)>`;
		const arabic = 'سقف جديد للمنزل \u202Eمن فضلك';
		await server.call('POST', 'sites', { name: long.slice(0, 100), key: 'a'.repeat(40) });
		await server.call('PATCH', `sites/${'a'.repeat(40)}`, {
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
		await server.call('POST', 'api-keys', { name: long.slice(0, 100), scopes: ['sync'] });
		await server.call('POST', 'canned-replies', {
			title: arabic,
			text: long.repeat(9),
			is_shared: true,
		});
		await server.call('POST', 'invitations', {
			email: `${'a'.repeat(60)}@example.com`,
			role: 'agent',
		});
		const page = await open('', { ...PHONE, viewport: { width: 360, height: 740 } });
		const site = `sites/${'a'.repeat(40)}`;
		const paths = ['sites', 'users', 'api-keys', 'mail', 'canned-replies', 'audit-log'];
		for (const path of [...paths, ...PAGES.map((name) => `${site}/${name}`)]) {
			await page.goto(`${server.url}/settings/${path}`);
			const overflowing = await page.evaluate(() =>
				[...document.querySelectorAll('main *')]
					.filter(
						(node) =>
							node.getBoundingClientRect().right > 361 && !node.closest('nav, pre, .sr-only'),
					)
					.map((node) => node.outerHTML.slice(0, 120)),
			);
			expect(overflowing, path).toEqual([]);
		}
	});

	it('reorder questions with buttons and with the keyboard', async () => {
		const page = await open('/default/questions');
		const listLabels = () =>
			page
				.getByRole('list', { name: 'Questions' })
				.getByRole('article')
				.evaluateAll((all) => all.map((node) => node.getAttribute('aria-label')));
		const before = await listLabels();
		expect(before.slice(0, 3)).toEqual(['Project', 'Timeline', 'Name']);
		await page.getByRole('button', { name: 'Move Timeline up' }).click();
		await expect
			.poll(async () => (await listLabels()).slice(0, 3))
			.toEqual(['Timeline', 'Project', 'Name']);
		await page.getByRole('button', { name: /^Move Name: press space/ }).focus();
		await page.keyboard.press('Space');
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('Space');
		await page.getByRole('button', { name: 'Add question' }).click();
		await page.getByLabel('Label').fill('Roof area');
		await save(page);
		await gotoDashboard(page, page.url());
		await expect
			.poll(listLabels)
			.toEqual(['Timeline', 'Name', 'Project', ...before.slice(3), 'Roof area']);
		await page.getByRole('button', { name: /^Roof area/ }).click();
		await page.getByText('Key: roof_area', { exact: true }).waitFor();
	});

	it('translate questions, and keep the translations when a question changes', async () => {
		await server.call('POST', 'sites', { name: 'Translated', key: 'translated' });
		const page = await open('/translated/questions');
		await page.getByLabel('Language').selectOption('de');
		await page.getByLabel('Project', { exact: true }).fill('Worum geht es?');
		const options = page.getByLabel('Options for Timeline');
		await options.fill('Sofort');
		await page.getByText('Enter 4 options, one per line.').waitFor();
		await options.fill('Sofort\nBald\nSpäter\nIch sehe mich um');
		await expectAccessibleInEveryTheme(page, 'settings-question-translations');
		await save(page);
		await expect.poll(() => page.getByText('Unsaved changes').count()).toBe(0);

		await page.getByLabel('Language').selectOption('own');
		await page.getByRole('button', { name: /^Project/ }).click();
		await page.getByLabel('How the AI asks').fill('What are you planning?');
		await page.getByRole('button', { name: 'Save' }).click();
		interface Translated {
			questions: { prompt?: string; translations?: unknown }[];
		}
		const readQuestions = async () =>
			(await server.call<Translated>('GET', 'sites/translated')).questions.slice(0, 2);
		await expect
			.poll(readQuestions)
			.toMatchObject([
				{ prompt: 'What are you planning?', translations: { de: { prompt: 'Worum geht es?' } } },
				{ translations: { de: { options: ['Sofort', 'Bald', 'Später', 'Ich sehe mich um'] } } },
			]);
	});

	it('test an AI before it is saved, and diagnose its failure', async () => {
		const before = await countSessions();
		const page = await browser.openSignedIn(
			`${server.url}/settings/sites/default/ai`,
			DESKTOP,
			undefined,
			/422/,
		);
		await page.getByRole('radio', { name: /n8n webhook/ }).check();
		const url = page.getByLabel('Webhook URL');
		await page.getByRole('button', { name: 'Test connection' }).click();
		await page.getByText('Correct the settings above and test again.').waitFor();
		await expect.poll(() => url.getAttribute('aria-invalid')).toBe('true');
		await url.fill(standIn().ai.url('started'));
		await expect.poll(() => url.getAttribute('aria-invalid')).toBe(null);
		await page.getByRole('button', { name: 'Test connection' }).click();
		await page.getByText('The workflow answers before it has run').waitFor();
		await page.getByText('Workflow was started').first().waitFor();
		// The remedy says how to fix it, and the recorded error, which says the same, opens on request.
		const recorded = page.getByText(/The webhook returned "Workflow was started" instead/);
		expect(await recorded.isVisible()).toBe(false);
		await page.getByText('Recorded error').click();
		await recorded.waitFor();
		await page.getByLabel('Webhook URL').fill(standIn().ai.url('completed'));
		await page.getByRole('button', { name: 'Test connection' }).click();
		await page.getByText('The AI answered', { exact: true }).waitFor();
		await page.getByText('ada@example.com').first().waitFor();
		expect(await countSessions()).toBe(before);
	});

	it('create a webhook, show its secret once, and show its answer to a test', async () => {
		const page = await open('/default/delivery');
		await page.getByRole('button', { name: 'New webhook' }).click();
		await page.getByLabel('URL').fill('nowhere');
		await page.getByRole('button', { name: 'Create webhook' }).click();
		await page.getByText(/must be a URL that starts with/).waitFor();
		await page.getByLabel('URL').fill(standIn().webhooks.url('lead'));
		await page.getByRole('button', { name: 'Create webhook' }).click();
		await expect
			.poll(() => page.getByRole('textbox', { name: 'Signing secret' }).inputValue())
			.toMatch(/^whsec_/);
		await page.getByRole('button', { name: 'Done' }).click();
		await page.getByRole('button', { name: 'Send test' }).click();
		await page.getByText('The webhook received the test').waitFor();
		await expect.poll(() => page.content()).not.toContain('whsec_');
	});

	it('show changes by others live', async () => {
		const page = await open('');
		await page.getByRole('link', { name: 'Default' }).waitFor();
		await server.call('PATCH', 'sites/default', { name: 'Hartmann Roofing' });
		const changed = page.getByRole('link', { name: 'Hartmann Roofing' });
		await expect.poll(() => changed.count()).toBe(1);
	});
});

describe('the setup of a new site', () => {
	const createEmbedCode = (key: string) =>
		`<script src="${server.url}/widget.js" data-site="${key}" async></script>`;

	it.each([
		['desktop', DESKTOP],
		['phone', PHONE],
	])('leads from its name to a tested page on a %s', async (name, options) => {
		const key = `garages-on-${name}`;
		const page = await open('', options);
		await page.getByRole('button', { name: 'New site' }).click();
		await page.getByLabel('Name').fill(`Garages on ${name}`);
		await page.getByRole('button', { name: 'Create site' }).click();
		await page.waitForURL(`**/sites/${key}/look`);

		const setup = page.getByRole('region', { name: 'Setup' });
		await page.getByRole('button', { name: 'Next: Questions' }).click();
		await setup.getByRole('link', { name: /^Appearance.*done$/ }).waitFor();
		await page.waitForURL('**/questions');
		await page.getByRole('button', { name: 'Add question' }).click();
		await page.getByLabel('Label').fill('Garage size');
		await save(page);
		await page.getByRole('button', { name: 'Next: AI' }).click();
		await page.waitForURL('**/ai');
		const primaryButtons = page.locator('main button.bg-accent');
		await expect.poll(() => primaryButtons.allInnerTexts()).toEqual(['Next: Embed']);
		await page.getByRole('button', { name: 'Connect n8n' }).click();
		await expect.poll(() => primaryButtons.allInnerTexts()).toEqual(['Create workflows in n8n']);
		await page.getByRole('button', { name: 'Connect n8n' }).click();
		// The built-in AI has no limit of requests.
		expect(await page.getByRole('heading', { name: 'Limits' }).count()).toBe(0);
		await page.getByRole('button', { name: 'Next: Embed' }).click();
		await page.waitForURL('**/embed');

		let body = '<!doctype html><title>Garages</title>';
		standIn().route('/garages', ({ response }) => {
			response.writeHead(200, { 'content-type': 'text/html' }).end(body);
		});
		await page.getByLabel('Page URL').fill(`${standIn().url}/garages`);
		const test = page.getByRole('button', { name: 'Test this page' });
		await test.click();
		await page.getByText('The code isn’t on this page').waitFor();
		body += `<!-- ${createEmbedCode(key)} -->`;
		await test.click();
		await page.getByText('The code is inside a comment').waitFor();
		body = `<!doctype html><title>Garages</title>${createEmbedCode(key)}`;
		await test.click();
		await page.getByText('The chat is on this page and ready.').waitFor();
		await setup.getByRole('link', { name: /^Embed.*done$/ }).waitFor();
		await page.getByRole('button', { name: 'Finish setup' }).click();
		await page.getByText('Setup complete').waitFor();
		await setup.waitFor({ state: 'detached' });
		await gotoDashboard(page, page.url());
		await page.getByRole('heading', { name: `Garages on ${name}` }).waitFor();
		await expect.poll(() => setup.count()).toBe(0);
	});

	it('can be hidden and brought back', async () => {
		await server.call('POST', 'sites', { name: 'Sheds', key: 'sheds' });
		const page = await open('/sheds/look');
		const setup = page.getByRole('region', { name: 'Setup' });
		await setup.getByRole('button', { name: 'Hide setup' }).click();
		await setup.waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect.poll(() => setup.count()).toBe(1);
	});

	it('allows the website that the test found', async () => {
		await server.call('POST', 'sites', { name: 'Roofs', key: 'roofs' });
		await server.call('PATCH', 'sites/roofs', { allowed_origins: ['https://www.roofs.example'] });
		standIn().route('/roofs', ({ response }) => {
			response.writeHead(200, { 'content-type': 'text/html' }).end(createEmbedCode('roofs'));
		});
		const page = await open('/roofs/embed');
		await page.getByLabel('Page URL').fill(`${standIn().url}/roofs`);
		await page.getByRole('button', { name: 'Test this page' }).click();
		await page.getByRole('button', { name: 'Allow this website' }).click();
		await save(page);
		await page.getByRole('button', { name: 'Test this page' }).click();
		await page.getByText('The chat is on this page and ready.').waitFor();
		await expect.poll(() => page.getByRole('list', { name: 'Findings' }).count()).toBe(0);
	});
});

it('the preview is docked where settings change what visitors see, and behind a button on smaller screens', async () => {
	const wide = await open('/default/privacy');
	const preview = wide.getByTitle('Preview of the chat');
	for (const name of PAGES) {
		await gotoDashboard(wide, `${server.url}/settings/sites/default/${name}`);
		const isShown = !['ai', 'delivery', 'review', 'embed'].includes(name);
		await expect.poll(() => preview.count(), { message: name }).toBe(isShown ? 1 : 0);
	}
	const phone = await open('/default/questions', PHONE);
	await phone.getByRole('button', { name: 'Preview' }).click();
	const sheet = phone.getByRole('dialog', { name: 'Preview' });
	await sheet.getByTitle('Preview of the chat').waitFor();
	await expect.poll(() => phone.getByTitle('Preview of the chat').count()).toBe(1);
});

it('toasts never cover the save bar', async () => {
	for (const options of [DESKTOP, PHONE]) {
		const page = await open('/default/texts', options);
		await page
			.getByLabel('Fallback reply')
			.fill(`Sorry! Please leave your email. ${options === PHONE}`);
		await save(page);
		const toast = page.locator('[data-sonner-toast]').first();
		const bar = page.locator('form [data-keep-clear]');
		// Toasts slide in, and move when the page changes.
		await expect
			.poll(async () => {
				const [toastBox, barBox] = [await toast.boundingBox(), await bar.boundingBox()];
				if (!toastBox || !barBox) return 'missing';
				const isBeside = toastBox.x >= barBox.x + barBox.width;
				return isBeside || toastBox.y + toastBox.height <= barBox.y ? 'clear' : 'covered';
			})
			.toBe('clear');
	}
});

const PAGES = [
	'look',
	'texts',
	'questions',
	'ai',
	'completion',
	'delivery',
	'review',
	'embed',
	'privacy',
];

it('every page is accessible in light and dark mode, on desktop and phone', async () => {
	const page = await open('');
	await expectAccessibleInEveryTheme(page);
	for (const name of PAGES) {
		await gotoDashboard(page, `${server.url}/settings/sites/default/${name}`);
		await expectAccessibleInEveryTheme(page);
	}
});
