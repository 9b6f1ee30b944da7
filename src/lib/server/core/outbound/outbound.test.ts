import { createServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startStandIn } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { createOutbound, OutboundError, type OutboundRequest } from './index.ts';

const standIn = useStandIn();
const outbound = createOutbound({ allowPrivate: true });

afterAll(() => outbound.close());
afterEach(() => standIn().all.clear());

const LIMITS = { firstByte: 5000, idle: 5000, total: 10_000 };

function post(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
	return { url, method: 'POST', body: '{}', timeouts: LIMITS, maxBytes: 100_000, ...more };
}

/** Returns the error of a request or of reading its whole response. */
async function getFailure(request: OutboundRequest, client = outbound): Promise<OutboundError> {
	try {
		const response = await client.request(request);
		await response.text();
	} catch (error) {
		if (error instanceof OutboundError) return error;
		throw error;
	}
	throw new Error('the call succeeded');
}

const listen = async (server: Server): Promise<number> => {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('not a TCP port');
	return address.port;
};

const plainBytes = (text: string) => Buffer.from(text);

describe('preconnecting', () => {
	/** Starts a server that answers every request and records its connections. Ends the first one with `greeting`, if given. */
	async function startServer({ greeting }: { greeting?: string } = {}) {
		const connections: Socket[] = [];
		const server = createServer((socket) => {
			connections.push(socket);
			socket.on('error', () => undefined);
			socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
			if (greeting !== undefined && connections.length === 1) socket.end(greeting);
		});
		const url = `http://127.0.0.1:${await listen(server)}`;
		onTestFinished(() => {
			for (const socket of connections) socket.destroy();
			server.close();
		});
		return { url, connections };
	}
	const call = async (url: string) => (await outbound.request(post(url))).text();

	it('opens one connection, which the next call uses', async () => {
		const { url, connections } = await startServer();
		for (let i = 0; i < 5; i++) outbound.preconnect(`${url}/webhook?a=1`);
		await expect.poll(() => connections.length).toBe(1);
		expect(await call(url)).toBe('ok');
		expect(connections).toHaveLength(1);
		expect(await call(url)).toBe('ok');
		expect(connections).toHaveLength(2);
	});

	it('serves a call that is made before the connection is open', async () => {
		const { url, connections } = await startServer();
		outbound.preconnect(url);
		expect(await call(url)).toBe('ok');
		expect(connections).toHaveLength(1);
	});

	it.each(['', 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n'])(
		'discards a connection that the server has given up with “%s”',
		async (greeting) => {
			const { url, connections } = await startServer({ greeting });
			outbound.preconnect(url);
			await vi.waitFor(() => expect(connections[0]?.closed).toBe(true));
			expect(await call(url)).toBe('ok');
			expect(connections).toHaveLength(2);
		},
	);

	it('closes a connection that no call has used', async () => {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		onTestFinished(() => void vi.useRealTimers());
		const { url, connections } = await startServer();
		outbound.preconnect(url);
		await vi.waitFor(() => expect(connections).toHaveLength(1));
		vi.advanceTimersByTime(8_000);
		await vi.waitFor(() => expect(connections[0]?.closed).toBe(true));
	});

	it('leaves errors to the call if the address refuses connections or must not be called', async () => {
		const { url, connections } = await startServer();
		const strict = createOutbound({ allowPrivate: false });
		strict.preconnect(url);
		strict.preconnect('no URL');
		expect(await getFailure(post(url), strict)).toMatchObject({ reason: 'blocked' });
		await strict.close();
		expect(connections).toEqual([]);
		const server = createServer();
		const closed = `http://127.0.0.1:${await listen(server)}`;
		await new Promise((resolve) => server.close(resolve));
		outbound.preconnect(closed);
		expect(await getFailure(post(closed))).toMatchObject({ reason: 'unreachable' });
	});
});

describe('a call', () => {
	it('sends method, headers and body, and returns status, headers and text', async () => {
		standIn().route('/plain', ({ response }) => {
			response.writeHead(418, { 'x-kettle': ['a', 'b'] }).end('Schöne Grüße');
		});
		const url = `${standIn().url}/plain?a=1#no`;
		const response = await outbound.request(
			post(url, { body: '{"x":1}', headers: { 'X-Secret': 's', 'User-Agent': 'Other' } }),
		);
		expect(response.status).toBe(418);
		expect(response.headers.get('x-kettle')).toBe('a, b');
		expect(await response.text()).toBe('Schöne Grüße');
		const [request] = standIn().all.requests;
		expect(request).toMatchObject({ method: 'POST', path: '/plain?a=1' });
		expect(request?.headers).toMatchObject({ 'x-secret': 's', 'user-agent': 'Other' });
		expect(request?.json()).toEqual({ x: 1 });
	});

	it('reuses a connection after its response was read', async () => {
		const ports: (number | undefined)[] = [];
		standIn().route('/again', ({ response }) => {
			ports.push(response.socket?.remotePort);
			response.end('ok');
		});
		for (let i = 0; i < 10; i++) {
			await (await outbound.request(post(`${standIn().url}/again`))).text();
		}
		expect(ports).toHaveLength(10);
		expect(new Set(ports).size).toBeLessThanOrEqual(2);
	});

	it('does not wait for a hanging call to the same origin', async () => {
		const hung = Array.from({ length: 30 }, () =>
			getFailure(
				post(standIn().ai.url('never-answers'), { timeouts: { ...LIMITS, firstByte: 400 } }),
			),
		);
		const response = await outbound.request(post(standIn().ai.url('text')));
		expect(await response.text()).toContain('Thanks');
		for (const error of await Promise.all(hung)) expect(error.reason).toBe('timeout');
	});

	it.each([
		['gzip', gzipSync],
		['deflate', deflateSync],
		['deflate', deflateRawSync],
		['br', brotliCompressSync],
		['GZIP', gzipSync],
		['x-gzip, gzip', (text: string) => gzipSync(gzipSync(text))],
		[
			'gzip',
			(text: string) => Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]),
		],
		// Bodies that aren't compressed, whatever the server says: https://github.com/curl/curl/issues/2368,
		// https://github.com/encode/httpx/issues/195, https://github.com/yhirose/cpp-httplib/issues/2518
		['gzip', plainBytes],
		['utf-8', plainBytes],
		['none', plainBytes],
		['aws-chunked', plainBytes],
		['identity', plainBytes],
	])('decodes %s', async (encoding, encode) => {
		standIn().route('/encoded', ({ response }) => {
			response.writeHead(200, { 'content-encoding': encoding }).end(encode('Hello, '.repeat(500)));
		});
		const response = await outbound.request(post(`${standIn().url}/encoded`));
		expect(await response.text()).toBe('Hello, '.repeat(500));
	});

	it('returns an empty body that is declared as compressed', async () => {
		standIn().route('/encoded', ({ response }) => {
			response.writeHead(200, { 'content-encoding': 'gzip' }).end();
		});
		const response = await outbound.request(post(`${standIn().url}/encoded`));
		expect(await response.text()).toBe('');
	});

	it('yields the chunks of a compressed stream as they arrive', async () => {
		const seen: string[] = [];
		standIn().ai.next(async ({ response, pause }) => {
			const member = (text: string) => gzipSync(text, { finishFlush: 2 });
			response.writeHead(200, { 'content-encoding': 'gzip' });
			response.write(member('one'));
			while (!seen.includes('one')) await pause(5);
			response.end();
		});
		const response = await outbound.request(post(standIn().ai.url('echo')));
		const decoder = new TextDecoder();
		await expect(async () => {
			for await (const piece of response.body) seen.push(decoder.decode(piece));
		}).rejects.toThrow(OutboundError);
		expect(seen).toEqual(['one']);
	});
});

