import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { getChatFrame, getLauncher } from '../support/host-pages.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { ADMIN, createSiteAt } from '../support/server-api.ts';
import { readSnippets } from '../support/snippets.ts';
import { EXCLUDED } from './excluded.ts';
import { startWordPress, type WordPress } from './start-wordpress.ts';

const browser = useBrowser();
const server = useBuiltServer();
let wordpress: WordPress;

beforeAll(async () => {
	const site = await createSiteAt(server.url, 'Roofs', { greeting: 'Hi! A new roof?' });
	wordpress = await startWordPress(await download(`/settings/sites/${site}/embed`));
});
afterAll(() => wordpress.stop());

/** Downloads the plugin from the settings, like an admin. */
async function download(settings: string): Promise<Uint8Array> {
	const chromium = await launchChromium();
	const page = await chromium.newPage();
	await page.goto(`${server.url}/login?redirect_to=${encodeURIComponent(settings)}`);
	await page.fill('input[name=email]', ADMIN.email);
	await page.fill('input[name=password]', ADMIN.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	const [zip] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('link', { name: 'Download' }).click(),
	]);
	const bytes = readFileSync(await zip.path());
	await chromium.close();
	return bytes;
}

const getLog = (page: Page) => getChatFrame(page).getByRole('log');

/** Waits for the greeting, and answers it with an email address. */
async function sendEmail(page: Page): Promise<void> {
	await getLog(page).getByText('A new roof?').waitFor();
	const box = getChatFrame(page).getByRole('textbox');
	await box.fill('Yes, maya@hartmann.example');
	await box.press('Enter');
	await getLog(page).locator('.ai').nth(1).waitFor();
}

/** Answers what the AI asks until the chat is complete. */
async function completeChat(page: Page): Promise<void> {
	await sendEmail(page);
	const frame = getChatFrame(page);
	for (let answers = 2; (await frame.getByText(/within 24 hours/).count()) === 0; answers += 1) {
		await frame.getByRole('textbox').fill(`Answer ${answers}`);
		await frame.getByRole('textbox').press('Enter');
		await getLog(page).locator('.ai').nth(answers).waitFor();
	}
}

it('the plugin is valid PHP', () => {
	for (const file of globSync('widget/wordpress/**/*.php')) {
		const said = execFileSync('php', ['-l', file], { encoding: 'utf8' });
		expect(said).toContain('No syntax errors');
	}
});

it('works without any settings once activated', async () => {
	const page = await browser.open(`${wordpress.url}/plain/`);
	await getLauncher(page).click();
	await completeChat(page);
	expect(await page.locator('script[src*="/widget.js"]').count()).toBe(1);
});

it('its shortcode embeds the chat inline, 600 px high, also with the launcher turned off', async () => {
	wordpress.run(
		`update_option('frontdesk', array_merge(frontdesk_options(), ['launcher' => false]));`,
	);
	const page = await browser.open(`${wordpress.url}/inside/`);
	await sendEmail(page);
	const box = await page.locator('iframe[src*="/embed/"]').boundingBox();
	expect([box?.height, Math.round(box?.width ?? 0)]).toEqual([600, 550]);
	expect(await getLauncher(page).count()).toBe(0);
	expect(await (await fetch(`${wordpress.url}/plain/`)).text()).not.toContain('widget.js');
	wordpress.run(
		`update_option('frontdesk', array_merge(frontdesk_options(), ['launcher' => true]));`,
	);
});

it('a malicious shortcode creates no element', async () => {
	const html = await (await fetch(`${wordpress.url}/hostile/`)).text();
	expect(html).not.toMatch(/<[^>]*onload=/);
	expect(html).not.toContain('data-frontdesk');
});

it('hides the launcher on excluded pages only', async () => {
	wordpress.run(
		`update_option('frontdesk', array_merge(frontdesk_options(), ['excluded' => "/nowhere\\n/check*/"]));`,
	);
	const has = async (path: string) =>
		(await (await fetch(wordpress.url + path)).text()).includes('/widget.js');
	expect(await has('/checkout/')).toBe(false);
	expect(await has('/plain/')).toBe(true);
	// https://github.com/facebookincubator/wordpress-messenger-customer-chat-plugin/issues/6
	expect(await has('/plain/?fl_builder')).toBe(false);
	expect(await has('/plain/?elementor-preview=7&ver=1')).toBe(false);
	expect(await has('/plain/?utm_source=bricks')).toBe(true);
});

