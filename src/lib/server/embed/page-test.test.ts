import { describe, expect, it } from 'vitest';
import { findBlockingDirective } from './page-policy.ts';
import { judgePage, type PageContext } from './judge-page.ts';
import { readPage } from './read-page.ts';

const SERVER = 'https://chat.example.com';
const LINE = `<script src="${SERVER}/widget.js" data-site="roofs" async></script>`;
const html = (body: string, head = '') =>
	`<!doctype html><html><head><title>Roofs</title>${head}</head><body><h1>Roofs</h1>${body}</body></html>`;

interface ContextOptions extends Partial<Omit<PageContext, 'page'>> {
	page?: string;
}
async function judge(page: string, given: ContextOptions = {}) {
	const { page: address = 'https://www.roofs.example/', ...context } = given;
	const facts = await readPage(page, 'chat.example.com');
	const { placements, findings } = judgePage(facts, {
		server: new URL(SERVER),
		site: { key: 'roofs', allowed_origins: [], is_archived: false },
		policies: facts.policies,
		is_server_hidden: false,
		is_cut: false,
		...context,
		page: new URL(address),
	});
	return { placements, codes: findings.map(({ code }) => code), findings };
}

describe('a page that shows the chat', () => {
	it.each([
		['the launcher', LINE],
		['a key in capitals', LINE.replace('roofs', 'ROOFS')],
		['an iframe with capitals', `<iframe src="${SERVER}/embed/Roofs"></iframe>`],
		['the launcher without a scheme', LINE.replace('https:', '')],
		['an element', `<div data-frontdesk="roofs"></div><script src="${SERVER}/widget.js"></script>`],
		['an iframe', `<iframe src="${SERVER}/embed/roofs?utm_source=ad" title="Chat"></iframe>`],
		[
			'settings beside a renamed script',
			`<script>FrontdeskSettings = { site: 'roofs' }</script><script src="${SERVER}/widget.js"></script>`,
		],
		[
			'the launcher in upper case',
			LINE.replace('https', 'HTTPS').replace('script src', 'SCRIPT SRC'),
		],
		['the launcher with a version', LINE.replace('widget.js', 'widget.js?ver=6.5')],
		['the launcher with entities', LINE.replace('://', '&#x3A;&#x2F;&#x2F;')],
		// https://github.com/wp-media/wp-rocket/issues/5517
		[
			'an iframe that loads later',
			`<iframe src="about:blank" data-lazy-src="${SERVER}/embed/roofs"></iframe>`,
		],
		['code after a bare ampersand and unclosed elements', `<p>A & B<div><b>${LINE}`],
	])('has no findings with %s', async (_, code) => {
		expect(await judge(html(code))).toMatchObject({ placements: 1, codes: [] });
	});

	it('counts duplicates', async () => {
		const { placements, codes } = await judge(html(LINE + LINE));
		expect(placements).toBe(2);
		expect(codes).toEqual(['duplicate_snippet']);
	});

	it('may also have a frame for visitors without scripts', async () => {
		const fallback = `<noscript><iframe src="${SERVER}/embed/roofs"></iframe></noscript>`;
		expect((await judge(html(LINE + fallback))).codes).toEqual([]);
	});

	it('may be added by a script or a tag manager, which this test doesn’t run', async () => {
		const inline = `<script>s.src='${SERVER}/widget.js';s.dataset.site='roofs'</script>`;
		expect((await judge(html(inline))).codes).toEqual(['added_by_script']);
		for (const host of ['www.googletagmanager.com', 'tags.roofs.example']) {
			const manager = `<script src="https://${host}/gtm.js?id=GTM-1"></script>`;
			expect((await judge(html(manager))).codes).toEqual(['snippet_missing', 'tag_manager']);
		}
	});

	const inline = `s.src='${SERVER}/widget.js'`;
	it.each([
		// https://shopify.dev/docs/api/admin-rest/latest/resources/scripttag
		[
			'Shopify',
			`<script>var urls=["${SERVER}/widget.js?shop=x"]</script>`.replaceAll('/w', '\\/w'),
		],
		[
			'Nuxt',
			`<script>window.__NUXT__={src:"${SERVER.replaceAll('/', '\\u002F')}\\u002Fwidget.js"}</script>`,
		],
		['React', `<script>self.__next_f.push([1,"{\\"src\\":\\"${SERVER}/widget.js\\"}"])</script>`],
		// https://github.com/litespeedtech/lscache_wp/issues/831
		[
			'LiteSpeed',
			`<script type="litespeed/javascript" data-src="data:text/javascript;base64,${btoa(inline)}"></script>`,
		],
		[
			'a data URL',
			`<script defer src="data:text/javascript,${encodeURIComponent(inline)}"></script>`,
		],
	])('may add it with a script from %s', async (_, code) => {
		expect((await judge(html(code))).codes).toEqual(['added_by_script']);
	});
});

