// @module-tag thorough
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pageTest, type PageTest } from '#lib/contract/page-test.ts';
import { createOutbound } from '#lib/server/core/outbound/index.ts';
import { RATE_LIMITS } from '#lib/server/core/rate-limits.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { expectProblem, useTestApi } from '../support/api.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const unguarded = useTestApi({ OUTBOUND_ALLOW_PRIVATE: 'true', RATE_LIMIT: 'off' });
const guarded = useTestApi({ OUTBOUND_ALLOW_PRIVATE: 'false' });

const standIn = useStandIn();

const TAG = '<script src="http://localhost:3000/widget.js" data-site="default" async></script>';
const PAGE = `<!doctype html><title>Roofs</title>${TAG}`;

async function testPage(url: string, { call } = unguarded): Promise<PageTest> {
	const response = await call('POST', '/api/sites/default/page-test', { body: { url } });
	expect(response.status, await response.clone().text()).toBe(200);
	return pageTest.parse(await response.json());
}
/** Serves a page at `/page` and tests it. */
async function serveAndTest(
	body: string | Uint8Array,
	headers: Record<string, string> = { 'content-type': 'text/html' },
	status = 200,
): Promise<PageTest> {
	standIn().route('/page', ({ response }) => {
		response.writeHead(status, headers).end(body);
	});
	return testPage(`${standIn().url}/page`);
}
const getCodes = ({ findings }: PageTest) => findings.map(({ code }) => code);

describe('the test of a page', () => {
	it('finds the chat, and is audited', async () => {
		expect(await serveAndTest(PAGE)).toEqual({
			url: `${standIn().url}/page`,
			http_status: 200,
			is_ready: true,
			placements: 1,
			findings: [],
		});
		const entries = await unguarded.t.app.db.select().from(audit_entries);
		expect(entries.at(-1)).toMatchObject({
			action: 'page.tested',
			detail: { url: standIn().url },
		});
	});

	it('reads the policy that the page sends', async () => {
		const tested = await serveAndTest(PAGE, {
			'content-type': 'text/html; charset=utf-8',
			'content-security-policy': "script-src 'self'",
		});
		expect(tested.is_ready).toBe(false);
		expect(tested.findings).toMatchObject([{ code: 'csp_script', detail: "script-src 'self'" }]);
	});

	it('follows redirects and checks the page at their end', async () => {
		standIn().route('/old', ({ response }) => {
			response.writeHead(301, { location: '/page' }).end();
		});
		await serveAndTest(PAGE);
		expect(await testPage(`${standIn().url}/old`)).toMatchObject({
			url: `${standIn().url}/page`,
			is_ready: true,
		});
	});

	it('adds a missing scheme, and refuses other addresses', async () => {
		const { call } = unguarded;
		for (const url of ['', 'ftp://example.com', 'https://user:secret@example.com', 'http://']) {
			const response = await call('POST', '/api/sites/default/page-test', { body: { url } });
			await expectProblem(response, 'invalid');
		}
		const unknown = await call('POST', '/api/sites/none/page-test', { body: { url: 'a.example' } });
		await expectProblem(unknown, 'not_found');
	});
});

