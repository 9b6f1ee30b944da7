import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { io } from 'socket.io-client';
import { describe, expect, it, vi } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { createApiKey, revokeApiKey } from '#lib/server/team/api-keys/index.ts';
import { signOut } from '#lib/server/team/auth/index.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import {
	deleteSession,
	listSessions,
	signOutVisitor,
} from '#lib/server/conversations/sessions/index.ts';
import { createSite } from '../factories/site.ts';
import { toActor, signInForCookie, createUser } from '../factories/user.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();
const ELSEWHERE = { origin: 'https://elsewhere.example' };
const getOwnOrigin = () => ({ origin: t.app.config.publicUrl });
const countChats = async () => (await listSessions(t.ctx(), {})).items.length;

describe('a visitor', () => {
	it('gets a new chat session of the site, in which the AI speaks first', async () => {
		const { visitor, session_id } = await t.startChat();
		const { message } = await visitor.waitForEvent(
			'message.created',
			(event) => event.message.sender === 'ai',
		);
		expect(message.message).toMatch(/\w/);
		const other = await t.startChat();
		expect(other.session_id).not.toBe(session_id);
		expect(other.token).not.toBe(visitor.events('session.started')[0]?.token);
	});

	it('gets the same chat session for the same client id', async () => {
		const auth = { site: 'default', client_session_id: randomUUID() };
		const first = await t.startChat(auth);
		const again = await t.startChat(auth);
		expect(again.session_id).toBe(first.session_id);
	});

	it('gets the whole conversation, or messages after an id, by reconnecting with the token', async () => {
		const { visitor, session_id, token } = await t.startChat();
		const greeting = await visitor.waitForEvent('message.created');
		const { message } = await visitor.request('message:send', {
			message: 'We need a new roof',
			client_message_id: randomUUID(),
		});
		await visitor.waitForEvent('message.created', (event) => event.message.id > message.id);
		visitor.socket.disconnect();

		const back = t.openWidget({ session_id, token });
		const whole = await back.waitForEvent('session.started');
		expect(whole).toMatchObject({ session_id, token });
		expect(whole.messages.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'ai']);
		expect(whole.messages[0]).toEqual(greeting.message);
		const late = t.openWidget({ session_id, token, after: message.id });
		const rest = await late.waitForEvent('session.started');
		expect(rest.messages).toEqual(whole.messages.slice(2));
	});

	it('is refused with another chat’s token, an invalid one or none', async () => {
		const { session_id } = await t.startChat();
		const { token } = await t.startChat();
		expect(await t.openWidget({ session_id, token }).waitForHandshakeError()).toBe('unauthorized');
		expect(await t.openWidget({ session_id, token: 'x' }).waitForHandshakeError()).toBe(
			'unauthorized',
		);
		expect(await t.openWidget({ session_id }).waitForHandshakeError()).toBe('invalid');
	});

	it('is refused if signed out right after the token was looked up', async () => {
		const { visitor, session_id, token } = await t.startChat();
		visitor.socket.disconnect();
		const { sessionLocator } = t.app;
		const read = sessionLocator.read.bind(sessionLocator);
		vi.spyOn(sessionLocator, 'read').mockImplementationOnce(async (id) => {
			const found = await read(id);
			await signOutVisitor(t.ctx(), session_id);
			return found;
		});
		expect(await t.openWidget({ session_id, token }).waitForHandshakeError()).toBe('unauthorized');
	});

	it('gets not_found for an unknown chat session or site', async () => {
		const { session_id, token } = await t.startChat();
		await deleteSession(t.ctx(), session_id);
		expect(await t.openWidget({ session_id, token }).waitForHandshakeError()).toBe('not_found');
		expect(await t.openWidget({ site: 'nowhere' }).waitForHandshakeError()).toBe('not_found');
	});

	it.each([
		{},
		{ site: 7 },
		{ site: ['default'] },
		{ session_id: { $ne: null }, token: 'x' },
		{ site: 'default', context: 'none' },
		{ site: 'default', client_session_id: 'not-a-uuid' },
		JSON.parse('{"__proto__":{"site":"default"}}') as object,
		JSON.parse('{"constructor":{"prototype":{"site":"default"}}}') as object,
	])('is refused with the handshake %j, without starting a chat', async (auth) => {
		const before = await countChats();
		expect(await t.openWidget(auth).waitForHandshakeError()).toBe('invalid');
		expect(await countChats()).toBe(before);
	});

	it('is only accepted from origins that may embed the site', async () => {
		const { key } = await createSite(t.app, { allowed_origins: ['https://shop.example'] });
		const before = await countChats();
		for (const origin of [ELSEWHERE.origin, 'null', 'https://shop.example.evil.example']) {
			expect(await t.openWidget({ site: key }, { origin }).waitForHandshakeError()).toBe(
				'forbidden',
			);
		}
		expect(await countChats()).toBe(before);
		const own = new URL(t.url).origin;
		for (const origin of ['https://shop.example', own]) {
			const { session_id, token } = await t
				.openWidget({ site: key }, { origin })
				.waitForEvent('session.started');
			expect(await t.openWidget({ session_id, token }, ELSEWHERE).waitForHandshakeError()).toBe(
				'forbidden',
			);
		}
	});

	it('is refused as a crawler', async () => {
		const before = await countChats();
		const agent = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' };
		expect(await t.openWidget({ site: 'default' }, agent).waitForHandshakeError()).toBe(
			'forbidden',
		);
		expect(await countChats()).toBe(before);
	});
});