describe('never connects to a blocked address', () => {
	const guarded = createOutbound({ allowPrivate: false });
	afterAll(() => guarded.close());

	const FORMS = [
		'127.0.0.1',
		'localhost',
		'[::1]',
		'[::ffff:7f00:1]',
		'[::ffff:127.0.0.1]',
		'0',
		'0.0.0.0',
		'127.1',
		'2130706433',
		'0x7f000001',
		'0x7f.1',
		'017700000001',
		'0177.0.0.1',
		'①②⑦.0.0.1',
	];

	it.each(FORMS)('%s', async (host) => {
		const { port } = new URL(standIn().url);
		const error = await getFailure(post(`http://${host}:${port}/canary`), guarded);
		expect(error).toMatchObject({ reason: 'blocked', isSent: false });
		expect(standIn().all.requests).toHaveLength(0);
	});

	it.each([
		['file:///etc/passwd', 'http://'],
		['ftp://example.com/', 'http://'],
		['javascript:alert(1)', 'http://'],
		['not a url', 'not a URL'],
		['http://user:secret@example.com/', 'password'],
	])('%s', async (url, reason) => {
		const error = await getFailure(post(url), guarded);
		expect(error.reason).toBe('blocked');
		expect(error.message).toContain(reason);
		expect(error.message).not.toContain('secret');
	});

	it('metadata services, even when private addresses are allowed', async () => {
		const error = await getFailure(post('http://169.254.169.254/latest/meta-data/'));
		expect(error.reason).toBe('blocked');
	});

	it('a name that resolves to a private address', async () => {
		const client = createOutbound({
			allowPrivate: false,
			resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
		});
		const { port } = new URL(standIn().url);
		const error = await getFailure(post(`http://rebind.example:${port}/`), client);
		expect(error).toMatchObject({ reason: 'blocked', isSent: false });
		expect(standIn().all.requests).toHaveLength(0);
		await client.close();
	});

	it('a name whose DNS answer changes: each connection checks its own lookup', async () => {
		const answers = ['127.0.0.1', '169.254.169.254'];
		const client = createOutbound({
			allowPrivate: true,
			resolve: () => Promise.resolve([{ address: answers.shift() ?? '0.0.0.0', family: 4 }]),
		});
		standIn().route('/rebind', ({ response }) => {
			response.writeHead(200, { connection: 'close' }).end('ok');
		});
		const { port } = new URL(standIn().url);
		const first = await client.request(post(`http://rebind.example:${port}/rebind`));
		expect(await first.text()).toBe('ok');
		const second = await getFailure(post(`http://rebind.example:${port}/rebind`), client);
		expect(second).toMatchObject({ reason: 'blocked', isSent: false });
		await client.close();
	});

	it("a private address among a name's addresses", async () => {
		const client = createOutbound({
			allowPrivate: false,
			resolve: () =>
				Promise.resolve([
					{ address: '10.0.0.1', family: 4 },
					{ address: '127.0.0.1', family: 4 },
					{ address: '2001:db8::1', family: 6 },
				]),
		});
		const error = await getFailure(
			post(`${standIn().url.replace('127.0.0.1', 'mixed.example')}/`),
			client,
		);
		expect(error.reason).toBe('blocked');
		expect(standIn().all.requests).toHaveLength(0);
		await client.close();
	});
});

