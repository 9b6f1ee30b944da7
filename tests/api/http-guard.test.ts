import { request as httpRequest, Agent } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { signInForCookie, createUser } from '../factories/user.ts';
import { API_KEY } from '../support/server-api.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();
const MIB = 1024 * 1024;

/** Sends raw bytes on a new connection. Resolves with everything received once the server has closed it. */
async function sendRaw(bytes: string): Promise<string> {
	const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
	let text = '';
	socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
	socket.on('error', () => undefined);
	socket.write(bytes);
	await new Promise((resolve) => socket.once('close', resolve));
	return text;
}

const sendHead = (target: string, ...headers: string[]) =>
	sendRaw(
		`${[`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`,
	);

describe('a body that is too large', () => {
	const post = (agent: Agent, body: Buffer, headers: Record<string, string | number>) =>
		new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
			const sent = httpRequest(
				`${t.url}/api/sites`,
				{ method: 'POST', agent, headers },
				(response) => {
					let text = '';
					response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
					response.on('end', () => resolve({ status: response.statusCode, text }));
					response.on('error', reject);
				},
			);
			sent.on('error', reject);
			sent.end(body);
		});

	it.each([
		['with a Content-Length', { 'Content-Length': 2 * MIB }],
		['with chunked encoding', { 'Transfer-Encoding': 'chunked' }],
	])('%s always gets its 413 on a reused connection', async (_, length) => {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		for (let round = 0; round < 15; round += 1) {
			await post(agent, Buffer.from('{}'), { 'X-API-Key': API_KEY, 'Content-Length': 2 });
			const headers = { 'X-API-Key': API_KEY, 'Content-Type': 'application/json', ...length };
			const { status, text } = await post(agent, Buffer.alloc(2 * MIB, 'x'), headers);
			expect(status).toBe(413);
			expect(JSON.parse(text)).toMatchObject({ type: 'urn:frontdesk:problem:payload_too_large' });
		}
		agent.destroy();
	});

	it('is cut off when it never ends', async () => {
		const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
		let text = '';
		socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
		socket.on('error', () => undefined);
		socket.write(
			`POST /api/sites HTTP/1.1\r\nHost: x\r\nX-API-Key: ${API_KEY}\r\nContent-Length: ${1024 * MIB}\r\n\r\n`,
		);
		const chunk = Buffer.alloc(MIB);
		const write = () => {
			while (!socket.destroyed && socket.write(chunk));
		};
		socket.on('drain', write);
		write();
		await new Promise((resolve) => socket.once('close', resolve));
		expect(text).toContain('413');
		expect(socket.bytesWritten).toBeLessThan(512 * MIB);
	});
});

describe('before decoding anything', () => {
	it.each<[string, number, string, string[]]>([
		['a URL over 8 KiB', 400, `/api/sessions?q=${'x'.repeat(9_000)}`, []],
		['more than 100 parameters', 400, `/api/sessions?${'a&'.repeat(101)}`, []],
		['cookies over 8 KiB', 400, '/api/sessions', [`Cookie: a=${'x'.repeat(9_000)}`]],
		['more than 200 cookies', 400, '/api/sessions', [`Cookie: ${'a=;'.repeat(201)}`]],
		['a target that is no path', 400, 'http://a@b/', []],
		['a lone percent sign', 400, '/embed/%', []],
		['a path that is not UTF-8', 400, '/inbox/%ff', []],
		['a compressed body', 415, '/api/sessions', ['Content-Encoding: gzip', 'Content-Length: 0']],
		['a visitor’s body over 128 KiB', 413, '/api/embed-chat/sessions', ['Content-Length: 200000']],
	])('%s is refused', async (_, status, target, headers) => {
		// The client sends no body, so only the guard can have answered.
		const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
		socket.write(`${[`POST ${target} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`);
		const [first] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
		expect(first).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
		expect(first).toContain('application/problem+json');
		socket.destroy();
	});

	it.each(['evil.example/api?', 'a@b', 'a b', 'x:99999999', '"'])(
		'the Host %j is refused',
		async (host) => {
			const text = await sendRaw(
				`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
			);
			expect(text).toMatch(/^HTTP\/1\.1 400 /);
		},
	);

	// Java's HttpClient and `curl --http2` do this on http: https://datatracker.ietf.org/doc/html/rfc7540#section-3.2
	it.each(['h2c', 'TLS/1.0', 'h2c, TLS/1.0'])(
		'an offer to upgrade to %s is ignored and the request answered',
		async (protocol) => {
			const connection = 'Connection: Upgrade, HTTP2-Settings, close';
			const bytes = `GET /healthz HTTP/1.1\r\nHost: x\r\n${connection}\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMA\r\n\r\n`;
			expect(await sendRaw(bytes)).toMatch(/^HTTP\/1\.1 200 /);
		},
	);

	it('the same limits apply to upgrades', async () => {
		const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', `Cookie: a=${'x'.repeat(9_000)}`];
		expect(await sendHead('/socket.io/?EIO=4&transport=websocket', ...upgrade)).toMatch(
			/^HTTP\/1\.1 400 /,
		);
	});
});

describe('pages of other sites', () => {
	it('get nothing through JSONP, with or without an Engine.IO session', async () => {
		const polling = `${t.url}/socket.io/?EIO=4&transport=polling`;
		for (const query of ['&j=0', '&j', '&%6a=1', '&sid=x&j=0', '&j=0&j=1']) {
			const response = await fetch(polling + query);
			expect(response.status).toBe(400);
			expect(await response.text()).not.toContain('___eio');
		}
		expect((await fetch(polling)).status).toBe(200);
	});

	it('cannot load responses as scripts or images, except the widget’s', async () => {
		const fetchHeaders = async (path: string) => (await fetch(t.url + path)).headers;
		for (const path of ['/socket.io/?EIO=4&transport=polling', '/api/openapi.json', '/healthz']) {
			const headers = await fetchHeaders(path);
			expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
			expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
		}
		const widget = await fetchHeaders('/api/embed-chat/config/default');
		expect(widget.get('X-Content-Type-Options')).toBe('nosniff');
		expect(widget.get('Cross-Origin-Resource-Policy')).not.toBe('same-origin');
	});

	it('get nothing through the cookie that a browser sends', async () => {
		const cookie = await signInForCookie(t.app, await createUser(t.app));
		const status = async (headers: Record<string, string>) => {
			const response = await fetch(`${t.url}/api/sessions`, { headers: { cookie, ...headers } });
			return response.status;
		};
		expect(await status({})).toBe(200);
		expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200);
		expect(await status({ 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'script' })).toBe(401);
		expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' })).toBe(401);
	});
});

it('logs a blocked event loop with the requests in flight, and counts it', async () => {
	const { app } = t;
	const warn = vi.spyOn(app.log, 'warn');
	const done = app.watchdog.track('POST /slow/…');
	const cpu = process.threadCpuUsage();
	while (process.threadCpuUsage(cpu).user < 400_000);
	done();
	await vi.waitFor(() =>
		expect(warn).toHaveBeenCalledWith(
			expect.objectContaining({ in_flight: expect.arrayContaining(['POST /slow/…']) as unknown }),
			'the event loop was blocked',
		),
	);
	const metrics = await (await fetch(`${t.url}/metrics`)).text();
	expect(metrics).toMatch(/frontdesk_event_loop_block_seconds_count [1-9]/);
	expect(app.watchdog.getLongestBlockMs()).toBeGreaterThan(200);
	warn.mockRestore();
});

it('lets browsers cache the API reference', async () => {
	const first = await fetch(`${t.url}/api/docs`);
	const etag = first.headers.get('ETag') ?? '';
	expect(first.headers.get('Cache-Control')).toContain('max-age');
	const again = await fetch(`${t.url}/api/docs`, { headers: { 'If-None-Match': etag } });
	expect(again.status).toBe(304);
});