it('lines under "Not on these pages" exclude exactly those pages', () => {
	const cases = Buffer.from(JSON.stringify(EXCLUDED)).toString('base64');
	const ask = (home: string) =>
		JSON.parse(
			wordpress.run(`
		add_filter('home_url', fn ($url, $path) => '${home}' . $path, 10, 2);
		$found = array();
		foreach (json_decode(base64_decode('${cases}'), true) as $case) {
			$_SERVER['REQUEST_URI'] = '${new URL(home).pathname.replace(/\/$/, '')}' . $case[1];
			$found[] = array($case[0], $case[1], frontdesk_is_excluded($case[0]));
		}
		echo json_encode($found);`),
		) as unknown;
	expect(ask('https://roofs.example')).toEqual(EXCLUDED);
	const inFolder = EXCLUDED.filter(
		([line]) => !line.includes('roofs.example') && line !== '*/checkout',
	);
	expect(ask('https://roofs.example/blog')).toEqual(expect.arrayContaining(inFolder));
	const kept = wordpress.run(
		`echo json_encode(frontdesk_sanitize_excluded("/%C3%BCber-uns/\n//\n\n<b>/x</b>\n/?lang=de"));`,
	);
	expect(JSON.parse(kept)).toBe('/über-uns/\n/x\n/?lang=de');
});

it('saving checks the address and the site, and reports the result', () => {
	const check = (url: string, site: string, home = wordpress.url) =>
		JSON.parse(
			wordpress.run(`
		add_filter('home_url', fn ($url, $path) => '${home}' . $path, 10, 2);
		echo json_encode(frontdesk_check('${url}', '${site}')[0]);`),
		) as unknown;
	const says = (type: string, words: RegExp): unknown => [type, expect.stringMatching(words)];
	const site = wordpress.run(`echo frontdesk_options()['site'];`);
	expect(check(server.url, site)).toEqual(says('success', /Connected/));
	expect(check(server.url, 'nowhere')).toEqual(says('error', /has no site “nowhere”/));
	expect(check('http://127.0.0.1:9', site)).toEqual(says('warning', /can’t reach/));
	expect(check(wordpress.url, site)).toEqual(says('error', /doesn’t appear to be Frontdesk/));
	const live = 'https://roofs.example';
	expect(check(server.url, site, live)).toEqual(says('error', /only this computer/));
	expect(check('http://chat.example', site, live)).toEqual(says('error', /use https/));
});

it('rejects invalid settings, and prints malicious ones as text', () => {
	const printed = wordpress.run(`
		require_once ABSPATH . 'wp-admin/includes/template.php';
		$kept = frontdesk_sanitize(['url' => 'javascript:alert(1)', 'site' => '"><script>', 'excluded' => "/a\\n<b>"]);
		echo json_encode([$kept['url'] === frontdesk_options()['url'], $kept['site'] === frontdesk_options()['site'], count(get_settings_errors())]);
		update_option('frontdesk', ['url' => '"><script>alert(1)</script>', 'site' => 'roofs', 'launcher' => true, 'excluded' => '</textarea><script>']);
		frontdesk_print_text(['name' => 'url', 'hint' => '']); frontdesk_print_area(['name' => 'excluded', 'hint' => '']); frontdesk_print_loader();
		delete_option('frontdesk');`);
	expect(printed).toContain('[true,true,2]');
	expect(printed.match(/<script>|"><script/g)).toBe(null);
});

it('the snippet for functions.php works without the plugin', async () => {
	const [{ text } = { text: '' }] = readSnippets('docs/wordpress.md').filter(
		({ kind }) => kind === 'php',
	);
	wordpress.run(`deactivate_plugins('frontdesk/frontdesk.php');`);
	wordpress.use('snippet', `<?php ${text.replace('https://frontdesk.example.com', server.url)}`);
	const page = await browser.open(`${wordpress.url}/plain/`);
	await getLauncher(page).waitFor();
	expect(await page.content()).not.toContain('nowprocket');
	wordpress.use('snippet', '<?php');
	wordpress.run(`activate_plugin('frontdesk/frontdesk.php');`);
});

it.each([
	['a desktop', DESKTOP],
	['a phone', PHONE],
])('is unaffected by aggressive themes and optimizers on %s', async (_, options) => {
	wordpress.use('optimizer', readFileSync('tests/wordpress/optimizer.php', 'utf8'));
	const page = await browser.open(`${wordpress.url}/inside/`, options);
	await page.mouse.move(40, 40);
	const inline = page.locator('div[data-frontdesk] iframe');
	await inline.waitFor();
	expect((await inline.boundingBox())?.height).toBe(600);
	await page.goto(`${wordpress.url}/plain/`);
	await page.mouse.move(60, 60);
	await getLauncher(page).waitFor();
	const box = await getLauncher(page).boundingBox();
	expect([box?.height, Math.round(box?.width ?? 0)]).toEqual([56, 56]);
	await getLauncher(page).click();
	await sendEmail(page);
	await page.screenshot({ path: `${SCREENSHOTS}/wordpress.png` });
});
