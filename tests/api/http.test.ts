import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '#lib/contract/message.ts';
import { createProblem } from '#lib/server/api/problems.ts';
import type { ApiContext } from '#lib/server/api/route.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call, readiness } = useTestApi({ PUBLIC_URL: 'https://chat.example.com' });

afterEach(() => vi.restoreAllMocks());

/** Makes reads of the database fail with this error. */
const failReads = (error: Error) =>
	vi.spyOn(t.app.db, 'select').mockImplementation(() => {
		throw error;
	});

describe('every response', () => {
	it.each(['/healthz', '/api/sessions', '/api/nothing-here', '/api/embed-chat/config/default'])(
		'%s has a request id and security headers',
		async (path) => {
			const { headers } = await call('GET', path);
			expect(Object.fromEntries(headers)).toMatchObject({
				'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
				'x-content-type-options': 'nosniff',
				'referrer-policy': 'no-referrer',
				'cache-control': 'no-store',
				'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
				'strict-transport-security': 'max-age=31536000',
			});
		},
	);

	it('keeps a valid request id from the client, and replaces an invalid one', async () => {
		const getRequestId = async (id: string) =>
			(await call('GET', '/healthz', { headers: { 'X-Request-Id': id } })).headers.get(
				'X-Request-Id',
			);
		expect(await getRequestId('trace-1.2:3_4')).toBe('trace-1.2:3_4');
		expect(await getRequestId('<script>')).toMatch(/^[0-9a-f-]{36}$/);
		expect(await getRequestId('x'.repeat(500))).toMatch(/^[0-9a-f-]{36}$/);
	});

	it('is JSON, even if the client prefers HTML', async () => {
		const accept =
			'application/json,text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.7';
		const headers = { Accept: accept, 'User-Agent': 'n8n' };
		const list = await call('GET', '/api/sessions', { headers });
		expect(list.headers.get('Content-Type')).toMatch(/^application\/json/);
		await expectProblem(await call('GET', '/api/conversation/session_x', { headers }), 'not_found');
	});
});

describe('an unknown path or method', () => {
	it.each([
		'/api',
		'/api/',
		'/api/nothing',
		'/api/sessions/',
		'/api/sessions/1/nothing',
		'/api/%2e%2e',
	])('%s is 404, with or without a key', async (path) => {
		await expectProblem(await call('GET', path), 'not_found');
		await expectProblem(await call('GET', path, { key: null }), 'not_found');
	});

	it.each([
		['PUT', '/api/sessions', 'GET, HEAD'],
		['POST', '/api/sessions/1', 'DELETE, GET, HEAD, PATCH'],
		['GET', '/api/sessions/1/lead', 'PUT'],
		['DELETE', '/healthz', 'GET, HEAD'],
		['GET', '/api/embed-chat/send-message', 'POST'],
		['QUERY', '/api/leads.csv', 'GET, HEAD'],
	])('%s %s is 405 with the allowed methods', async (method, path, allow) => {
		const response = await call(method, path);
		expect(response.headers.get('Allow')).toBe(allow);
		await expectProblem(response, 'method_not_allowed');
	});

	it('answers HEAD as GET, without a body', async () => {
		const response = await call('HEAD', '/api/sessions');
		expect(response.status).toBe(200);
		expect(await response.text()).toBe('');
	});
});

