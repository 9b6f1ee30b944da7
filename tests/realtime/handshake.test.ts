import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { createApiKey, revokeApiKey } from '#lib/server/team/api-keys/index.ts';
import { signOut } from '#lib/server/team/auth/index.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { deleteSession, listSessions } from '#lib/server/conversations/sessions/index.ts';
import { makeSite } from '../factories/site.ts';
import { actorOf, cookieOf, makeUser } from '../factories/user.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();
const ELSEWHERE = { origin: 'https://elsewhere.example' };
const own = () => ({ origin: t.app.config.publicUrl });
const count = async () => (await listSessions(t.ctx(), {})).items.length;

describe('a visitor', () => {
	it('who names a site gets a chat session of their own, in which the AI speaks first', async () => {
		const { visitor, session_id } = await t.chat();
		const { message } = await visitor.waitForEvent(
			'message.created',
			(event) => event.message.sender === 'ai',
		);
		expect(message.message).toMatch(/\w/);
		const other = await t.chat();
		expect(other.session_id).not.toBe(session_id);
		expect(other.token).not.toBe(visitor.events('session.started')[0]?.token);
	});

	it('who starts again with the same client id gets the same chat session', async () => {
		const auth = { site: 'default', client_session_id: randomUUID() };
		const first = await t.chat(auth);
		const again = await t.chat(auth);
		expect(again.session_id).toBe(first.session_id);
	});

	it('who comes back with the token gets the whole conversation, or what came after an id', async () => {
		const { visitor, session_id, token } = await t.chat();
		const greeting = await visitor.waitForEvent('message.created');
		const { message } = await visitor.request('message:send', {
			message: 'We need a new roof',
			client_message_id: randomUUID(),
		});
		await visitor.waitForEvent('message.created', (event) => event.message.id > message.id);
		visitor.socket.disconnect();

		const back = t.widget({ session_id, token });
		const whole = await back.waitForEvent('session.started');
		expect(whole).toMatchObject({ session_id, token });
		expect(whole.messages.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'ai']);
		expect(whole.messages[0]).toEqual(greeting.message);
		const late = t.widget({ session_id, token, after: message.id });
		const rest = await late.waitForEvent('session.started');
		expect(rest.messages).toEqual(whole.messages.slice(2));
	});

	it('with a token of another chat session, a made-up one or none is refused', async () => {
		const { session_id } = await t.chat();
		const { token } = await t.chat();
		expect(await t.widget({ session_id, token }).handshakeError()).toBe('unauthorized');
		expect(await t.widget({ session_id, token: 'x' }).handshakeError()).toBe('unauthorized');
		expect(await t.widget({ session_id }).handshakeError()).toBe('invalid');
	});

	it('of a chat session or site that is not there is told so', async () => {
		const { session_id, token } = await t.chat();
		await deleteSession(t.ctx(), session_id);
		expect(await t.widget({ session_id, token }).handshakeError()).toBe('not_found');
		expect(await t.widget({ site: 'nowhere' }).handshakeError()).toBe('not_found');
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
	])('whose handshake is %j is refused and starts nothing', async (auth) => {
		const before = await count();
		expect(await t.widget(auth).handshakeError()).toBe('invalid');
		expect(await count()).toBe(before);
	});

	it('is refused on a page that may not embed the site, and admitted on one that may', async () => {
		const { key } = await makeSite(t.app, { allowed_origins: ['https://shop.example'] });
		const before = await count();
		for (const origin of [ELSEWHERE.origin, 'null', 'https://shop.example.evil.example']) {
			expect(await t.widget({ site: key }, { origin }).handshakeError()).toBe('forbidden');
		}
		expect(await count()).toBe(before);
		const own = new URL(t.url).origin;
		for (const origin of ['https://shop.example', own]) {
			const { session_id, token } = await t
				.widget({ site: key }, { origin })
				.waitForEvent('session.started');
			expect(await t.widget({ session_id, token }, ELSEWHERE).handshakeError()).toBe('forbidden');
		}
	});

	it('that is a crawler starts nothing', async () => {
		const before = await count();
		const agent = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' };
		expect(await t.widget({ site: 'default' }, agent).handshakeError()).toBe('forbidden');
		expect(await count()).toBe(before);
	});
});

