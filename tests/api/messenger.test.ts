import { randomInt } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
	chat_sessions,
	audit_entries,
	messenger_pages,
	messenger_sends,
	messenger_threads,
} from '#lib/server/core/db/schema/index.ts';
import { listMessages, sendAgentMessage } from '#lib/server/conversations/messages/index.ts';
import {
	checkPageToken,
	getMessengerState,
	removePageToken,
	setPageToken,
} from '#lib/server/channels/messenger/index.ts';
import { handleDueEvents, sendDueReplies } from '#lib/server/channels/messenger/unchecked.ts';
import { takeOver } from '#lib/server/conversations/handoffs/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { createUserCtx } from '../factories/user.ts';
import { expectProblem, useTestApi } from '../support/api.ts';
import { API_KEY } from '../support/server-api.ts';
import {
	createBatch,
	createEcho,
	createVisitorEvent,
	MESSENGER_ENVIRONMENT,
	signBody,
	createText,
} from '../support/messenger.ts';
import { PAGE, SECOND_PAGE } from '../support/stand-in/messenger.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const { t, call } = useTestApi(MESSENGER_ENVIRONMENT);
const standIn = useStandIn();
const graph = () => standIn().messenger;
const PATH = '/api/messenger/webhook';
const MINUTE = 60_000;

beforeAll(() => {
	if (t.app.config.messenger) t.app.config.messenger.apiUrl = graph().url;
	t.app.turns.start();
});
beforeEach(() => graph().clear());
afterAll(() => t.app.turns.drain(0));

const post = (raw: string, signature: string | undefined = signBody(raw)) =>
	call('POST', PATH, {
		key: null,
		raw,
		headers: {
			'Content-Type': 'application/json',
			...(signature && { 'X-Hub-Signature-256': signature }),
		},
	});

/** Sends a batch of events of a page, and handles it. */
async function receiveOn(page: string, ...items: object[]) {
	expect((await post(createBatch(items, page))).status).toBe(200);
	await handleDueEvents(t.ctx());
}
const receive = (...items: object[]) => receiveOn(PAGE.id, ...items);

const createPsid = () => String(randomInt(1e9, 1e12));

async function getThread(psid: string) {
	const [found] = await t.app.db
		.select({ id: chat_sessions.id, session_id: chat_sessions.public_id })
		.from(messenger_threads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, messenger_threads.chat_session_id))
		.where(eq(messenger_threads.psid, psid));
	if (!found) throw new Error('no conversation');
	return found;
}

async function getMessages(psid: string, sender?: string) {
	const { session_id } = await getThread(psid);
	const messages = await listMessages(t.ctx(), session_id);
	return messages.filter((message) => !sender || message.sender === sender);
}
const getTexts = async (psid: string, sender: string) =>
	(await getMessages(psid, sender)).map(({ message }) => message);

/** Waits until the AI's answers are stored and queued for Messenger. */
async function waitForAnswers(psid: string, count = 1) {
	await vi.waitFor(async () => expect(await getMessages(psid, 'ai')).toHaveLength(count));
	await vi.waitFor(async () => expect((await getSends(psid)).length).toBeGreaterThanOrEqual(count));
}
async function getSends(psid: string) {
	const { id } = await getThread(psid);
	return t.app.db
		.select()
		.from(messenger_sends)
		.where(eq(messenger_sends.chat_session_id, id))
		.orderBy(messenger_sends.id);
}
const send = () => sendDueReplies(t.ctx());
const listSent = (psid: string) => graph().accepted.filter((message) => message.psid === psid);

/** Starts a conversation in which the AI's first answer is queued. */
async function startConversation(page = PAGE.id) {
	const psid = createPsid();
	await receiveOn(page, createText(psid, 'Hello, my brakes squeak'));
	await waitForAnswers(psid);
	return psid;
}

async function joinAsAgent(psid: string) {
	const ctx = await createUserCtx(t);
	const { session_id } = await getThread(psid);
	await takeOver(ctx, session_id);
	return { say: (message: string) => sendAgentMessage(ctx, { session_id, message }), session_id };
}