describe('a body', () => {
	const path = '/api/sessions/session_body/messages';
	const MiB = 1024 * 1024;

	it('that is not JSON is 400', async () => {
		const headers = { 'Content-Type': 'application/json' };
		for (const raw of ['{', '', 'undefined', "{'a': 1}", '\u0000', '['.repeat(100_000)]) {
			await expectProblem(await call('POST', path, { raw, headers }), 'bad_request');
		}
	});

	it('with another content type is 415', async () => {
		const raw = JSON.stringify({ sender: 'visitor', message: 'Hi' });
		for (const type of [
			'text/plain',
			'application/x-www-form-urlencoded',
			'application/jsonp',
			'x',
		]) {
			const headers = { 'Content-Type': type };
			await expectProblem(await call('POST', path, { raw, headers }), 'unsupported_media_type');
		}
		const bytes = new TextEncoder().encode(raw);
		await expectProblem(await call('POST', path, { raw: bytes }), 'unsupported_media_type');
	});

	it('may specify its charset', async () => {
		const headers = { 'Content-Type': 'application/json; charset=utf-8' };
		const raw = JSON.stringify({ sender: 'visitor', message: 'Grüße' });
		expect((await call('POST', path, { raw, headers })).status).toBe(200);
	});

	it('in an encoding other than UTF-8 is 400, and stores nothing', async () => {
		const text = JSON.stringify({ sender: 'visitor', message: 'Grüße' });
		const unknown = '/api/sessions/session_latin1';
		for (const [encoding, charset] of [
			['latin1', ''],
			['latin1', '; charset=iso-8859-1'],
			['utf16le', '; charset=utf-16'],
		] as const) {
			const headers = { 'Content-Type': `application/json${charset}` };
			const raw = Buffer.from(text, encoding);
			await expectProblem(
				await call('POST', `${unknown}/messages`, { raw, headers }),
				'bad_request',
			);
		}
		await expectProblem(await call('GET', unknown), 'not_found');
		const headers = { 'Content-Type': 'application/json' };
		const withMark = Buffer.from(`\ufeff${text}`);
		expect((await call('POST', `${unknown}/messages`, { raw: withMark, headers })).status).toBe(
			200,
		);
		const { messages } = (await (await call('GET', unknown)).json()) as { messages: Message[] };
		expect(messages[0]?.message).toBe('Grüße');
	});

	it('over 1 MiB is 413, with or without a Content-Length', async () => {
		const headers = { 'Content-Type': 'application/json' };
		const withLength = { ...headers, 'Content-Length': String(MiB + 1) };
		await expectProblem(
			await call('POST', path, { raw: '{}', headers: withLength }),
			'payload_too_large',
		);
		const inPieces = () =>
			new ReadableStream({
				pull: (client) => client.enqueue(new Uint8Array(64 * 1024).fill(32)),
			});
		const response = await call('POST', path, { raw: inPieces(), headers });
		await expectProblem(response, 'payload_too_large');
		await expectProblem(
			await call('POST', '/api/embed-chat/sessions', { raw: inPieces(), headers, key: null }),
			'payload_too_large',
		);
	});

	it('of exactly 1 MiB is accepted', async () => {
		const headers = { 'Content-Type': 'application/json' };
		const raw = JSON.stringify({ sender: 'visitor', message: 'Hi' }).padEnd(MiB);
		expect((await call('POST', path, { raw, headers })).status).toBe(200);
	});

	it('with invalid fields is 422 and lists each of them', async () => {
		const body = [{ sender: 'nobody', message: '' }, 7];
		const { errors } = await expectProblem(await call('POST', path, { body }), 'invalid');
		expect(errors?.map((error) => error.path)).toEqual(['0.sender', '0.message', '1']);
	});

	it('with thousands of errors is answered with the first 50', async () => {
		const body = { ids: Array.from({ length: 1000 }, () => 'x') };
		const response = await call('POST', '/api/deliveries/replay', { body });
		const { errors } = await expectProblem(response, 'invalid');
		expect(errors).toHaveLength(50);
	});
});

describe('a server error', () => {
	it('reveals no details, which are logged with the request id', async () => {
		failReads(new Error('password of the database: hunter2'));
		const log = vi.spyOn(t.app.log, 'error');
		const headers = { 'X-Request-Id': 'find-me' };
		const response = await call('GET', '/api/sessions', { headers });
		expect(JSON.stringify(await expectProblem(response, 'internal'))).not.toContain('hunter2');
		expect(log).toHaveBeenCalledWith(
			expect.objectContaining({ request_id: 'find-me', path: '/api/sessions' }),
			expect.any(String),
		);
	});

	it('is not logged as a fault of the database if the client broke off while sending its body', () => {
		const warn = vi.spyOn(t.app.log, 'warn');
		const error = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
		const problem = createProblem(error, { var: { ctx: t.ctx() } } as ApiContext);
		expect(problem.detail).toBe('the client disconnected');
		expect(warn).not.toHaveBeenCalled();
	});

	it('caused by an unreachable database is 503 with Retry-After', async () => {
		failReads(
			new Error('Failed query', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
		);
		const response = await call('GET', '/api/sessions');
		expect(response.headers.get('Retry-After')).toBe('2');
		await expectProblem(response, 'unavailable');
	});
});

describe('monitoring', () => {
	it('gets the process’s health without a key', async () => {
		const response = await call('GET', '/healthz', { key: null });
		expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
	});

	it('gets readiness with the state of the database and Redis', async () => {
		expect((await call('GET', '/readyz', { key: null })).status).toBe(200);
		readiness.redis = false;
		const response = await call('GET', '/readyz', { key: null });
		readiness.redis = true;
		expect(response.status).toBe(200);
		expect(await response.json()).toEqual({ status: 'degraded', database: true, redis: false });
		readiness.database = false;
		const refused = await call('GET', '/readyz', { key: null });
		readiness.database = true;
		expect(refused.status).toBe(503);
		expect(await refused.json()).toEqual({ status: 'unavailable', database: false, redis: true });
	});

	it('gets metrics in the Prometheus format', async () => {
		const response = await call('GET', '/metrics', { key: null });
		expect(response.headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/);
		expect(await response.text()).toContain('frontdesk_messages_total');
	});
});
