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
import { getSession, takeOver } from '#lib/server/conversations/sessions/index.ts';
import { actorOf, makeUser } from '../factories/user.ts';
import { expectProblem, API_KEY, useTestApi } from '../support/api.ts';
import {
	batchOf,
	echoOf,
	fromVisitor,
	MESSENGER_ENVIRONMENT,
	signatureOf,
	textOf,
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

const post = (raw: string, signature: string | undefined = signatureOf(raw)) =>
	call('POST', PATH, {
		key: null,
		raw,
		headers: {
			'Content-Type': 'application/json',
			...(signature && { 'X-Hub-Signature-256': signature }),
		},
	});

/** Sends a batch of a page and handles it. */
async function receiveOn(page: string, ...items: object[]) {
	expect((await post(batchOf(items, page))).status).toBe(200);
	await handleDueEvents(t.ctx());
}
const receive = (...items: object[]) => receiveOn(PAGE.id, ...items);

const newPsid = () => String(randomInt(1e9, 1e12));

async function threadOf(psid: string) {
	const [found] = await t.app.db
		.select({ id: chat_sessions.id, session_id: chat_sessions.public_id })
		.from(messenger_threads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, messenger_threads.chat_session_id))
		.where(eq(messenger_threads.psid, psid));
	if (!found) throw new Error('there is no conversation');
	return found;
}

async function said(psid: string, sender?: string) {
	const { session_id } = await threadOf(psid);
	const messages = await listMessages(t.ctx(), session_id);
	return messages.filter((message) => !sender || message.sender === sender);
}
const wordsBy = async (psid: string, sender: string) =>
	(await said(psid, sender)).map(({ message }) => message);

/** Waits for the AI's answers to be stored, and what they are is on its way. */
async function answered(psid: string, count = 1) {
	await vi.waitFor(async () => expect(await said(psid, 'ai')).toHaveLength(count));
	await vi.waitFor(async () => expect((await sendsOf(psid)).length).toBeGreaterThanOrEqual(count));
}
async function sendsOf(psid: string) {
	const { id } = await threadOf(psid);
	return t.app.db
		.select()
		.from(messenger_sends)
		.where(eq(messenger_sends.chat_session_id, id))
		.orderBy(messenger_sends.id);
}
const send = () => sendDueReplies(t.ctx());
const takenBy = (psid: string) => graph().accepted.filter((message) => message.psid === psid);

/** A conversation in which the AI's first answer waits to be sent. */
async function conversation(page = PAGE.id) {
	const psid = newPsid();
	await receiveOn(page, textOf(psid, 'Hello, my brakes squeak'));
	await answered(psid);
	return psid;
}

async function agent(psid: string) {
	const ctx = t.ctx(actorOf(await makeUser(t.app)));
	const { session_id } = await threadOf(psid);
	await takeOver(ctx, session_id);
	return { say: (message: string) => sendAgentMessage(ctx, { session_id, message }), session_id };
}

describe('the webhook', () => {
	const query = (token: string) =>
		`${PATH}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`;

	it('answers the challenge as it is, for the right token alone', async () => {
		const right = await call('GET', query('the-verify-token'), { key: null });
		expect([right.status, await right.text()]).toEqual([200, '1158201444']);
		await expectProblem(await call('GET', query('another'), { key: null }), 'forbidden');
		await expectProblem(await call('GET', PATH, { key: null }), 'forbidden');
	});
	it('refuses a missing or forged signature, and one of other bytes', async () => {
		const psid = newPsid();
		const body = batchOf([textOf(psid, 'é😀')]);
		await expectProblem(await post(body, ''), 'forbidden');
		await expectProblem(await post(body, 'sha256=00'), 'forbidden');
		await expectProblem(await post(`${body} `, signatureOf(body)), 'forbidden');
		await handleDueEvents(t.ctx());
		await expect(threadOf(psid)).rejects.toThrow('no conversation');
		expect((await post(body)).status).toBe(200);
	});
	it('refuses what is no JSON, and leaves alone what is not of a page or not understood', async () => {
		await expectProblem(await post('{'), 'invalid');
		for (const body of [
			'{}',
			'[]',
			'null',
			'{"object":"user","entry":[]}',
			batchOf([{}, { sender: 1 }]),
		])
			expect((await post(body)).status).toBe(200);
	});
});