describe('the webhook', () => {
	const query = (token: string) =>
		`${PATH}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`;

	it('returns the challenge, but only for the right token', async () => {
		const right = await call('GET', query('the-verify-token'), { key: null });
		expect([right.status, await right.text()]).toEqual([200, '1158201444']);
		await expectProblem(await call('GET', query('another'), { key: null }), 'forbidden');
		await expectProblem(await call('GET', PATH, { key: null }), 'forbidden');
	});
	it('rejects a missing or forged signature, and one of another body', async () => {
		const psid = createPsid();
		const body = createBatch([createText(psid, 'é😀')]);
		await expectProblem(await post(body, ''), 'forbidden');
		await expectProblem(await post(body, 'sha256=00'), 'forbidden');
		await expectProblem(await post(`${body} `, signBody(body)), 'forbidden');
		await handleDueEvents(t.ctx());
		await expect(getThread(psid)).rejects.toThrow('no conversation');
		expect((await post(body)).status).toBe(200);
	});
	it('rejects invalid JSON, and ignores events that it doesn’t know', async () => {
		await expectProblem(await post('{'), 'invalid');
		for (const body of [
			'{}',
			'[]',
			'null',
			'{"object":"user","entry":[]}',
			createBatch([{}, { sender: 1 }]),
		])
			expect((await post(body)).status).toBe(200);
	});
});

describe('incoming events', () => {
	it('are stored once, however often a batch is resent', async () => {
		const psid = createPsid();
		const body = createBatch([createText(psid, 'One'), createText(psid, 'Two')]);
		await Promise.all([post(body), post(body)]);
		await Promise.all([handleDueEvents(t.ctx()), handleDueEvents(t.ctx())]);
		await post(body);
		await handleDueEvents(t.ctx());
		expect(await getTexts(psid, 'visitor')).toEqual(['One', 'Two']);
	});
	it('are stored in order of their timestamps', async () => {
		const psid = createPsid();
		const now = Date.now();
		await receive(createText(psid, 'second', now - 1000), createText(psid, 'first', now - 2000));
		expect(await getTexts(psid, 'visitor')).toEqual(['first', 'second']);
	});
	it('start a chat session per visitor, with the visitor’s name, and send a read receipt', async () => {
		const psid = createPsid();
		graph().profiles.set(psid, { first_name: 'Ada', last_name: 'Byron' });
		await receive(createText(psid, 'Hello'));
		const { session_id } = await getThread(psid);
		await vi.waitFor(async () => {
			const session = await getSession(t.ctx(), session_id);
			expect(session).toMatchObject({
				channel: 'messenger',
				site: 'default',
				visitor_name: 'Ada Byron',
			});
			expect(session.reply_until).toBeDefined();
		});
		const actions = graph().actions.filter((action) => action.psid === psid);
		expect(actions.map(({ action }) => action)).toEqual(['mark_seen', 'typing_on']);
	});
	it('may belong to several pages in one batch', async () => {
		const [here, there] = [createPsid(), createPsid()];
		const entry = [PAGE.id, '77'].map((id, index) => ({
			id,
			messaging: [
				createVisitorEvent(
					[here, there][index] ?? '',
					{ message: { mid: `m${here}${index}`, text: id } },
					Date.now(),
					id,
				),
			],
		}));
		await post(JSON.stringify({ object: 'page', entry }));
		await handleDueEvents(t.ctx());
		expect([await getTexts(here, 'visitor'), await getTexts(there, 'visitor')]).toEqual([
			[PAGE.id],
			['77'],
		]);
	});
	it('are ignored if they are receipts, reactions, opt-ins or unknown', async () => {
		const psid = createPsid();
		const kinds = [
			'delivery',
			'read',
			'reaction',
			'optin',
			'pass_thread_control',
			'message_edit',
			'brand_new',
		];
		await receive(
			...kinds.map((kind) => createVisitorEvent(psid, { [kind]: { watermark: 1, mids: ['m'] } })),
		);
		await expect(getThread(psid)).rejects.toThrow('no conversation');
	});
	it('are stored even if their ids contain NUL, without blocking later ones', async () => {
		const psid = createPsid();
		await receive(createText(psid, 'One', undefined, `a\u0000${psid}`), createText(psid, 'Two'));
		expect(await getTexts(psid, 'visitor')).toEqual(['One', 'Two']);
	});
	it('let the AI speak first after Get Started, and store the ad', async () => {
		const psid = createPsid();
		const referral = {
			source: 'ADS',
			type: 'OPEN_THREAD',
			ad_id: '42',
			ads_context_data: { ad_title: 'Brakes' },
		};
		await receive(
			createVisitorEvent(psid, {
				postback: { mid: `p${psid}`, title: 'Get Started', payload: 'GET_STARTED', referral },
			}),
		);
		await waitForAnswers(psid);
		expect(await getMessages(psid, 'visitor')).toEqual([]);
		const { context } = await getSession(t.ctx(), (await getThread(psid)).session_id);
		expect(context).toMatchObject({ utm_medium: 'ad', ad_id: '42', ad_title: 'Brakes' });
	});
	it('don’t make the AI answer while another app controls the conversation', async () => {
		const psid = createPsid();
		await post(
			JSON.stringify({
				object: 'page',
				entry: [{ id: PAGE.id, standby: [createText(psid, 'Hello')] }],
			}),
		);
		await handleDueEvents(t.ctx());
		const { rows } = await t.app.db.execute(
			sql`select is_awaiting_reply, turn_id from chat_sessions where id = ${(await getThread(psid)).id}`,
		);
		expect([await getTexts(psid, 'visitor'), rows]).toEqual([
			['Hello'],
			[{ is_awaiting_reply: false, turn_id: null }],
		]);
	});
});