describe('a redirect', () => {
	const redirectTo = (to: string, status = 307) => {
		standIn().route('/from', ({ response }) => {
			response.writeHead(status, { location: to }).end();
		});
		return `${standIn().url}/from`;
	};

	it('is an error that names the target unless redirects are followed', async () => {
		const error = await getFailure(post(redirectTo('/webhook/target?secret=1')));
		expect(error).toMatchObject({ reason: 'redirect', status: 307 });
		expect(error.message).toContain(`${standIn().url}/webhook/target`);
		expect(error.message).not.toContain('secret');
		expect(standIn().webhooks.recorder('target').requests).toHaveLength(0);
	});

	it('is followed with method, body and headers within the same origin', async () => {
		const url = redirectTo('/webhook/same');
		const request = post(url, { maxRedirects: 1, body: '{"a":1}', headers: { 'x-key': 'k' } });
		await (await outbound.request(request)).text();
		const [received] = standIn().webhooks.recorder('same').requests;
		expect(received?.method).toBe('POST');
		expect(received?.json()).toEqual({ a: 1 });
		expect(received?.headers['x-key']).toBe('k');
	});

	it('sends no secrets to another origin', async () => {
		const other = await startStandIn();
		const headers = { 'X-Key': 'k', Authorization: 'a', 'content-type': 'application/json' };
		const request = post(redirectTo(other.webhooks.url('other')), { maxRedirects: 1, headers });
		await (await outbound.request(request)).text();
		const [received] = other.webhooks.recorder('other').requests;
		expect(received?.headers).toMatchObject({ 'content-type': 'application/json' });
		expect(received?.headers).not.toHaveProperty('x-key');
		expect(received?.headers).not.toHaveProperty('authorization');
		await other.close();
	});

	it.each([
		['a metadata address', 'http://169.254.169.254/', 'blocked'],
		['another scheme', 'file:///etc/passwd', 'blocked'],
	])('to %s is blocked, whether redirects are followed or not', async (_, to, reason) => {
		for (const maxRedirects of [0, 3]) {
			expect(await getFailure(post(redirectTo(to), { maxRedirects }))).toMatchObject({ reason });
		}
	});

	it('to a name is checked when it connects', async () => {
		const client = createOutbound({
			allowPrivate: true,
			resolve: () => Promise.resolve([{ address: '169.254.169.254', family: 4 }]),
		});
		const url = redirectTo('http://metadata.example/');
		expect(await getFailure(post(url, { maxRedirects: 1 }), client)).toMatchObject({
			reason: 'blocked',
		});
		await client.close();
	});

	it('that would turn POST into GET is an error', async () => {
		const error = await getFailure(post(redirectTo('/webhook/get', 302), { maxRedirects: 2 }));
		expect(error.reason).toBe('redirect');
		expect(standIn().webhooks.recorder('get').requests).toHaveLength(0);
	});

	it('in a loop ends with an error', async () => {
		const error = await getFailure(post(redirectTo('/from'), { maxRedirects: 3 }));
		expect(error.reason).toBe('redirect');
		expect(standIn().all.requests).toHaveLength(4);
	});
});