describe('what comes in', () => {
	it('is stored once, however often a batch comes again', async () => {
		const psid = newPsid();
		const body = batchOf([textOf(psid, 'One'), textOf(psid, 'Two')]);
		await Promise.all([post(body), post(body)]);
		await Promise.all([handleDueEvents(t.ctx()), handleDueEvents(t.ctx())]);
		await post(body);
		await handleDueEvents(t.ctx());
		expect(await wordsBy(psid, 'visitor')).toEqual(['One', 'Two']);
	});
	it('is put into its order by time', async () => {
		const psid = newPsid();
		const now = Date.now();
		await receive(textOf(psid, 'second', now - 1000), textOf(psid, 'first', now - 2000));
		expect(await wordsBy(psid, 'visitor')).toEqual(['first', 'second']);
	});
	it('makes a chat session of the channel for each visitor, whom it names, and shows that it is read', async () => {
		const psid = newPsid();
		graph().profiles.set(psid, { first_name: 'Ada', last_name: 'Byron' });
		await receive(textOf(psid, 'Hello'));
		const { session_id } = await threadOf(psid);
		await vi.waitFor(async () => {
			const session = await getSession(t.ctx(), session_id);
			expect(session).toMatchObject({
				channel: 'messenger',
				site: 'default',
				visitor_name: 'Ada Byron',
			});
			expect(session.reply_until).toBeDefined();
		});
		const actions = graph().actions.filter((one) => one.psid === psid);
		expect(actions.map(({ action }) => action)).toEqual(['mark_seen', 'typing_on']);
	});
	it('takes events of several pages in one batch', async () => {
		const [here, there] = [newPsid(), newPsid()];
		const entry = [PAGE.id, '77'].map((id, at) => ({
			id,
			messaging: [
				fromVisitor(
					[here, there][at] ?? '',
					{ message: { mid: `m${here}${at}`, text: id } },
					Date.now(),
					id,
				),
			],
		}));
		await post(JSON.stringify({ object: 'page', entry }));
		await handleDueEvents(t.ctx());
		expect([await wordsBy(here, 'visitor'), await wordsBy(there, 'visitor')]).toEqual([
			[PAGE.id],
			['77'],
		]);
	});
	it('ignores receipts, reactions, opt-ins and kinds that nobody knows', async () => {
		const psid = newPsid();
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
			...kinds.map((kind) => fromVisitor(psid, { [kind]: { watermark: 1, mids: ['m'] } })),
		);
		await expect(threadOf(psid)).rejects.toThrow('no conversation');
	});
	it('is stored whatever characters its id has, and holds up nothing that follows', async () => {
		const psid = newPsid();
		await receive(textOf(psid, 'One', undefined, `a\u0000${psid}`), textOf(psid, 'Two'));
		expect(await wordsBy(psid, 'visitor')).toEqual(['One', 'Two']);
	});
	it('lets the AI speak first after Get Started, and keeps the ad that led there', async () => {
		const psid = newPsid();
		const referral = {
			source: 'ADS',
			type: 'OPEN_THREAD',
			ad_id: '42',
			ads_context_data: { ad_title: 'Brakes' },
		};
		await receive(
			fromVisitor(psid, {
				postback: { mid: `p${psid}`, title: 'Get Started', payload: 'GET_STARTED', referral },
			}),
		);
		await answered(psid);
		expect(await said(psid, 'visitor')).toEqual([]);
		const { context } = await getSession(t.ctx(), (await threadOf(psid)).session_id);
		expect(context).toMatchObject({ utm_medium: 'ad', ad_id: '42', ad_title: 'Brakes' });
	});
	it('keeps the AI out of a conversation that another app has', async () => {
		const psid = newPsid();
		await post(
			JSON.stringify({
				object: 'page',
				entry: [{ id: PAGE.id, standby: [textOf(psid, 'Hello')] }],
			}),
		);
		await handleDueEvents(t.ctx());
		const { rows } = await t.app.db.execute(
			sql`select is_awaiting_reply, turn_id from chat_sessions where id = ${(await threadOf(psid)).id}`,
		);
		expect([await wordsBy(psid, 'visitor'), rows]).toEqual([
			['Hello'],
			[{ is_awaiting_reply: false, turn_id: null }],
		]);
	});
});

