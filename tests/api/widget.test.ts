import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { widgetConfig } from '#lib/contract/site.ts';
import { history, sendMessageResult, startedSession, widgetMessage } from '#lib/contract/widget.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { getWidgetFrame } from '#lib/server/embed/index.ts';
import { createSite } from '../factories/site.ts';
import type { StandIn } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { expectProblem, useTestApi, type CallOptions } from '../support/api.ts';

const { t, call } = useTestApi({ OUTBOUND_ALLOW_PRIVATE: 'true', RATE_LIMIT: 'off' });
const EVIL = 'https://evil.example';
const SHOP = 'https://shop.example';
const standIn = useStandIn();

beforeAll(async () => {
	t.app.turns.start();
	await createSite(t.app, { key: 'shop', allowed_origins: [SHOP] });
});
afterAll(() => t.app.turns.drain(0));

const post = (path: string, body: unknown, options: CallOptions = {}) =>
	call('POST', `/api/embed-chat/${path}`, { key: null, body, ...options });
const send = (body: unknown, options?: CallOptions) => post('send-message', body, options);
const sendMessage = async (body: unknown, options?: CallOptions) => {
	const response = await send(body, options);
	expect(response.status).toBe(200);
	return sendMessageResult.parse(await response.json());
};
const startChat = async (site = 'default') => {
	const response = await post('sessions', { site });
	expect(response.status).toBe(201);
	return startedSession.parse(await response.json());
};
const fetchHistory = (session_id: string, token: string, after = '') =>
	call('GET', `/api/embed-chat/history?session_id=${session_id}${after && `&after=${after}`}`, {
		key: null,
		headers: { Authorization: `Bearer ${token}` },
	});
const getMessages = async (session_id: string, token: string, after?: string) =>
	history.parse(await (await fetchHistory(session_id, token, after)).json()).messages;

/** Reads all server-sent events of a response, without comments. */
async function readEvents(response: Response): Promise<{ event: string; data: unknown }[]> {
	const blocks = (await response.text()).split('\n\n').filter((block) => !/^(:|$)/.test(block));
	return blocks.map((block) => {
		const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
		return { event, data: JSON.parse(data) as unknown };
	});
}

describe('the configuration of a site', () => {
	it('is public and has no secrets', async () => {
		const response = await call('GET', '/api/embed-chat/config/default', { key: null });
		const config: unknown = await response.json();
		expect(config).toEqual(widgetConfig.parse(config));
		expect(JSON.stringify(config)).not.toMatch(/connector|secret|origins/);
	});

	it.each(['nothing', 'UPPER', 'a%00b', '__proto__', '%F0%9F%98%80'])(
		'of %s is 404',
		async (key) => {
			await expectProblem(
				await call('GET', `/api/embed-chat/config/${key}`, { key: null }),
				'not_found',
			);
		},
	);
});

it('reads a site key in capitals, as editors of pages change it', async () => {
	const config = await call('GET', '/api/embed-chat/config/SHOP', { key: null });
	expect(await config.json()).toMatchObject({ site: 'shop' });
	const { html } = await getWidgetFrame(t.ctx(), {
		site_key: 'Shop',
		query: new URLSearchParams(),
		accept_language: null,
	});
	expect(html).toContain('"site":"shop"');
	expect((await startChat('DEFAULT')).session_id).toMatch(/^session_/);
});