describe('outgoing messages', () => {
	it('contain the AI’s answer once, with the AI disclosure in the first one only', async () => {
		const psid = await startConversation();
		await Promise.all([send(), send()]);
		await receive(createText(psid, 'Ada'));
		await waitForAnswers(psid, 2);
		await send();
		const [first, second, ...rest] = listSent(psid);
		expect(first?.text).toMatch(/^You are chatting with an AI assistant\./);
		expect(second?.text).not.toMatch(/AI assistant/);
		expect(rest).toEqual([]);
	});
	it('split an agent’s long message into parts, in order', async () => {
		const psid = await startConversation();
		await send();
		const { say } = await joinAsAgent(psid);
		await say('All of this is one sentence of mine. '.repeat(100));
		await send();
		const parts = listSent(psid).slice(1);
		expect(parts).toHaveLength(2);
		expect(parts.map(({ text }) => text).join(' ')).toBe(
			'All of this is one sentence of mine. '.repeat(100).trim(),
		);
	});
	it('are sent once after an outage of the Graph API, which the team sees', async () => {
		const psid = await startConversation();
		graph().failNext('broken', 'not-json', 'rate-limited', 'reset');
		for (let run = 0; run < 6; run++) {
			await send();
			t.advance(6 * MINUTE);
		}
		expect(listSent(psid)).toHaveLength(1);
		expect(await getTexts(psid, 'system')).toEqual([expect.stringMatching(/cannot be reached/)]);
		expect((await getSends(psid))[0]?.status).toBe('sent');
	});
	it('stay due when the process stops during a hanging call, and are sent once', async () => {
		const psid = await startConversation();
		graph().failNext('hang');
		const before = graph().recorder.requests.length;
		const stopping = new AbortController();
		const run = sendDueReplies(t.ctx(), { signal: stopping.signal });
		await graph().recorder.waitFor(before + 1);
		stopping.abort();
		await run;
		await send();
		await send();
		expect(listSent(psid)).toHaveLength(1);
		expect(await getTexts(psid, 'system')).toEqual([]);
	});
	it('are not resent if the response was lost but the echo arrived', async () => {
		const psid = await startConversation();
		graph().failNext('accepted-then-reset');
		await send();
		const [accepted] = listSent(psid);
		await receive(createEcho(psid, accepted ?? {}));
		t.advance(6 * MINUTE);
		await send();
		expect(listSent(psid)).toHaveLength(1);
		expect(await getMessages(psid, 'agent')).toEqual([]);
	});
	it('wait while the token is rejected, and are sent once it works again', async () => {
		const psid = await startConversation();
		graph().failNext('token-expired');
		await send();
		const calls = graph().recorder.requests.length;
		t.advance(6 * MINUTE);
		await send();
		expect(graph().recorder.requests).toHaveLength(calls);
		const { pages } = await getMessengerState(t.ctx());
		expect(pages.find(({ page_id }) => page_id === PAGE.id)).toMatchObject({
			needs_reconnect: true,
		});
		expect(await getTexts(psid, 'system')).toEqual([
			expect.stringMatching(/reconnect the Facebook Page/),
		]);
		expect(await checkPageToken(t.ctx())).toEqual({ page_id: PAGE.id, name: PAGE.name });
		await send();
		expect(listSent(psid)).toHaveLength(1);
	});
	it('a page needs reconnecting after its token failed the test, until it passes', async () => {
		await startConversation();
		const { token } = graph();
		graph().token = 'another';
		const listMarks = async () =>
			(await getMessengerState(t.ctx())).pages.map(({ needs_reconnect }) => needs_reconnect);
		await expect(checkPageToken(t.ctx())).rejects.toMatchObject({ code: 'conflict' });
		expect(await listMarks()).toContain(true);
		graph().token = token;
		await checkPageToken(t.ctx());
		expect(await listMarks()).not.toContain(true);
		await send();
	});
	it.each(['outside-window', 'refused'] as const)(
		'are given up, visibly for the team, when Facebook answers %s',
		async (failure) => {
			const psid = await startConversation();
			graph().failNext(failure);
			await send();
			t.advance(6 * MINUTE);
			await send();
			expect(listSent(psid)).toEqual([]);
			expect(await getTexts(psid, 'system')).toEqual([
				expect.stringMatching(/^Not sent to Messenger/),
			]);
		},
	);
});