describe('what goes out', () => {
	it('is the AI answer, once, with what it is said first and no second time', async () => {
		const psid = await conversation();
		await Promise.all([send(), send()]);
		await receive(textOf(psid, 'Ada'));
		await answered(psid, 2);
		await send();
		const [first, second, ...rest] = takenBy(psid);
		expect(first?.text).toMatch(/^You are chatting with an AI assistant\./);
		expect(second?.text).not.toMatch(/AI assistant/);
		expect(rest).toEqual([]);
	});
	it('is what an agent writes, in parts that Messenger takes and in their order', async () => {
		const psid = await conversation();
		await send();
		const { say } = await agent(psid);
		await say('All of this is one sentence of mine. '.repeat(100));
		await send();
		const parts = takenBy(psid).slice(1);
		expect(parts).toHaveLength(2);
		expect(parts.map(({ text }) => text).join(' ')).toBe(
			'All of this is one sentence of mine. '.repeat(100).trim(),
		);
	});
	it('waits out a Graph API that is down: nothing is lost or doubled, and the team sees it', async () => {
		const psid = await conversation();
		graph().failNext('broken', 'not-json', 'rate-limited', 'reset');
		for (let run = 0; run < 6; run++) {
			await send();
			t.advance(6 * MINUTE);
		}
		expect(takenBy(psid)).toHaveLength(1);
		expect(await wordsBy(psid, 'system')).toEqual([expect.stringMatching(/cannot be reached/)]);
		expect((await sendsOf(psid))[0]?.status).toBe('sent');
	});
	it('that a silent Graph API holds up stays due when the process stops, and goes out once', async () => {
		const psid = await conversation();
		graph().failNext('hang');
		const before = graph().recorder.requests.length;
		const stopping = new AbortController();
		const run = sendDueReplies(t.ctx(), { signal: stopping.signal });
		await graph().recorder.waitFor(before + 1);
		stopping.abort();
		await run;
		await send();
		await send();
		expect(takenBy(psid)).toHaveLength(1);
		expect(await wordsBy(psid, 'system')).toEqual([]);
	});
	it('is not sent again when the answer was lost but its echo came', async () => {
		const psid = await conversation();
		graph().failNext('accepted-then-reset');
		await send();
		const [taken] = takenBy(psid);
		await receive(echoOf(psid, taken ?? {}));
		t.advance(6 * MINUTE);
		await send();
		expect(takenBy(psid)).toHaveLength(1);
		expect(await said(psid, 'agent')).toEqual([]);
	});
	it('stops when the token was refused, and goes out when it is good again', async () => {
		const psid = await conversation();
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
		expect(await wordsBy(psid, 'system')).toEqual([
			expect.stringMatching(/reconnect the Facebook page/),
		]);
		expect(await checkPageToken(t.ctx())).toEqual({ page_id: PAGE.id, name: PAGE.name });
		await send();
		expect(takenBy(psid)).toHaveLength(1);
	});
	it('a token that fails its test is marked at the page, until one passes', async () => {
		await conversation();
		const { token } = graph();
		graph().token = 'another';
		const isMarked = async () =>
			(await getMessengerState(t.ctx())).pages.map(({ needs_reconnect }) => needs_reconnect);
		await expect(checkPageToken(t.ctx())).rejects.toMatchObject({ code: 'conflict' });
		expect(await isMarked()).toContain(true);
		graph().token = token;
		await checkPageToken(t.ctx());
		expect(await isMarked()).not.toContain(true);
		await send();
	});
	it.each(['outside-window', 'refused'] as const)(
		'is given up and said so when Facebook says %s',
		async (day) => {
			const psid = await conversation();
			graph().failNext(day);
			await send();
			t.advance(6 * MINUTE);
			await send();
			expect(takenBy(psid)).toEqual([]);
			expect(await wordsBy(psid, 'system')).toEqual([
				expect.stringMatching(/^Not sent to Messenger/),
			]);
		},
	);
});

