import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { ADMIN } from '../support/sign-in.ts';

const FORMS = ['/login', '/forgot-password', '/setup', '/invite/x', '/reset-password/x'];
/** No request may take so long, on the busiest machine: what these attack took seconds or minutes. */
const BLOCKED = /"blocked_ms":(\d+),"cpu_ms":(\d+)/g;

let server: ServerProcess;
let drop: () => Promise<void>;
beforeAll(async () => {
	const database = await createTestDatabase();
	drop = () => database.drop();
	server = await startServer({
		DATABASE_URL: database.url,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
	});
});
afterAll(async () => {
	await server.stop();
	await drop();
});

type Sent = string | FormData | URLSearchParams | Uint8Array<ArrayBuffer>;
const send = (path: string, body: Sent, headers: Record<string, string> = {}) =>
	fetch(server.url + path, {
		method: 'POST',
		redirect: 'manual',
		// As a browser without script, which gets the status as it is.
		headers: { origin: server.url, accept: 'text/html', ...headers },
		body,
	});

/** The longest time that code of ours held the event loop, in milliseconds of CPU. */
function longestBlock(): number {
	const blocks = [...server.output().matchAll(BLOCKED)].map(([, blocked, cpu]) =>
		Math.min(Number(blocked), Number(cpu)),
	);
	return Math.max(0, ...blocks);
}

/** A value whose entries refer to one entry twice: 2^depth steps for whoever merges it as a tree. */
function sharedReferences(depth: number): string {
	const list: unknown[] = [{ email: 1 }];
	for (let index = 1; index <= depth; index += 1) list.push({ a: index + 1, b: index + 1 });
	return JSON.stringify([...list, 'x']);
}

describe.each(FORMS)('the form of %s', (path) => {
	it.each(['/default', '/__proto__', '/constructor', '/nothing', '/default&/nothing'])(
		'knows no action named %s',
		async (action) => {
			const response = await send(`${path}?${action}`, new URLSearchParams({ email: 'a' }));
			// 303: the page of the first admin, once there is one, leads to the dashboard.
			expect([303, 404]).toContain(response.status);
		},
	);

	it.each<[string, () => Sent]>([
		['shared references', () => new URLSearchParams({ __superform_json: sharedReferences(30) })],
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
	])('takes %s for a form that lacks its fields', async (_, body) => {
		const response = await send(path, body());
		// 303: the page of the first admin, once there is one, leads to the dashboard.
		expect([303, 400, 413, 422]).toContain(response.status);
	});

	it('refuses more than 16 KiB, a body that is no form, and other types', async () => {
		expect((await send(path, new URLSearchParams({ email: 'x'.repeat(17_000) }))).status).toBe(413);
		const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
		expect((await send(path, 'no part at all', multipart)).status).toBe(400);
		expect((await send(path, '{}', { 'content-type': 'application/json' })).status).toBe(415);
		expect((await send(path, 'email=x', { 'content-type': 'text/plain' })).status).toBe(415);
	});
});

it('forms of chance are answered with less than 500, and hold nobody up', async () => {
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
			(fields) => new URLSearchParams(fields.map(([k, v]) => [k.toWellFormed(), v.toWellFormed()])),
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
	expect(longestBlock()).toBeLessThan(1_000);
	expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

describe('a form sent from an address that is not ours', () => {
	it('is refused with words that the form shows', async () => {
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

	it('is refused with a page where there is no script, which shows nothing that it was sent', async () => {
		const response = await send('/login', new URLSearchParams(ADMIN), {
			origin: 'https://evil.example/<script>',
		});
		expect(response.status).toBe(403);
		const text = await response.text();
		expect(text).toContain('PUBLIC_URL');
		expect(text).not.toContain('<script>');
	});

	it.each(['same-site', 'cross-site'])('is refused when the browser says %s', async (site) => {
		const response = await send('/login', new URLSearchParams(ADMIN), { 'sec-fetch-site': site });
		expect(response.status).toBe(403);
	});
});

it('pages of one-time links are kept by no cache', async () => {
	for (const path of ['/invite/x', '/reset-password/x']) {
		const response = await fetch(server.url + path);
		expect(response.headers.get('Cache-Control')).toContain('no-store');
	}
});