describe('a page without a working chat', () => {
	const moved = LINE.replace('src=', 'data-src=');
	it.each([
		['snippet_missing', '<p>Nothing here</p>'],
		['snippet_in_comment', `<!-- ${LINE} -->`],
		['snippet_in_noscript', `<noscript>${LINE}</noscript>`],
		['snippet_in_template', `<template><div>${LINE}</div></template>`],
		['snippet_as_text', `<p>${LINE.replaceAll('<', '&lt;')}</p>`],
		['snippet_as_text', `<textarea>${LINE}</textarea>`],
		['wrong_site_key', LINE.replace('roofs', 'garages')],
		['wrong_site_key', `<iframe src="${SERVER}/embed/garages"></iframe>`],
		['site_key_missing', LINE.replace('data-site="roofs"', '')],
		['other_server', LINE.replace('chat.example.com', 'old.example.com')],
		['waits_for_consent', LINE.replace('<script', '<script type="text/plain"')],
		['waits_for_consent', moved.replace('<script', '<script data-cookieconsent="marketing"')],
		['delayed_by_plugin', moved.replace('<script', '<script type="litespeed/javascript"')],
		['delayed_by_plugin', LINE.replace('<script', '<script type="0a1b2c-text/javascript"')],
		['curly_quotes', LINE.replaceAll('"', '”')],
		['delayed_by_plugin', LINE.replace('src=', 'type="rocketlazyloadscript" data-rocket-src=')],
		['delayed_by_plugin', LINE.replace('src=', 'type="pmdelayedscript" src=')],
		['delayed_by_plugin', LINE.replace('src=', 'type="nitropack/script" nitro-src=')],
		['delayed_by_plugin', LINE.replace('src=', 'type="text/partytown" src=')],
		[
			'delayed_by_plugin',
			`<script>FrontdeskSettings={site:'roofs'}</script><script type="rocketlazyloadscript" data-rocket-src="${SERVER}/widget.js"></script>`,
		],
		['waits_for_consent', LINE.replace('src=', 'type="text/plain" data-cmplz-src=')],
		['waits_for_consent', LINE.replace('src=', 'type="text/plain" data-suppressedsrc=')],
		[
			'waits_for_consent',
			LINE.replace('src=', 'type="application/consent" consent-original-src-_='),
		],
		[
			'waits_for_consent',
			LINE.replace('src=', 'type="text/template" data-borlabs-cookie-script-blocker-src='),
		],
		[
			'waits_for_consent',
			`<iframe data-cookieconsent="marketing" data-cookieblock-src="${SERVER}/embed/roofs"></iframe>`,
		],
		['copied_by_plugin', LINE.replace(`${SERVER}/widget.js`, '/cache/min/1/a.js')],
		['has_integrity', LINE.replace('async', 'integrity="sha256-x"')],
	])('has the finding %s', async (code, body) => {
		expect((await judge(html(body))).codes).toEqual([code]);
	});

	it('has a finding for each obstacle outside the code, blocking ones first', async () => {
		const site = { key: 'roofs', allowed_origins: ['https://roofs.example'], is_archived: true };
		const policies = ["default-src 'self'; script-src 'self' https://cdn.example.com"];
		const { codes, findings } = await judge(html(LINE + LINE), { site, policies });
		expect(codes).toEqual([
			'site_archived',
			'origin_not_allowed',
			'csp_script',
			'csp_frame',
			'duplicate_snippet',
			'csp_connect',
		]);
		expect(findings[1]?.detail).toBe('https://www.roofs.example');
		expect(findings[2]?.detail).toBe("script-src 'self' https://cdn.example.com");
	});

	it('has a finding if browsers or visitors can’t reach the server', async () => {
		const server = new URL('http://chat.example.com');
		expect((await judge(html(LINE), { server })).codes).toEqual(['mixed_content']);
		expect((await judge(html(LINE), { server, is_server_hidden: true })).codes).toEqual([
			'server_not_public',
		]);
	});

	it('has a finding for a policy in the page itself', async () => {
		const meta = `<meta http-equiv="Content-Security-Policy" content="frame-src 'none'">`;
		expect((await judge(html(LINE, meta))).codes).toEqual(['csp_frame']);
	});
});