describe('a hostile page', () => {
	it.each([
		['an error', PAGE, { 'content-type': 'text/html' }, 503, 'bad_status'],
		['a picture', PAGE, { 'content-type': 'image/png' }, 200, 'not_html'],
		['a broken encoding', PAGE, { 'content-encoding': 'br' }, 200, 'unreachable'],
		['an unknown encoding', PAGE, { 'content-encoding': 'zstd' }, 200, 'unreachable'],
		['nothing', '', {}, 200, 'snippet_missing'],
	])('that answers with %s is explained', async (_, body, headers, status, code) => {
		expect(getCodes(await serveAndTest(body, headers as Record<string, string>, status))).toEqual([
			code,
		]);
	});

	it.each([
		['of 40 MB', Buffer.concat([Buffer.from(PAGE), Buffer.alloc(40_000_000, 'a')]), {}],
		[
			'that expands to 200 MB',
			gzipSync(Buffer.concat([Buffer.from(PAGE), Buffer.alloc(200_000_000, 'a')])),
			{ 'content-encoding': 'gzip' },
		],
	])('%s is read to its limit', async (_, body, headers) => {
		const tested = await serveAndTest(body, { 'content-type': 'text/html', ...headers });
		expect(tested).toMatchObject({ is_ready: true, findings: [{ code: 'page_cut' }] });
	});

	it('that redirects forever is given up', async () => {
		standIn().route('/loop', ({ response }) => {
			response.writeHead(302, { location: '/loop' }).end();
		});
		const before = standIn().all.requests.length;
		expect(getCodes(await testPage(`${standIn().url}/loop`))).toEqual(['unreachable']);
		expect(standIn().all.requests.length - before).toBe(6);
	});

	it.each([
		['utf-16le', Buffer.from(`\uFEFF${PAGE}`, 'utf16le'), 'text/html'],
		['latin1', Buffer.from(`<title>Dächer</title>${TAG}`, 'latin1'), 'text/html; charset=latin1'],
		['none that exists', Buffer.from(PAGE), 'text/html; charset=klingon'],
		['in its own element', Buffer.from(`<meta charset="windows-1251">${PAGE}`), 'text/html'],
	])('with the character encoding %s is read', async (_, body, type) => {
		expect((await serveAndTest(body, { 'content-type': type })).placements).toBe(1);
	});

	it('that stalls is given up after a timeout', async () => {
		// The same limits as for a slow page, in less time.
		const { outbound } = unguarded.t.app;
		const impatient = {
			...outbound,
			request: (request: Parameters<typeof outbound.request>[0]) =>
				outbound.request({ ...request, timeouts: { firstByte: 100, idle: 100, total: 100 } }),
		};
		Object.assign(unguarded.t.app, { outbound: impatient });
		standIn().route('/stalls', ({ response }) => {
			response.writeHead(200, { 'content-type': 'text/html' }).write('<p>');
		});
		expect(getCodes(await testPage(`${standIn().url}/stalls`))).toEqual(['unreachable']);
		Object.assign(unguarded.t.app, { outbound });
	});
});

describe('private addresses', () => {
	it.each(['http://127.0.0.1', 'http://[::1]', 'http://169.254.169.254', 'http://2130706433'])(
		'%s is refused',
		async (url) => {
			const tested = await testPage(url, guarded);
			expect(tested.findings).toMatchObject([{ code: 'unreachable' }]);
			expect(tested.findings[0]?.detail).toContain('private or reserved');
		},
	);

	it.each([
		['behind a name', false, ['127.0.0.1']],
		['behind a name whose answer changes', true, ['127.0.0.1', '169.254.169.254']],
	])('are refused %s', async (_, allowPrivate, answers) => {
		const { app } = guarded.t;
		const { outbound } = app;
		const resolve = () => Promise.resolve([{ address: answers.shift() ?? '0.0.0.0', family: 4 }]);
		const rebound = createOutbound({ allowPrivate, resolve });
		Object.assign(app, { outbound: rebound });
		const { port } = new URL(standIn().url);
		standIn().route('/first', ({ response }) => {
			const location = `http://rebound.example:${port}/second`;
			response.writeHead(302, { location, connection: 'close' }).end();
		});
		const tested = await testPage(`http://rebound.example:${port}/first`, guarded);
		expect(tested.findings).toMatchObject([{ code: 'unreachable' }]);
		expect(tested.findings[0]?.detail).toContain('private or reserved');
		const received = standIn().all.requests.filter(({ path }) => path === '/second');
		expect(received).toEqual([]);
		Object.assign(app, { outbound });
		await rebound.close();
	});

	it('are refused after a redirect', async () => {
		standIn().route('/inside', ({ response }) => {
			response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
		});
		const tested = await testPage(`${standIn().url}/inside`);
		expect(tested.findings[0]?.detail).toContain('169.254.169.254');
	});
});

it('tests of pages are limited by caller', async () => {
	const use = () =>
		guarded.call('POST', '/api/sites/default/page-test', { body: { url: 'http://127.0.0.1' } });
	for (let n = 0; n <= RATE_LIMITS.page_test.points; n += 1) await use();
	await expectProblem(await use(), 'rate_limited');
});