describe('a page with its own token', () => {
	const findPage = async (page_id: string) =>
		(await getMessengerState(t.ctx())).pages.find((page) => page.page_id === page_id);
	const connect = () => setPageToken(t.ctx(), { token: ` ${SECOND_PAGE.token} ` });
	const listSendingPages = (psid: string) =>
		listSent(psid).map(({ page_id, token }) => [page_id, token] as const);

	it('uses it for its messages, and other pages use the server’s token', async () => {
		expect(await connect()).toMatchObject({
			page_id: SECOND_PAGE.id,
			name: SECOND_PAGE.name,
			token: 'own',
			needs_reconnect: false,
		});
		const [here, there] = [await startConversation(), await startConversation(SECOND_PAGE.id)];
		await send();
		expect(listSendingPages(here)).toEqual([[PAGE.id, graph().token]]);
		expect(listSendingPages(there)).toEqual([[SECOND_PAGE.id, SECOND_PAGE.token]]);
		const { say } = await joinAsAgent(there);
		await say('Carla here.');
		await send();
		expect(listSendingPages(there)[1]).toEqual([SECOND_PAGE.id, SECOND_PAGE.token]);
	});
	it('uses it to look up visitors’ names', async () => {
		await connect();
		const psid = createPsid();
		graph().profiles.set(psid, { first_name: 'Bo', last_name: 'Diaz' });
		graph().recorder.clear();
		await receiveOn(SECOND_PAGE.id, createText(psid, 'Hello'));
		const { session_id } = await getThread(psid);
		await vi.waitFor(async () =>
			expect((await getSession(t.ctx(), session_id)).visitor_name).toBe('Bo Diaz'),
		);
	});
	it('needs reconnecting alone when Facebook rejects its token, and keeps its messages due', async () => {
		await connect();
		const [here, there] = [await startConversation(), await startConversation(SECOND_PAGE.id)];
		graph().secondToken = 'renewed-token';
		await send();
		t.advance(6 * MINUTE);
		await send();
		expect([listSendingPages(here).length, listSendingPages(there).length]).toEqual([1, 0]);
		expect(await findPage(SECOND_PAGE.id)).toMatchObject({ needs_reconnect: true });
		expect(await findPage(PAGE.id)).toMatchObject({ needs_reconnect: false });
		await expect(checkPageToken(t.ctx(), SECOND_PAGE.id)).rejects.toMatchObject({
			code: 'conflict',
		});
		await setPageToken(t.ctx(), { token: 'renewed-token' });
		await send();
		expect(listSendingPages(there)).toEqual([[SECOND_PAGE.id, 'renewed-token']]);
		graph().secondToken = SECOND_PAGE.token;
		await connect();
	});
	it('is unaffected when the server’s token fails the test', async () => {
		await connect();
		const { token } = graph();
		graph().token = 'another';
		await expect(checkPageToken(t.ctx())).rejects.toMatchObject({ code: 'conflict' });
		graph().token = token;
		expect(await findPage(SECOND_PAGE.id)).toMatchObject({ needs_reconnect: false });
		expect(await checkPageToken(t.ctx(), SECOND_PAGE.id)).toMatchObject({
			page_id: SECOND_PAGE.id,
		});
		await checkPageToken(t.ctx());
	});
	it('never falls back to another token after its own was removed', async () => {
		await connect();
		const { messenger } = t.app.config;
		if (!messenger) throw new Error('the channel is off');
		const { pageToken } = messenger;
		messenger.pageToken = undefined;
		expect(await removePageToken(t.ctx(), SECOND_PAGE.id)).toMatchObject({
			token: 'none',
			needs_reconnect: true,
		});
		await expect(removePageToken(t.ctx(), SECOND_PAGE.id)).rejects.toMatchObject({
			code: 'not_found',
		});
		const psid = await startConversation(SECOND_PAGE.id);
		await send();
		expect(await getTexts(psid, 'system')).toEqual([
			expect.stringMatching(/reconnect the Facebook Page/),
		]);
		await expect(checkPageToken(t.ctx())).rejects.toMatchObject({ code: 'not_found' });
		await connect();
		await send();
		expect(listSendingPages(psid)).toEqual([[SECOND_PAGE.id, SECOND_PAGE.token]]);
		messenger.pageToken = pageToken;
	});
	it('never reveals the token in the API, the audit log or the database', async () => {
		await connect();
		const state = await call('GET', '/api/messenger/pages', { key: API_KEY });
		const [entries, pages] = [
			await t.app.db.select().from(audit_entries),
			await t.app.db.select().from(messenger_pages),
		];
		const all = JSON.stringify([await state.json(), entries, pages]);
		expect(all).toContain(SECOND_PAGE.name);
		expect(all).not.toContain(SECOND_PAGE.token);
		expect(entries.map(({ action }) => action)).toEqual(
			expect.arrayContaining(['messenger.connected', 'messenger.disconnected']),
		);
	});
	it('can only be connected by admins, with a token that Facebook accepts', async () => {
		const token = SECOND_PAGE.token;
		const agentCtx = await createUserCtx(t);
		await expect(setPageToken(agentCtx, { token })).rejects.toMatchObject({ code: 'forbidden' });
		await expect(removePageToken(agentCtx, SECOND_PAGE.id)).rejects.toMatchObject({
			code: 'forbidden',
		});
		await expect(setPageToken(t.ctx(), { token: 'unknown' })).rejects.toMatchObject({
			code: 'conflict',
		});
		await expect(setPageToken(t.ctx(), { token: 'two words' })).rejects.toMatchObject({
			code: 'invalid',
		});
	});
});