describe('a page with a token of its own', () => {
	const stateOf = async (page_id: string) =>
		(await getMessengerState(t.ctx())).pages.find((page) => page.page_id === page_id);
	const connect = () => setPageToken(t.ctx(), { token: ` ${SECOND_PAGE.token} ` });
	const pagesOf = (psid: string) =>
		takenBy(psid).map(({ page_id, token }) => [page_id, token] as const);

	it('is written to with it, and every other page with the token of the server', async () => {
		expect(await connect()).toMatchObject({
			page_id: SECOND_PAGE.id,
			name: SECOND_PAGE.name,
			token: 'own',
			needs_reconnect: false,
		});
		const [here, there] = [await conversation(), await conversation(SECOND_PAGE.id)];
		await send();
		expect(pagesOf(here)).toEqual([[PAGE.id, graph().token]]);
		expect(pagesOf(there)).toEqual([[SECOND_PAGE.id, SECOND_PAGE.token]]);
		const { say } = await agent(there);
		await say('Carla here.');
		await send();
		expect(pagesOf(there)[1]).toEqual([SECOND_PAGE.id, SECOND_PAGE.token]);
	});
	it('learns the names of its visitors with it', async () => {
		await connect();
		const psid = newPsid();
		graph().profiles.set(psid, { first_name: 'Bo', last_name: 'Diaz' });
		graph().recorder.clear();
		await receiveOn(SECOND_PAGE.id, textOf(psid, 'Hello'));
		const { session_id } = await threadOf(psid);
		await vi.waitFor(async () =>
			expect((await getSession(t.ctx(), session_id)).visitor_name).toBe('Bo Diaz'),
		);
	});
	it('alone needs reconnecting when Facebook refuses it, and its messages wait for the next one', async () => {
		await connect();
		const [here, there] = [await conversation(), await conversation(SECOND_PAGE.id)];
		graph().secondToken = 'renewed-token';
		await send();
		t.advance(6 * MINUTE);
		await send();
		expect([pagesOf(here).length, pagesOf(there).length]).toEqual([1, 0]);
		expect(await stateOf(SECOND_PAGE.id)).toMatchObject({ needs_reconnect: true });
		expect(await stateOf(PAGE.id)).toMatchObject({ needs_reconnect: false });
		await expect(checkPageToken(t.ctx(), SECOND_PAGE.id)).rejects.toMatchObject({
			code: 'conflict',
		});
		await setPageToken(t.ctx(), { token: 'renewed-token' });
		await send();
		expect(pagesOf(there)).toEqual([[SECOND_PAGE.id, 'renewed-token']]);
		graph().secondToken = SECOND_PAGE.token;
		await connect();
	});
	it('is left alone when the token of the server fails its test', async () => {
		await connect();
		const { token } = graph();
		graph().token = 'another';
		await expect(checkPageToken(t.ctx())).rejects.toMatchObject({ code: 'conflict' });
		graph().token = token;
		expect(await stateOf(SECOND_PAGE.id)).toMatchObject({ needs_reconnect: false });
		expect(await checkPageToken(t.ctx(), SECOND_PAGE.id)).toMatchObject({
			page_id: SECOND_PAGE.id,
		});
		await checkPageToken(t.ctx());
	});
	it('is answered with no other token after its own was removed, until it has one again', async () => {
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
		const psid = await conversation(SECOND_PAGE.id);
		await send();
		expect(await wordsBy(psid, 'system')).toEqual([
			expect.stringMatching(/reconnect the Facebook page/),
		]);
		await expect(checkPageToken(t.ctx())).rejects.toMatchObject({ code: 'not_found' });
		await connect();
		await send();
		expect(pagesOf(psid)).toEqual([[SECOND_PAGE.id, SECOND_PAGE.token]]);
		messenger.pageToken = pageToken;
	});
	it('never shows it: not in the state, the audit log or the database', async () => {
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
	it('is connected by admins alone, by a token that Facebook knows', async () => {
		const token = SECOND_PAGE.token;
		const agentCtx = t.ctx(actorOf(await makeUser(t.app)));
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
	it('of ours are dropped, also when they come before the answer', async () => {
		const psid = await conversation();
		const [waiting] = await sendsOf(psid);
		await receive(
			echoOf(psid, { text: waiting?.text, metadata: `frontdesk:${waiting?.metadata}` }),
		);
		await send();
		expect(takenBy(psid)).toEqual([]);
		expect(await said(psid, 'agent')).toEqual([]);
	});
	it("of a person in the page's inbox are stored, silence the AI and are not sent again", async () => {
		const psid = await conversation();
		await send();
		await receive(
			echoOf(psid, { text: 'Hi, Carla from the garage here', app_id: 26 }),
			textOf(psid, 'Great'),
		);
		await send();
		expect(await wordsBy(psid, 'agent')).toEqual(['Hi, Carla from the garage here']);
		const session = await getSession(t.ctx(), (await threadOf(psid)).session_id);
		expect(session).toMatchObject({
			ai_paused: true,
			last_message: { sender: 'visitor', message: 'Great' },
		});
		expect([await said(psid, 'ai'), takenBy(psid)].map(({ length }) => length)).toEqual([1, 1]);
	});
});

// Last, because the clock stays where it was moved to.
describe('after the window', () => {
	it('the agent is refused, and what waited until then is not sent', async () => {
		const psid = await conversation();
		const { say } = await agent(psid);
		t.advance(25 * 60 * MINUTE);
		await expect(say('Still there?')).rejects.toThrow(/24 hours/);
		await send();
		expect(takenBy(psid)).toEqual([]);
		expect(await wordsBy(psid, 'system')).toEqual([expect.stringMatching(/24 hours/)]);
	});
});