describe('a response that is too large ends the call', () => {
	it.each(['huge', 'endless', 'gzip-bomb', 'long'] as const)('%s', async (mode) => {
		const url = standIn().ai.url(mode);
		const error = await getFailure(post(url, { maxBytes: 9000 }));
		expect(error.reason).toBe('too_large');
	});

	it('by its declared length, before it is read', async () => {
		standIn().route('/declared', ({ response }) => {
			response.writeHead(200, { 'content-length': 10_000_000 });
			response.flushHeaders();
		});
		const error = await getFailure(post(`${standIn().url}/declared`));
		expect(error).toMatchObject({ reason: 'too_large', status: 200 });
	});

	it('and closes its connection', async () => {
		const cut = new Promise<void>((resolve) => {
			standIn().ai.next(async (exchange) => {
				exchange.signal.addEventListener('abort', () => resolve());
				exchange.response.writeHead(200);
				while (!exchange.signal.aborted) {
					exchange.response.write('x'.repeat(10_000));
					await exchange.pause(1);
				}
			});
		});
		const error = await getFailure(post(standIn().ai.url('echo')));
		expect(error.reason).toBe('too_large');
		await cut;
	});
});

describe('a timeout ends the call', () => {
	const limit = (name: keyof typeof LIMITS, ms: number) => ({
		timeouts: { ...LIMITS, [name]: ms },
	});

	it.each([
		['firstByte', 'never-answers'],
		['firstByte', 'headers-only'],
		['idle', 'stream-stall'],
		['total', 'drip'],
		['total', 'never-answers'],
	] as const)('%s: %s', async (name, mode) => {
		const error = await getFailure(post(standIn().ai.url(mode, { delay: 20 }), limit(name, 120)));
		expect(error).toMatchObject({ reason: 'timeout', isSent: true });
	});

	it('while connecting', async () => {
		// To the caller, a lookup that never ends is the same as an address that never responds.
		const client = createOutbound({ allowPrivate: false, resolve: () => new Promise(() => {}) });
		const error = await getFailure(post('http://slow.example/', limit('firstByte', 100)), client);
		expect(error).toMatchObject({ reason: 'timeout', isSent: false });
		await client.close();
	});

	it('even if no one reads the response', async () => {
		const gone = new Promise<void>((resolve) => {
			standIn().ai.next(({ response, signal }) => {
				signal.addEventListener('abort', () => resolve());
				response.write('unread');
			});
		});
		const response = await outbound.request(
			post(standIn().ai.url('echo'), limit('firstByte', 100)),
		);
		await gone;
		await expect(response.text()).rejects.toThrow(OutboundError);
	});

	it('but not while the reader is slow', async () => {
		const response = await outbound.request(post(standIn().ai.url('stream'), limit('idle', 60)));
		let pieces = 0;
		for await (const piece of response.body) {
			pieces += piece.byteLength > 0 ? 1 : 0;
			// Another call with the same timeout shows that it has expired.
			if (pieces === 1) await getFailure(post(standIn().ai.url('stream-stall'), limit('idle', 60)));
		}
		expect(pieces).toBeGreaterThan(1);
	});
});