describe('an agent', () => {
	const createKey = async (...scopes: Scope[]) =>
		createApiKey(t.ctx(), { name: 'an API client', scopes });

	it('is accepted with a cookie, a key that may read, or the environment’s key', async () => {
		const cookie = await signInForCookie(t.app, await createUser(t.app));
		const { key } = await createKey('sessions:read');
		const { session_id } = await t.startChat();
		for (const agent of [
			await t.connectAgent({}, { cookie, ...getOwnOrigin() }),
			await t.connectAgent({ api_key: key }),
			await t.connectAgent(),
		]) {
			expect(await agent.request('session:watch', { session_id })).toHaveProperty('reply');
		}
	});

	it('is refused without credentials, with invalid ones, and with a key that may not read', async () => {
		const { key } = await createKey('leads:read');
		expect(await t.openAgent({}).waitForHandshakeError()).toBe('unauthorized');
		expect(await t.openAgent({ api_key: 'fd_wrong' }).waitForHandshakeError()).toBe('unauthorized');
		expect(await t.openAgent({ api_key: 7 }).waitForHandshakeError()).toBe('invalid');
		expect(await t.openAgent({ api_key: key }).waitForHandshakeError()).toBe('forbidden');
		const cookie = 'frontdesk_session=made-up';
		expect(await t.openAgent({}, { cookie, ...getOwnOrigin() }).waitForHandshakeError()).toBe(
			'unauthorized',
		);
	});

	it('cannot connect to any other namespace', async () => {
		const socket = io(t.url, { transports: ['websocket'], forceNew: true, reconnection: false });
		const refused = new Promise((resolve, reject) => {
			socket.once('connect_error', resolve);
			socket.once('connect', () => reject(new Error('the socket was accepted')));
		});
		await expect(refused.finally(() => socket.disconnect())).resolves.toBeInstanceOf(Error);
	});

	it('with a cookie is refused from other origins', async () => {
		const cookie = await signInForCookie(t.app, await createUser(t.app));
		const publicUrl = getOwnOrigin().origin;
		const refused: Record<string, string>[] = [
			ELSEWHERE,
			{ origin: 'null' },
			{ origin: 'null', referer: publicUrl },
			{ referer: 'https://elsewhere.example/inbox' },
			{ ...getOwnOrigin(), 'sec-fetch-site': 'same-site' },
			{ ...getOwnOrigin(), 'sec-fetch-site': 'cross-site' },
			// The dashboard always sends its origin; JSONP and forms of other sites don't.
			{},
		];
		for (const headers of refused) {
			expect(await t.openAgent({}, { cookie, ...headers }).waitForHandshakeError()).toBe(
				'forbidden',
			);
		}
		const admitted: Record<string, string>[] = [
			getOwnOrigin(),
			{ ...getOwnOrigin(), 'sec-fetch-site': 'same-origin' },
			// Polling from the dashboard, without an Origin.
			{ referer: `${publicUrl}/inbox`, 'sec-fetch-site': 'same-origin' },
		];
		for (const headers of admitted) {
			await t.connectAgent({}, { cookie, ...headers });
		}
	});

	it('is disconnected when the key is revoked, or the user signs out or is disabled', async () => {
		const { key, api_key } = await createKey('sessions:read');
		const [leaver, disabled] = [await createUser(t.app), await createUser(t.app)];
		const cookies = {
			leaver: await signInForCookie(t.app, leaver),
			disabled: await signInForCookie(t.app, disabled),
		};
		const sockets = [
			await t.connectAgent({ api_key: key }),
			await t.connectAgent({}, { cookie: cookies.leaver, ...getOwnOrigin() }),
			await t.connectAgent({}, { cookie: cookies.disabled, ...getOwnOrigin() }),
		];
		const staying = await t.connectAgent();
		const ends = sockets.map((socket) => socket.waitForDisconnect());
		await revokeApiKey(t.ctx(), api_key.id);
		await signOut(t.ctx(toActor(leaver)), cookies.leaver);
		await t.app.db.update(users).set({ is_active: false }).where(eq(users.id, disabled.id));
		expect(await Promise.all(ends)).toEqual(Array(3).fill('io server disconnect'));
		expect(staying.socket.connected).toBe(true);
		expect(await t.openAgent({ api_key: key }).waitForHandshakeError()).toBe('unauthorized');
	});
});

it('explains that polling requests of one connection must reach the same process', async () => {
	const answer = await fetch(`${t.url}/socket.io/?EIO=4&transport=polling&sid=of-another-process`);
	expect(answer.status).toBe(400);
	expect(await answer.json()).toEqual({
		code: 1,
		message: expect.stringMatching(/^Session ID unknown.*same process$/) as string,
	});
});
