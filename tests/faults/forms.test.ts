import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useBuiltServer } from '../support/built-server.ts';
import { ADMIN, signInAt } from '../support/server-api.ts';

const FORMS = ['/login', '/forgot-password', '/setup', '/invite/x', '/reset-password/x'];
/** The watchdog's log entry for a blocked event loop. */
const BLOCKED = /"blocked_ms":(\d+),"cpu_ms":(\d+)/g;

const server = useBuiltServer();

type Sent = string | FormData | URLSearchParams | Uint8Array<ArrayBuffer>;
const send = (path: string, body: Sent, headers: Record<string, string> = {}) =>
	fetch(server.url + path, {
		method: 'POST',
		redirect: 'manual',
		// Like a browser without JavaScript, which gets the plain status.
		headers: { origin: server.url, accept: 'text/html', ...headers },
		body,
	});

/** Returns the longest time that code blocked the event loop, in ms of CPU time. */
function getLongestBlock(): number {
	const blocks = [...server.process.output().matchAll(BLOCKED)].map(([, blocked, cpu]) =>
		Math.min(Number(blocked), Number(cpu)),
	);
	return Math.max(0, ...blocks);
}

/** Returns a value in which each entry refers to the next one twice: as a tree it has 2^depth nodes. */
function createSharedReferences(depth: number): string {
	const list: unknown[] = [{ email: 1 }];
	for (let index = 1; index <= depth; index += 1) list.push({ a: index + 1, b: index + 1 });
	return JSON.stringify([...list, 'x']);
}

it.each(['/%', '/embed/%', '/inbox/%ff', '/%E0%A4%A/x', '/settings/users%c3', '/api/sessions/%'])(
	'a request for %s, which cannot be decoded, is refused and ends nothing',
	async (path) => {
		for (const response of [await fetch(server.url + path), await send(path, '')]) {
			expect(response.status).toBe(400);
			expect(await response.text()).toContain('the URL is not encoded correctly');
		}
		expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
	},
);

describe.each(FORMS)('the form of %s', (path) => {
	it.each(['/default', '/__proto__', '/constructor', '/nothing', '/default&/nothing'])(
		'has no action %s',
		async (action) => {
			const response = await send(`${path}?${action}`, new URLSearchParams({ email: 'a' }));
			// 303: /setup redirects to the dashboard once an admin exists.
			expect([303, 404]).toContain(response.status);
		},
	);

	it.each<[string, () => Sent]>([
		[
			'shared references',
			() => new URLSearchParams({ __superform_json: createSharedReferences(30) }),
		],
		['a cycle', () => new URLSearchParams({ __superform_json: '[[1],[0]]' })],
		[
			'a path of thousands of parts',
			() =>
				new URLSearchParams({
					__superform_json: '[{}]',
					[`__superform_file_${'a.'.repeat(6_000)}b`]: '1',
				}),
		],
		['thousands of fields', () => new URLSearchParams('a=1&'.repeat(4_000))],
		[
			'names of a prototype',
			() => new URLSearchParams('__proto__=1&constructor=2&email[__proto__]=3&__superform_id=4'),
		],
		[
			'a file for text',
			() => {
				const form = new FormData();
				form.set('email', new Blob(['x']), 'x.txt');
				form.set('password', new Blob(['x']), 'x.txt');
				return form;
			},
		],
	])('treats %s as missing fields', async (_, body) => {
		const response = await send(path, body());
		// 303: /setup redirects to the dashboard once an admin exists.
		expect([303, 400, 413, 422]).toContain(response.status);
	});

	it('refuses more than 16 KiB, malformed bodies and other content types', async () => {
		expect((await send(path, new URLSearchParams({ email: 'x'.repeat(17_000) }))).status).toBe(413);
		const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
		expect((await send(path, 'no part at all', multipart)).status).toBe(400);
		expect((await send(path, '{}', { 'content-type': 'application/json' })).status).toBe(415);
		expect((await send(path, 'email=x', { 'content-type': 'text/plain' })).status).toBe(415);
	});
});

it('answers random forms with a status below 500, without blocking the event loop', async () => {
	const name = fc.oneof(
		fc.constantFrom('email', 'password', 'name', 'token', '__superform_id', '__superform_json'),
		fc.constantFrom('__proto__', 'constructor.prototype.x', 'email[]', '__superform_file_a.b'),
		fc.string({ unit: 'binary', maxLength: 20 }),
	);
	const value = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 400 }),
		fc.json({ maxDepth: 6 }),
		fc.constantFrom('\u0000', '\ud800', 'a@b.co', '%ff%fe', '-'.repeat(200)),
	);
	const encoded = fc
		.array(fc.tuple(name, value), { maxLength: 12 })
		.map(
			(fields) =>
				new URLSearchParams(fields.map(([key, text]) => [key.toWellFormed(), text.toWellFormed()])),
		);
	const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => new Uint8Array(array));
	const types = fc.constantFrom(
		'application/x-www-form-urlencoded',
		'multipart/form-data; boundary=a',
		'multipart/form-data',
		'application/x-www-form-urlencoded; charset=utf-7',
	);
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...FORMS),
			fc.oneof(encoded, bytes),
			types,
			async (path, body, type) => {
				const response = await send(path, body, { 'content-type': type });
				await response.body?.cancel();
				expect(response.status).toBeLessThan(500);
			},
		),
		{ numRuns: 100 },
	);
	expect(getLongestBlock()).toBeLessThan(5_000);
	expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

describe('a form sent from another origin', () => {
	it('is refused with a message that the form shows', async () => {
		const origin = 'https://chat.example.com';
		const body = new URLSearchParams(ADMIN);
		const response = await send('/login', body, { origin, 'x-sveltekit-action': 'true' });
		expect(response.status).toBe(403);
		const answer = (await response.json()) as { type: string; error: { message: string } };
		expect(answer.type).toBe('error');
		expect(answer.error.message).toContain(
			`opened at ${origin}, but Frontdesk runs at ${server.url}`,
		);
		expect(answer.error.message).toContain('PUBLIC_URL');
	});

	it('is refused with an error page without JavaScript, which echoes no input', async () => {
		const response = await send('/login', new URLSearchParams(ADMIN), {
			origin: 'https://evil.example/<script>',
		});
		expect(response.status).toBe(403);
		const text = await response.text();
		expect(text).toContain('PUBLIC_URL');
		expect(text).not.toContain('<script>');
	});

	it.each(['same-site', 'cross-site'])('is refused with Sec-Fetch-Site: %s', async (site) => {
		const response = await send('/login', new URLSearchParams(ADMIN), { 'sec-fetch-site': site });
		expect(response.status).toBe(403);
	});
});

describe('an id in the path of a page', () => {
	it.each(['/widget/photos/%00', '/widget/photos/a%00b', '/widget/photos/x'])(
		'%s is not found',
		async (path) => expect((await fetch(server.url + path)).status).toBe(404),
	);

	it.each(['..%2f', '..%2f..%2fapi%2fsites%3f', '%2e%2e%2fnothing', '%00', 'a%2fb'])(
		'%s leads to no other path in the inbox',
		async (id) => {
			const cookie = await signInAt(server.url);
			const response = await fetch(`${server.url}/inbox/${id}`, { headers: { cookie } });
			expect(response.status).toBe(404);
		},
	);
});

it('pages of one-time links are not cached', async () => {
	for (const path of ['/invite/x', '/reset-password/x']) {
		const response = await fetch(server.url + path);
		expect(response.headers.get('Cache-Control')).toContain('no-store');
	}
});
