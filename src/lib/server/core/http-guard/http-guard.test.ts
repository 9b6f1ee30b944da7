import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { App } from '../context.ts';
import { FIRST_REQUEST_MS, limitConnections, MAX_CONNECTIONS } from './connection-limits.ts';
import { checkHead, normalizeToOriginForm } from './request-limits.ts';
import { toLabel } from './watchdog.ts';

describe('normalizeToOriginForm', () => {
	it.each([
		['http://front.example/api/sites?x=1', '/api/sites?x=1', 'front.example'],
		['HTTPS://front.example:8443', '/', 'front.example:8443'],
		['http://front.example?x=1', '/?x=1', 'front.example'],
		['/login?next=http://x.example/', '/login?next=http://x.example/', 'header.example'],
	])('reads the target %s as %s', (url, path, host) => {
		const request = { url, headers: { host: 'header.example' } } as IncomingMessage;
		normalizeToOriginForm(request);
		expect([request.url, request.headers.host]).toEqual([path, host]);
		expect(checkHead(request)).toBeUndefined();
	});
	it.each(['http://', 'http:///etc', 'http://a@b/', '*', 'ftp://front.example/', 'front:443'])(
		'does not change the target %s, which is then refused',
		(url) => {
			const request = { url, headers: {} } as IncomingMessage;
			normalizeToOriginForm(request);
			expect(checkHead(request)).toMatchObject({ code: 'bad_request' });
		},
	);
});

describe('limitConnections', () => {
	let server: Server;
	let stop: () => void;
	let now = 0;
	const clients: Socket[] = [];
	const open = async (): Promise<Socket> => {
		const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
		socket.on('error', () => undefined);
		clients.push(socket);
		await once(socket, 'connect');
		return socket;
	};
	const start = async (config: object) => {
		const limits = limitConnections({ config } as App, server, () => now);
		server.on('request', ({ socket }, response) => {
			limits.onRequest(socket);
			response.end('ok');
		});
		stop = () => limits.stop();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	};
	/** Returns the number of open connections. */
	const countConnections = () =>
		new Promise<number>((resolve) =>
			server.getConnections((_, connections) => resolve(connections)),
		);

	beforeEach(() => {
		vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
		server = createServer();
		now = 0;
	});
	afterEach(() => {
		stop();
		for (const client of clients.splice(0)) client.destroy();
		server.close();
		vi.useRealTimers();
	});

	it('closes connections without a complete request, and keeps the others', async () => {
		await start({ isRateLimited: true });
		const silent = await open();
		const slow = await open();
		slow.write('\r\nGET / HTTP/1.1\r\nHos');
		const active = await open();
		active.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
		await once(active, 'data');
		const ends = [once(silent, 'close'), once(slow, 'close')];
		now = FIRST_REQUEST_MS + 1;
		vi.advanceTimersByTime(3_000);
		await Promise.all(ends);
		expect(active.destroyed).toBe(false);
		expect(await countConnections()).toBe(1);
	});

	it('limits the connections of one network, but not of a trusted proxy', async () => {
		for (const [trustProxy, isCapped] of [
			[undefined, true],
			['loopback', false],
		] as const) {
			server = createServer();
			await start({ isRateLimited: true, trustProxy });
			const [admit] = server.listeners('connection').slice(-1);
			const admitted = Array.from({ length: MAX_CONNECTIONS + 1 }, () => {
				const socket = { remoteAddress: '127.0.0.1', destroy: vi.fn(), once: vi.fn() };
				admit?.call(server, socket);
				return socket;
			});
			const refused = admitted.filter(({ destroy }) => destroy.mock.calls.length > 0).length;
			expect(refused).toBe(isCapped ? 1 : 0);
			stop();
			if (isCapped) server.close();
		}
	});
});

it.each([
	['GET', '/inbox/session_le0g4KK8ZOEAnWF20pDYQdY-?x=1', 'GET /inbox/…'],
	['POST', '/reset-password/k3jx8vq2m4n5b6v7c8x9z', 'POST /reset-password/…'],
	['POST', '/invite/abcdefghijklmnopqrstuvwxyzabcdef', 'POST /invite/…'],
	['GET', '/api/sessions/maya', 'GET /api/sessions/…'],
	['GET', '/leads/maya', 'GET /leads/…'],
	['GET', '/setup?token=secret', 'GET /setup'],
	['GET', '/', 'GET /'],
	['POST', '/api/embed-chat/send-message', 'POST /api/embed-chat/send-message'],
])('%s %s is logged as %s', (method, url, label) => {
	expect(toLabel({ method, url })).toBe(label);
});