describe('starting a chat session', () => {
	it('returns its id and a token for it', async () => {
		const { session_id, token } = await startChat();
		expect((await fetchHistory(session_id, token)).status).toBe(200);
	});

	it('with the same client id returns the same one', async () => {
		const body = { site: 'default', client_session_id: randomUUID() };
		const first: unknown = await (await post('sessions', body)).json();
		expect(await (await post('sessions', body)).json()).toEqual(first);
	});

	it('stores the known context fields, and no others', async () => {
		const context = { page_url: 'https://shop.example/\u0000a', utm_source: 'ads\ud800', hack: 1 };
		const response = await post(
			'sessions',
			{ site: 'default', context },
			{ headers: { 'User-Agent': 'Firefox' } },
		);
		const { session_id } = startedSession.parse(await response.json());
		expect(await (await call('GET', `/api/sessions/${session_id}`)).json()).toMatchObject({
			session: {
				context: {
					page_url: 'https://shop.example/a',
					utm_source: 'ads\ufffd',
					user_agent: 'Firefox',
				},
			},
		});
	});

	it('reads campaign and click ids from URLs, whichever way the chat starts', async () => {
		const click = 'Cj0KCQ'.repeat(40);
		const landing_url = `https://roofs.example/?utm_source=a&utm_source=b&ScCid=${click}&srsltid=s&gclid=page`;
		const context = { landing_url, page_url: 'app://roofs?dicbo=d', gclid: 'given', utm_id: 7 };
		const known = {
			utm_source: 'a',
			ScCid: click,
			srsltid: 's',
			dicbo: 'd',
			gclid: 'given',
			utm_id: '7',
		};
		const started = startedSession.parse(
			await (await post('sessions', { site: 'default', context })).json(),
		);
		const sent = (await (await send({ context })).json()) as { session_id: string };
		for (const { session_id } of [started, sent]) {
			expect(await (await call('GET', `/api/sessions/${session_id}`)).json()).toMatchObject({
				session: { context: known },
			});
		}
	});

	it('is refused to crawlers, also by sending a message', async () => {
		const headers = { 'User-Agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' };
		await expectProblem(await post('sessions', { site: 'default' }, { headers }), 'forbidden');
		await expectProblem(await send({}, { headers }), 'forbidden');
	});

	it('requires an existing site', async () => {
		await expectProblem(await post('sessions', { site: 'nothing' }), 'not_found');
		await expectProblem(await send({ site: 'nothing' }), 'not_found');
		await expectProblem(await post('sessions', {}), 'invalid');
		await expectProblem(await post('sessions', { site: 'a\u0000' }), 'invalid');
	});
});