describe('somebody of the team', () => {
	const keyOf = async (...scopes: Scope[]) => createApiKey(t.ctx(), { name: 'a program', scopes });

	it('is let in by a cookie, a key that may read, or the key of the environment', async () => {
		const cookie = await cookieOf(t.app, await makeUser(t.app));
		const { key } = await keyOf('sessions:read');
		const { session_id } = await t.chat();
		for (const agent of [
			await t.agent({}, { cookie, ...own() }),
			await t.agent({ api_key: key }),
			await t.agent(),
		]) {
			expect(await agent.request('session:watch', { session_id })).toHaveProperty('reply');
		}
	});

	it('is refused without either, with a wrong one, and with a key that may not read', async () => {
		const { key } = await keyOf('leads:read');
		expect(await t.newAgent({}).handshakeError()).toBe('unauthorized');
		expect(await t.newAgent({ api_key: 'fd_wrong' }).handshakeError()).toBe('unauthorized');
		expect(await t.newAgent({ api_key: 7 }).handshakeError()).toBe('invalid');
		expect(await t.newAgent({ api_key: key }).handshakeError()).toBe('forbidden');
		const cookie = 'frontdesk_session=made-up';
		expect(await t.newAgent({}, { cookie, ...own() }).handshakeError()).toBe('unauthorized');
	});

	it('finds nothing to idle in beside the two namespaces', async () => {
		const socket = io(t.url, { transports: ['websocket'], forceNew: true, reconnection: false });
		const refused = new Promise((resolve, reject) => {
			socket.once('connect_error', resolve);
			socket.once('connect', () => reject(new Error('the socket was let in')));
		});
		await expect(refused.finally(() => socket.disconnect())).resolves.toBeInstanceOf(Error);
	});

	it('is refused on a page of another site, which could ride on the cookie', async () => {
		const cookie = await cookieOf(t.app, await makeUser(t.app));
		const publicUrl = own().origin;
		const refused: Record<string, string>[] = [
			ELSEWHERE,
			{ origin: 'null' },
			{ origin: 'null', referer: publicUrl },
			{ referer: 'https://elsewhere.example/inbox' },
			{ ...own(), 'sec-fetch-site': 'same-site' },
			{ ...own(), 'sec-fetch-site': 'cross-site' },
			// No page of ours hides where it is: JSONP and forms of other sites do.
			{},
		];
		for (const headers of refused) {
			expect(await t.newAgent({}, { cookie, ...headers }).handshakeError()).toBe('forbidden');
		}
		const admitted: Record<string, string>[] = [
			own(),
			{ ...own(), 'sec-fetch-site': 'same-origin' },
			// Polling of our own page, which has no Origin.
			{ referer: `${publicUrl}/inbox`, 'sec-fetch-site': 'same-origin' },
		];
		for (const headers of admitted) {
			await t.agent({}, { cookie, ...headers });
		}
	});

	it('is cut off within seconds of the key’s end, the sign-out, or being disabled', async () => {
		const { key, api_key } = await keyOf('sessions:read');
		const [leaver, disabled] = [await makeUser(t.app), await makeUser(t.app)];
		const cookies = {
			leaver: await cookieOf(t.app, leaver),
			disabled: await cookieOf(t.app, disabled),
		};
		const sockets = [
			await t.agent({ api_key: key }),
			await t.agent({}, { cookie: cookies.leaver, ...own() }),
			await t.agent({}, { cookie: cookies.disabled, ...own() }),
		];
		const staying = await t.agent();
		const ends = sockets.map((socket) => socket.disconnected());
		await revokeApiKey(t.ctx(), api_key.id);
		await signOut(t.ctx(actorOf(leaver)), cookies.leaver);
		await t.app.db.update(users).set({ is_active: false }).where(eq(users.id, disabled.id));
		expect(await Promise.all(ends)).toEqual(Array(3).fill('io server disconnect'));
		expect(staying.socket.connected).toBe(true);
		expect(await t.newAgent({ api_key: key }).handshakeError()).toBe('unauthorized');
	});
});

it('a polling request that reaches a process which does not know its connection is told what is needed', async () => {
	const answer = await fetch(`${t.url}/socket.io/?EIO=4&transport=polling&sid=of-another-process`);
	expect(answer.status).toBe(400);
	expect(await answer.json()).toEqual({
		code: 1,
		message: expect.stringMatching(/^Session ID unknown.*same process$/) as string,
	});
});