describe('echoes', () => {
	it('of Frontdesk’s own messages are dropped, even before the response', async () => {
		const psid = await startConversation();
		const [waiting] = await getSends(psid);
		await receive(
			createEcho(psid, { text: waiting?.text, metadata: `frontdesk:${waiting?.metadata}` }),
		);
		await send();
		expect(listSent(psid)).toEqual([]);
		expect(await getMessages(psid, 'agent')).toEqual([]);
	});
	it("from a person in the page's inbox are stored, pause the AI and are not resent", async () => {
		const psid = await startConversation();
		await send();
		await receive(
			createEcho(psid, { text: 'Hi, Carla from the garage here', app_id: 26 }),
			createText(psid, 'Great'),
		);
		await send();
		expect(await getTexts(psid, 'agent')).toEqual(['Hi, Carla from the garage here']);
		const session = await getSession(t.ctx(), (await getThread(psid)).session_id);
		expect(session).toMatchObject({
			ai_paused: true,
			last_message: { sender: 'visitor', message: 'Great' },
		});
		expect([await getMessages(psid, 'ai'), listSent(psid)].map(({ length }) => length)).toEqual([
			1, 1,
		]);
	});
});

// The last tests, because they move the clock permanently.
describe('after the 24-hour window', () => {
	it('agents cannot send, and queued messages are given up', async () => {
		const psid = await startConversation();
		const { say } = await joinAsAgent(psid);
		t.advance(25 * 60 * MINUTE);
		await expect(say('Still there?')).rejects.toThrow(/24 hours/);
		await send();
		expect(listSent(psid)).toEqual([]);
		expect(await getTexts(psid, 'system')).toEqual([expect.stringMatching(/24 hours/)]);
	});
});