describe('pages of other origins', () => {
	const fromOrigin = (origin: string) => ({ headers: { Origin: origin, Host: 'localhost:3000' } });

	it('get a preflight response', async () => {
		const response = await call('OPTIONS', '/api/embed-chat/send-message', {
			key: null,
			headers: { Origin: SHOP, 'Access-Control-Request-Method': 'POST' },
		});
		expect(response.status).toBe(204);
		expect(Object.fromEntries(response.headers)).toMatchObject({
			'access-control-allow-origin': SHOP,
			'access-control-allow-methods': 'GET, POST',
			'access-control-allow-headers': 'Content-Type, Authorization',
			vary: 'Origin',
		});
		expect(response.headers.has('Access-Control-Allow-Credentials')).toBe(false);
	});

	it('may embed a site without allowed origins', async () => {
		const response = await post('sessions', { site: 'default' }, fromOrigin(EVIL));
		expect(response.status).toBe(201);
		expect(response.headers.get('Access-Control-Allow-Origin')).toBe(EVIL);
		expect(response.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After');
	});

	it('may embed a site only if it allows their origin', async () => {
		expect((await post('sessions', { site: 'shop' }, fromOrigin(SHOP))).status).toBe(201);
		for (const origin of [
			EVIL,
			'https://shop.example.evil.example',
			'http://shop.example',
			'null',
		]) {
			for (const response of [
				await post('sessions', { site: 'shop' }, fromOrigin(origin)),
				await send({ site: 'shop' }, fromOrigin(origin)),
				await call('GET', '/api/embed-chat/config/shop', { key: null, ...fromOrigin(origin) }),
			]) {
				expect(response.headers.has('Access-Control-Allow-Origin')).toBe(false);
				expect(response.headers.get('Vary')).toBe('Origin');
				await expectProblem(response, 'forbidden');
			}
		}
	});

	it('cannot continue a chat session of a site that doesn’t allow them', async () => {
		const { session_id, token } = await startChat('shop');
		await expectProblem(
			await send({ session_id, token, message: 'Hi' }, fromOrigin(EVIL)),
			'forbidden',
		);
		const headers = { Authorization: `Bearer ${token}`, ...fromOrigin(EVIL).headers };
		const path = `/api/embed-chat/history?session_id=${session_id}`;
		await expectProblem(await call('GET', path, { key: null, headers }), 'forbidden');
	});

	it('don’t include Frontdesk’s own pages and API clients', async () => {
		expect(
			(await post('sessions', { site: 'shop' }, fromOrigin('http://localhost:3000'))).status,
		).toBe(201);
		expect((await post('sessions', { site: 'shop' })).status).toBe(201);
	});

	it('may read error responses', async () => {
		const response = await post('sessions', { site: 7 }, fromOrigin(SHOP));
		expect(response.headers.get('Access-Control-Allow-Origin')).toBe(SHOP);
		await expectProblem(response, 'invalid');
	});
});

describe('sending a message', () => {
	it('starts a chat session if needed, in which the AI speaks first', async () => {
		const greeted = await sendMessage({});
		expect(greeted).toMatchObject({
			message_id: null,
			completion_status: 'in_progress',
			fallback: false,
		});
		expect(greeted.response).toBe(greeted.reply?.message);
		const answered = await sendMessage({
			...pickCredentials(greeted),
			message: 'I need a new website',
		});
		expect(answered.message_id).toBeGreaterThan(greeted.reply?.id ?? Infinity);
		expect(answered.reply?.id).toBeGreaterThan(answered.message_id ?? Infinity);
		expect(await getMessages(greeted.session_id, greeted.token)).toMatchObject([
			{ sender: 'ai' },
			{ sender: 'visitor', message: 'I need a new website' },
			{ sender: 'ai', message: answered.response },
		]);
	});

	it('takes null for an optional value that the client does not have yet', async () => {
		const none = { session_id: null, token: null, client_message_id: null, context: null };
		const { session_id, token } = await sendMessage({ site: 'default', message: 'Hi', ...none });
		const again = await sendMessage({ session_id, token, message: 'Me again', site: null });
		expect(again.session_id).toBe(session_id);
		const started = await sendMessage({ site: 'default', message: null });
		expect(started.message_id).toBeNull();
	});

	it('with the same client id returns the same answer and stores it once', async () => {
		const chat = await sendMessage({});
		const body = { ...pickCredentials(chat), message: 'Hello', client_message_id: randomUUID() };
		const answers = await Promise.all([sendMessage(body), sendMessage(body), sendMessage(body)]);
		answers.push(await sendMessage(body));
		for (const answer of answers) expect(answer).toEqual(answers[0]);
		expect(await getMessages(chat.session_id, chat.token)).toHaveLength(3);
	});

	it('without a session id but with the same client id returns the same chat session', async () => {
		const body = { message: 'Hello', client_message_id: randomUUID() };
		const first = await sendMessage(body);
		expect(await sendMessage(body)).toEqual(first);
	});

	it('never reveals the client id, which grants access to the chat session', async () => {
		const body = { message: 'Hello', client_message_id: randomUUID() };
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => published.push(event));
		const { session_id } = await sendMessage(body);
		stop();
		const read = await (await call('GET', `/api/sessions/${session_id}`)).text();
		expect(read).toContain('Hello');
		expect(published.map(({ name }) => name)).toContain('message.created');
		expect(read + JSON.stringify(published)).not.toContain(body.client_message_id);
	});

	it('stores the exact text, except for control characters', async () => {
		const chat = await sendMessage({});
		const cases = [
			['a\u0000b\u001bc\td\ne', 'abc\td\ne'],
			['lone \ud83d surrogate', 'lone \ufffd surrogate'],
			['\u202Eright to left', '\u202Eright to left'],
			['😀'.repeat(2000), '😀'.repeat(2000)],
			[
				'{"__proto__":{"a":1}} <script>alert(1)</script>',
				'{"__proto__":{"a":1}} <script>alert(1)</script>',
			],
			["'; drop table messages; --", "'; drop table messages; --"],
		];
		for (const [message, stored] of cases) {
			const { message_id } = await sendMessage({ ...pickCredentials(chat), message });
			const after = String((message_id ?? 0) - 1);
			expect((await getMessages(chat.session_id, chat.token, after))[0]?.message).toBe(stored);
		}
	});

	it('rejects invalid messages', async () => {
		const chat = pickCredentials(await sendMessage({}));
		for (const message of [
			undefined,
			'',
			' \n ',
			'\u0000',
			'x'.repeat(4001),
			7,
			null,
			['a'],
			{ a: 1 },
		]) {
			const { errors } = await expectProblem(await send({ ...chat, message }), 'invalid');
			expect(errors?.map(({ path }) => path)).toEqual(['message']);
		}
		await expectProblem(await send({ ...chat, message: 'a', client_message_id: 'x' }), 'invalid');
		for (const body of [null, [], 'text', 7]) await expectProblem(await send(body), 'invalid');
	});

	it('requires the token of that chat session', async () => {
		const [mine, other] = [await startChat(), await startChat()];
		for (const token of [undefined, 'wrong', other.token, `${mine.token} `, 'ü'.repeat(50)]) {
			const body = { session_id: mine.session_id, token, message: 'Hi' };
			await expectProblem(await send(body), 'unauthorized');
		}
		const unknown = { session_id: 'session_unknown', token: mine.token, message: 'Hi' };
		await expectProblem(await send(unknown), 'unauthorized');
	});

	it('to a deleted chat session is 404', async () => {
		const { session_id, token } = await startChat();
		await call('DELETE', `/api/sessions/${session_id}`);
		await expectProblem(await send({ session_id, token, message: 'Hi' }), 'not_found');
		await expectProblem(await fetchHistory(session_id, token), 'not_found');
	});

	it('stores the answer even if the client disconnects, without logging an error', async () => {
		const { key } = await createSite(t.app, {
			connector: createN8nConnector('slow-stream'),
			greeting: 'Hi',
		});
		const chat = await sendMessage({ site: key });
		const log = vi.spyOn(t.app.log, 'error');
		const client = new AbortController();
		const left = send({ ...pickCredentials(chat), message: 'Hello' }, { signal: client.signal });
		const messages = () => getMessages(chat.session_id, chat.token);
		await vi.waitFor(async () => expect(await messages()).toHaveLength(2));
		client.abort('Client connection prematurely closed.');
		expect((await left).status).toBe(503);
		await vi.waitFor(async () => expect(await messages()).toHaveLength(3));
		expect(log).not.toHaveBeenCalled();
	});

	it('returns the fallback reply once when the AI fails', async () => {
		const { key } = await createSite(t.app, {
			connector: createN8nConnector('error-in-workflow'),
			greeting: 'Hi',
		});
		const chat = await sendMessage({ site: key });
		const answer = await sendMessage({ ...pickCredentials(chat), message: 'Hi' });
		expect(answer).toMatchObject({ fallback: true, success: true });
		expect(answer.response).toMatch(/cannot answer/);
	});
});