describe('a content security policy', () => {
	const page = new URL('https://www.roofs.example/');
	const url = new URL(`${SERVER}/widget.js`);
	const script = (policy: string, nonce?: string) =>
		findBlockingDirective([policy], { kind: 'script', url, page, nonce });

	it.each([
		'',
		"img-src 'none'",
		'script-src *',
		'script-src https:',
		'script-src chat.example.com',
		'script-src https://chat.example.com:443/',
		'script-src *.example.com:*',
		'script-src http://chat.example.com',
		`script-src ${SERVER}/widget.js`,
		"script-src-elem https:; script-src 'none'",
		"default-src https:; default-src 'none'",
	])('allows the script with %j', (policy) => {
		expect(script(policy)).toBeUndefined();
	});

	it.each([
		"default-src 'self'",
		"script-src 'none'",
		'script-src *.chat.example.com',
		'script-src http:; script-src-elem data:',
		`script-src ${SERVER}/other/`,
		'script-src https://chat.example.com:8443',
		"script-src 'strict-dynamic' https:",
		'sandbox allow-forms',
		`script-src https:, script-src 'self'`,
	])('blocks the script with %j', (policy) => {
		expect(script(policy)).toBeTypeOf('string');
	});

	it('allows a script with the policy’s nonce', () => {
		expect(script("script-src 'nonce-a1' 'strict-dynamic'", 'a1')).toBeUndefined();
		expect(script("script-src 'nonce-a1'", 'b2')).toBeTypeOf('string');
	});
});

describe('reading a page takes linear time', () => {
	it.each([
		['nested elements', '<div>'.repeat(400_000)],
		['attributes', `<p ${Array.from({ length: 200_000 }, (_, n) => `a${n}`).join(' ')}>`],
		['open comments', '<!--'.repeat(300_000)],
		['open tags', '<'.repeat(1_000_000)],
		['ambiguous ampersands', '&am'.repeat(500_000)],
		['unfinished settings', `<script>FrontdeskSettings ${'site:'.repeat(200_000)}`],
	])('for %s', async (_, body) => {
		expect((await judge(html(LINE + body))).placements).toBe(1);
	});

	it.each([
		['elements', '<a data-frontdesk="garages">'],
		['frames', '<iframe src="/embed/garages"></iframe>'],
		['scripts', LINE.replace('roofs', 'garages')],
		['settings', "<script>FrontdeskSettings = { site: 'garages' }</script>"],
	] as const)('because only a limited number of its %s is checked', async (kind, code) => {
		const facts = await readPage(html(LINE + code.repeat(2000)), 'chat.example.com');
		expect(facts[kind]).toHaveLength(200);
	});

	it('because only a limited length of its policies is checked', async () => {
		const meta = (policy: string) =>
			`<meta http-equiv="content-security-policy" content="${policy}">`;
		const page = html(LINE, meta('a,'.repeat(100_000)).repeat(10));
		const { policies } = await readPage(page, 'chat.example.com');
		expect(policies.map(({ length }) => length)).toEqual(Array(5).fill(16 * 1024));
		const blocking = [...Array<string>(100).fill('img-src *'), "frame-src 'none'"];
		expect((await judge(html(LINE), { policies: blocking })).codes).toEqual([]);
		expect((await judge(html(LINE), { policies: blocking.slice(1) })).codes).toEqual(['csp_frame']);
	});
});