describe('the caller can cancel', () => {
	it('before the call', async () => {
		const signal = AbortSignal.abort();
		const error = await getFailure(post(standIn().ai.url('echo'), { signal }));
		expect(error).toMatchObject({ reason: 'aborted', isSent: false });
		expect(standIn().all.requests).toHaveLength(0);
	});

	it.each(['never-answers', 'headers-only', 'drip'] as const)('during %s', async (mode) => {
		const controller = new AbortController();
		const failed = getFailure(post(standIn().ai.url(mode), { signal: controller.signal }));
		await standIn().all.waitFor(1);
		controller.abort();
		expect(await failed).toMatchObject({ reason: 'aborted' });
	});

	it('by breaking out of the loop, which closes the connection', async () => {
		const gone = new Promise<void>((resolve) => {
			standIn().ai.next(({ response, signal }) => {
				signal.addEventListener('abort', () => resolve());
				response.write('first');
			});
		});
		const response = await outbound.request(post(standIn().ai.url('echo')));
		const pieces: Uint8Array[] = [];
		for await (const piece of response.body) {
			pieces.push(piece);
			break;
		}
		await gone;
		expect(pieces).toHaveLength(1);
	});
});

describe('a connection that fails', () => {
	it('did not send the request when it was refused', async () => {
		const server = createServer();
		const port = await listen(server);
		await new Promise((resolve) => server.close(resolve));
		const error = await getFailure(post(`http://127.0.0.1:${port}/`));
		expect(error).toMatchObject({ reason: 'unreachable', isSent: false });
		expect(error.message).toBe(`127.0.0.1:${port} refused the connection`);
	});

	it('did not send the request when the name does not exist', async () => {
		const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
		const client = createOutbound({ allowPrivate: false, resolve });
		const error = await getFailure(post('http://nowhere.example/'), client);
		expect(error).toMatchObject({ reason: 'unreachable', isSent: false });
		expect(error.message).toContain('does not exist');
		await client.close();
	});

	it.each(['reset', 'hang-up'] as const)('may have sent it after a %s', async (mode) => {
		const error = await getFailure(post(standIn().ai.url(mode)));
		expect(error).toMatchObject({ reason: 'unreachable', isSent: true });
		expect(standIn().all.requests).toHaveLength(1);
	});

	it('during the response counts as unreachable', async () => {
		const error = await getFailure(post(standIn().ai.url('stream-reset')));
		expect(error).toMatchObject({ reason: 'unreachable', isSent: true });
	});

	it('never causes a second request, even on a reused connection', async () => {
		let calls = 0;
		standIn().route('/once', ({ response }) => {
			calls++;
			if (calls === 1) response.end('ok');
			else response.socket?.destroy();
		});
		const client = createOutbound({ allowPrivate: true });
		await (await client.request(post(`${standIn().url}/once`))).text();
		const error = await getFailure(post(`${standIn().url}/once`), client);
		expect(error.isSent).toBe(true);
		expect(calls).toBe(2);
		await client.close();
	});

	it('is replaced when the server closed it between two calls', async () => {
		const client = createOutbound({ allowPrivate: true });
		const closed = new Promise<void>((resolve) => {
			standIn().route('/closing', ({ response }) => {
				const { socket } = response;
				socket?.once('close', () => resolve());
				response.end('ok', () => socket?.end());
			});
		});
		const first = await client.request(post(`${standIn().url}/closing`));
		expect(await first.text()).toBe('ok');
		await closed;
		const second = await client.request(post(`${standIn().url}/closing`));
		expect(await second.text()).toBe('ok');
		await client.close();
	});
});