describe('a streamed answer', () => {
	const stream = (body: unknown) => send(body, { headers: { Accept: 'text/event-stream' } });

	it('sends the session, the message, deltas, the reply and done', async () => {
		const { key } = await createSite(t.app, {
			connector: createN8nConnector('stream'),
			greeting: 'Hi',
		});
		const response = await stream({ site: key, message: 'Hello' });
		expect(response.headers.get('Content-Type')).toMatch(/^text\/event-stream/);
		expect(response.headers.get('Cache-Control')).toContain('no-store');
		const events = await readEvents(response);
		const names = events.map(({ event }) => event);
		expect(names.slice(0, 2)).toEqual(['session', 'message']);
		expect(names.slice(-2)).toEqual(['reply', 'done']);
		expect(new Set(names.slice(2, -2))).toEqual(new Set(['delta']));
		const [session, message] = events.map(({ data }) => data);
		const result = sendMessageResult.parse(events.at(-1)?.data);
		expect(session).toEqual({ session_id: result.session_id, token: result.token });
		expect(widgetMessage.parse(message).id).toBe(result.message_id);
		expect(events.at(-2)?.data).toEqual(result.reply);
		const deltas = events.filter(({ event }) => event === 'delta').map(({ data }) => data);
		expect(deltas.length).toBeGreaterThan(1);
		expect(deltas.map((delta) => (delta as { text: string }).text).join('')).toBe(result.response);
	});

	it('is resent as a whole for a repeated client id', async () => {
		const body = { message: 'Hello', client_message_id: randomUUID() };
		const first = await sendMessage(body);
		const events = await readEvents(await stream(body));
		expect(events.map(({ event }) => event)).toEqual(['session', 'message', 'reply', 'done']);
		expect(events.at(-1)?.data).toEqual(first);
	});

	it('is a regular problem if it never started', async () => {
		await expectProblem(await stream({ site: 'nothing' }), 'not_found');
		await expectProblem(
			await stream({ session_id: 'session_x', token: 'x', message: 'a' }),
			'unauthorized',
		);
		await expectProblem(await stream({ message: 7 }), 'invalid');
	});

	it('ends with the problem if the server fails midway', async () => {
		const chat = await sendMessage({});
		const failing = vi.spyOn(t.app.events, 'onPublished').mockImplementation(() => {
			throw new Error('hunter2');
		});
		const events = await readEvents(await stream({ ...pickCredentials(chat), message: 'Hi' }));
		failing.mockRestore();
		expect(events.map(({ event }) => event)).toEqual(['session', 'error']);
		expect(events.at(-1)?.data).toMatchObject({
			status: 500,
			type: 'urn:frontdesk:problem:internal',
		});
		expect(JSON.stringify(events)).not.toContain('hunter2');
	});

	it('is stored even if the client disconnects', async () => {
		const { key } = await createSite(t.app, {
			connector: createN8nConnector('stream'),
			greeting: 'Hi',
		});
		const response = await stream({ site: key, message: 'Hello' });
		const reader = response.body?.getReader();
		const first = new TextDecoder().decode((await reader?.read())?.value);
		await reader?.cancel();
		const { session_id, token } = sendMessageResult
			.pick({ session_id: true, token: true })
			.parse(JSON.parse(/^data: (.*)$/m.exec(first)?.[1] ?? ''));
		await vi.waitFor(async () => {
			expect((await getMessages(session_id, token)).map(({ sender }) => sender)).toContain('ai');
		});
	});
});

describe('the history', () => {
	it('returns all messages, or those after an id', async () => {
		const chat = await sendMessage({});
		const answer = await sendMessage({ ...pickCredentials(chat), message: 'Hello' });
		const all = await getMessages(chat.session_id, chat.token);
		expect(all).toHaveLength(3);
		const later = await getMessages(chat.session_id, chat.token, String(answer.message_id));
		expect(later).toEqual(all.slice(2));
		const response = await fetchHistory(chat.session_id, chat.token);
		const body: unknown = await response.json();
		expect(body).toEqual(history.parse(body));
	});

	it('requires the token of that chat session', async () => {
		const [mine, other] = [await startChat(), await startChat()];
		await expectProblem(await fetchHistory(mine.session_id, other.token), 'unauthorized');
		const path = `/api/embed-chat/history?session_id=${mine.session_id}`;
		await expectProblem(await call('GET', path, { key: null }), 'unauthorized');
		await expectProblem(await call('GET', path), 'unauthorized');
	});

	it.each([
		'',
		'session_id=',
		'session_id=1',
		'session_id=session_%00',
		'session_id=session_a&after=x',
		'session_id=session_a&after=-1',
		'session_id=session_a&after=99999999999999999999',
		'session_id=session_a&session_id=session_b',
	])('rejects the query "%s"', async (query) => {
		await expectProblem(
			await call('GET', `/api/embed-chat/history?${query}`, { key: null }),
			'invalid',
		);
	});
});

const pickCredentials = ({ session_id, token }: { session_id: string; token: string }) => ({
	session_id,
	token,
});
const createN8nConnector = (mode: Parameters<StandIn['ai']['url']>[0]) =>
	({ type: 'n8n', url: standIn().ai.url(mode), auth_header: null }) as const;