describe('an invalid response or request', () => {
	it.each(['br', 'deflate', 'zstd', 'gzip, gzip, gzip'])('%s', async (encoding) => {
		standIn().route('/broken', ({ response }) => {
			response.writeHead(200, { 'content-encoding': encoding }).end('not compressed at all');
		});
		expect(await getFailure(post(`${standIn().url}/broken`))).toMatchObject({ reason: 'invalid' });
	});

	it('not HTTP', async () => {
		const server = createServer((socket) => {
			socket.once('data', () => socket.end('220 mail.example ESMTP\r\n'));
		});
		const port = await listen(server);
		const error = await getFailure(post(`http://127.0.0.1:${port}/`));
		expect(error.reason).toBe('invalid');
		server.close();
	});

	it('endless headers', async () => {
		const server = createServer((socket) => {
			socket.on('error', () => {});
			socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`);
		});
		const port = await listen(server);
		const error = await getFailure(post(`http://127.0.0.1:${port}/`));
		expect(error.reason).toBe('too_large');
		server.close();
	});

	it('shorter than its declared length', async () => {
		const server = createServer((socket) =>
			socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'),
		);
		const port = await listen(server);
		const error = await getFailure(post(`http://127.0.0.1:${port}/`));
		expect(error.reason).toBe('unreachable');
		server.close();
	});

	it('an invalid header, which is named without its value', async () => {
		const error = await getFailure(
			post(standIn().ai.url('echo'), { headers: { 'x-key': 'se\ncret' } }),
		);
		expect(error).toMatchObject({ reason: 'invalid', isSent: false });
		expect(error.message).not.toContain('cret');
		expect(error.message).toContain('x-key');
	});
});

it('failed calls leave no connection open', async () => {
	const quiet = await startStandIn();
	const client = createOutbound({ allowPrivate: true });
	const short = { timeouts: { firstByte: 100, idle: 100, total: 100 }, maxBytes: 5000 };
	const modes = [
		'never-answers',
		'headers-only',
		'stream-stall',
		'stream-reset',
		'drip',
		'huge',
		'endless',
		'gzip-bomb',
		'gzip-broken',
		'reset',
		'hang-up',
	] as const;
	await Promise.all(modes.map((mode) => getFailure(post(quiet.ai.url(mode), short), client)));
	// A connection that was opened too late to be used closes after its idle timeout.
	await vi.waitFor(async () => expect(await quiet.connections()).toBe(0));
	await client.close();
	await quiet.close();
});

it('closing the client ends calls in progress', async () => {
	const client = createOutbound({ allowPrivate: true });
	const failed = getFailure(post(standIn().ai.url('never-answers')), client);
	await standIn().all.waitFor(1);
	await client.close();
	expect(await failed).toMatchObject({ reason: 'aborted' });
});
