import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createHeldStream, type AiMode } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { listTurns } from '../turns/index.ts';
import { listErrorGroups } from '#lib/server/quality/automation-errors/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { automation_errors, deliveries, mails } from '#lib/server/core/db/schema/index.ts';
import { listLeads } from '#lib/server/leads/index.ts';
import { listMessages, sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import {
	countSessions,
	deleteSession,
	listSessions,
	listSessionsOfPerson,
} from '#lib/server/conversations/sessions/index.ts';
import { runRead } from '#lib/server/core/db/reads.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { getTrial, setChallenger } from '../challengers/index.ts';
import { readAttention } from '#lib/server/statistics/get-overview.ts';
import { toScope } from '#lib/server/statistics/read-counters.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import {
	cancelReplay,
	findRunningReplay,
	getReplay,
	getTestChat,
	listReplayMessages,
	sendTestMessage,
	startReplay,
	startTestChat,
} from './index.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
let me: Ctx;

beforeAll(() => {
	t.app.turns.start();
});
beforeEach(async () => {
	me = await createUserCtx(t);
});
afterAll(() => t.app.turns.drain(0));

const createSiteWithAi = (mode: AiMode, secret = 'hunter2-hunter2') =>
	createSite(t.app, {
		connector: {
			type: 'n8n',
			url: standIn().ai.url(mode),
			auth_header: { name: 'X-Key', sealed_value: t.app.secrets.seal(secret) },
		},
	});

/** Starts a test chat and waits for its greeting. */
async function startGreetedChat(mode: AiMode) {
	const site = await createSiteWithAi(mode);
	const { session_id } = await startTestChat(me, { site: site.key });
	await waitForTurns(session_id, 1);
	return { site, session_id };
}

const waitForTurns = (session_id: string, count: number) =>
	vi.waitFor(async () => {
		const { turns } = await getTestChat(me, session_id);
		expect(turns.filter(({ outcome }) => outcome !== null)).toHaveLength(count);
		return turns;
	});

const waitForEnd = (id: number) =>
	vi.waitFor(async () => {
		const comparison = await getReplay(me, id);
		expect(comparison.replay.status).not.toBe('running');
		return comparison;
	});

describe('a test chat', () => {
	it('shows the request and answer of every turn, with the secret masked', async () => {
		const { session_id } = await startGreetedChat('completed');
		standIn().ai.next(({ request, response }) => {
			response.end(JSON.stringify({ reply: `You sent ${String(request.headers['x-key'])}` }));
		});
		await sendTestMessage(me, session_id, { message: 'Hello' });
		const [greeting, answer] = await waitForTurns(session_id, 2);
		expect(greeting).toMatchObject({
			action: 'start',
			outcome: 'ok',
			trial: { is_ok: true, http_status: 200, completed: true, lead: { email: 'ada@example.com' } },
		});
		expect(answer?.trial).toMatchObject({ reply: 'You sent ••••••', is_raw_cut: false });
		expect(JSON.parse(answer?.trial?.request ?? '')).toMatchObject({ message: 'Hello' });
		const chat = await getTestChat(me, session_id);
		expect(JSON.stringify(chat.turns)).not.toContain('hunter2');
		expect(chat.messages.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'ai']);
	});

	it('names the fault and its remedy', async () => {
		const { session_id } = await startGreetedChat('not-registered');
		const { turns, messages } = await getTestChat(me, session_id);
		expect(turns[0]).toMatchObject({
			outcome: 'not_registered',
			trial: { fault: 'workflow_not_active', remedy: expect.stringMatching(/Publish/) as string },
		});
		expect(messages[0]?.is_fallback).toBe(true);
	});

	it('stores a message once, and refuses a visitor’s chat', async () => {
		const { session_id } = await startGreetedChat('object');
		const input = { message: 'Hello', client_message_id: randomUUID() };
		const first = await sendTestMessage(me, session_id, input);
		expect((await sendTestMessage(me, session_id, input)).id).toBe(first.id);
		const visitor = await createChat(t.ctx());
		const refusal = { code: 'conflict' };
		await expect(sendTestMessage(me, visitor.session_id, input)).rejects.toMatchObject(refusal);
		await expect(getTestChat(me, visitor.session_id)).rejects.toMatchObject(refusal);
	});

	it('is left out of lists, statistics, deliveries, errors and mail', async () => {
		const site = await createSiteWithAi('completed');
		const url = `${standIn().url}/lead`;
		const events = ['lead.completed' as const, 'session.created' as const];
		await createEndpoint(t.ctx(), { site: site.key, url, events });
		const { session_id } = await startTestChat(me, { site: site.key });
		await waitForTurns(session_id, 1);
		standIn().ai.next('error-in-workflow');
		await sendTestMessage(me, session_id, { message: 'Call me: grace@example.com' });
		await waitForTurns(session_id, 2);
		const { session, lead } = await getTestChat(me, session_id);
		expect(session).toMatchObject({ channel: 'test', completion_status: 'complete' });
		expect(lead).toMatchObject({ email: 'grace@example.com', promise_due_at: null });

		const inbox = await listSessions(me, { site: site.key });
		expect(inbox.items).toEqual([]);
		const asked = await listSessions(me, { site: site.key, channel: 'test' });
		expect(asked.items.map((item) => item.session_id)).toEqual([session_id]);
		const counts = await countSessions(me, { site: site.key });
		expect(counts).toMatchObject({ active: 0, complete: 0, to_review: 0 });
		expect((await listLeads(me, { site: site.key })).items).toEqual([]);
		const attention = await runRead(t.app.db, readAttention(toScope(site.key), Date.now()));
		expect(attention.live_chats).toBe(0);
		expect(attention.needs_attention).toMatchObject({
			to_review: 0,
			unchecked_completed: 0,
			unresolved_errors: 0,
			failed_deliveries: 0,
		});
		expect((await listTurns(me, { site: site.key })).items).toEqual([]);
		expect(await t.app.db.select().from(deliveries)).toEqual([]);
		expect(await t.app.db.select().from(automation_errors)).toEqual([]);
		expect(await t.app.db.select().from(mails)).toEqual([]);
		expect((await listErrorGroups(me, {})).items).toEqual([]);
	});

	it('is answered by the challenger on trial if asked to, without counting for the trial', async () => {
		const { key } = await createSiteWithAi('object');
		const admin = await createUserCtx(t, { role: 'admin' });
		const start = (arm?: 'champion' | 'challenger') => startTestChat(me, { site: key, arm });
		await expect(start('challenger')).rejects.toMatchObject({ code: 'conflict' });
		expect((await listSessions(me, { site: key, channel: 'test' })).items).toEqual([]);

		const connector = { type: 'n8n' as const, url: standIn().ai.url('not-registered') };
		await setChallenger(admin, key, { connector, share_percent: 100 });
		const challenged = await start('challenger');
		expect(challenged).toMatchObject({ channel: 'test', arm: 'challenger' });
		await waitForTurns(challenged.session_id, 1);
		for (let count = 2; count <= 4; count += 1) {
			await sendTestMessage(me, challenged.session_id, { message: `Hello ${count}` });
			await waitForTurns(challenged.session_id, count);
		}
		const { turns } = await getTestChat(me, challenged.session_id);
		expect(turns.map(({ outcome }) => outcome)).toEqual(turns.map(() => 'not_registered'));
		// Three failures of visitors' chats would have ended it.
		await foldStatistics(t.ctx());
		const { challenger, comparison } = await getTrial(admin, key);
		expect(challenger?.ended_at).toBeNull();
		expect(comparison?.leads.challenger.of).toBe(0);
		expect(comparison?.failures.challenger.of).toBe(0);

		for (const arm of [undefined, 'champion'] as const) {
			const champions = await start(arm);
			expect(champions.arm).toBeNull();
			expect(await waitForTurns(champions.session_id, 1)).toMatchObject([{ outcome: 'ok' }]);
		}
		const { session_id } = await createChat(t.ctx(), { site: key, messages: ['Hello'] });
		const replay = await startReplay(me, { session_id, arm: 'challenger' });
		// One turn, or two if the greeting begins before the visitor's message is stored.
		await vi.waitFor(async () => {
			const { turns, session } = await getTestChat(me, replay.session_id);
			expect(session.arm).toBe('challenger');
			expect(turns.map(({ action }) => action)).toContain('message');
			expect(turns.map(({ outcome }) => outcome)).toEqual(turns.map(() => 'not_registered'));
		});
	});

	it('doesn’t count as another chat of the person it names', async () => {
		const email = 'one.person@example.com';
		const real = await createChat(t.ctx(), { lead: { email } });
		await createChat(t.ctx(), { channel: 'test', lead: { email } });
		const { items } = await listLeads(me, { q: email });
		expect(items).toMatchObject([{ session_id: real.session_id, chat_count: 1 }]);
		expect(await listSessionsOfPerson(me, real.session_id)).toEqual([]);
	});
});

describe('a test chat with an OpenAI-compatible API', () => {
	it('streams its replies, stores its lead, and shows the calls with the key masked', async () => {
		const site = await createSite(t.app, {
			connector: {
				type: 'openai',
				base_url: standIn().openai.url('tool'),
				model: 'small',
				sealed_api_key: t.app.secrets.seal('sk-0123456789'),
				system_prompt: 'Be brief.',
			},
		});
		const { session_id } = await startTestChat(me, { site: site.key });
		await waitForTurns(session_id, 1);
		await sendTestMessage(me, session_id, { message: 'I need a roof' });
		const turns = await waitForTurns(session_id, 2);
		const { lead } = await getTestChat(me, session_id);
		expect(lead).toMatchObject({ email: 'zoe@example.com' });
		expect(turns.map(({ connector, outcome }) => [connector, outcome])).toEqual([
			['openai', 'ok'],
			['openai', 'ok'],
		]);
		const sent = turns[1]?.trial?.request ?? '';
		expect(JSON.parse(sent)).toMatchObject({ model: 'small', stream: true });
		expect(sent).toContain('I need a roof');
		expect(JSON.stringify(turns)).not.toContain('sk-0123456789');
	});
});

it('a test chat that is deleted while the AI answers ends without an error', async () => {
	const errors = vi.spyOn(t.app.log, 'error').mockImplementation(() => undefined);
	onTestFinished(() => errors.mockRestore());
	const { session_id } = await startGreetedChat('object');
	const held = createHeldStream();
	standIn().ai.next(held.answer);
	const finished = new Promise<void>((resolve) =>
		t.app.events.onPublished(({ name, payload }) => {
			if (name === 'reply.finished' && payload.session_id === session_id) resolve();
		}),
	);
	await sendTestMessage(me, session_id, { message: 'Hello?', client_message_id: randomUUID() });
	await held.called;
	await deleteSession(t.ctx(), session_id);
	await held.write('Too late.');
	await held.end();
	await finished;
	expect(errors).not.toHaveBeenCalled();
});

describe('a replay', () => {
	/** Stores a chat of a site whose AI answers in this mode. */
	async function storeChat(mode: AiMode, messages: string[]) {
		const site = await createSiteWithAi(mode);
		const chat = await createChat(t.ctx(), { site: site.key, messages: [] });
		await vi.waitFor(async () => {
			const { items } = await listTurns(me, { session_id: chat.session_id });
			expect(items[0]?.outcome).toBe('ok');
		});
		for (const message of messages) {
			await sendVisitorMessage(t.ctx(), { ...chat, chat_session_id: chat.id, message });
			await vi.waitFor(async () => {
				const stored = await listMessages(t.ctx(), chat.session_id);
				expect(stored.at(-1)?.sender).toBe('ai');
			});
		}
		return chat;
	}

	it('sends the visitor’s messages again, each after the answer to the one before', async () => {
		const chat = await storeChat('object', ['One', 'Two', 'Three']);
		expect(await listReplayMessages(me, chat.session_id)).toEqual(['One', 'Two', 'Three']);
		const replay = await startReplay(me, { session_id: chat.session_id });
		expect(replay).toMatchObject({
			status: 'running',
			total: 3,
			source_session_id: chat.session_id,
		});
		const { replay: done, then, now } = await waitForEnd(replay.id);
		expect(done).toMatchObject({ status: 'done', sent: 3 });
		expect(then?.messages.map(({ message }) => message)).toContain('Three');
		const senders = now.messages.map(({ sender }) => sender);
		expect(senders).toEqual(['ai', 'visitor', 'ai', 'visitor', 'ai', 'visitor', 'ai']);
		expect(now).toMatchObject({ turns: 4, failures: 0 });
		expect(await findRunningReplay(me)).toBeNull();
	});

	it('runs one at a time per user, even when started concurrently, and can be cancelled', async () => {
		const chat = await storeChat('object', ['One', 'Two']);
		standIn().ai.next('never-answers');
		const attempts = await Promise.allSettled(
			[1, 2, 3].map(() => startReplay(me, { session_id: chat.session_id })),
		);
		const refused = attempts.flatMap((attempt) =>
			attempt.status === 'rejected' ? [attempt.reason as unknown] : [],
		);
		expect(refused).toMatchObject([{ code: 'conflict' }, { code: 'conflict' }]);
		const running = await findRunningReplay(me);
		const id = running?.id ?? 0;
		const other = await createUserCtx(t);
		await expect(cancelReplay(other, id)).rejects.toMatchObject({ code: 'not_found' });
		expect(await cancelReplay(me, id)).toMatchObject({ status: 'cancelled', sent: 0 });
		expect(await findRunningReplay(me)).toBeNull();
	});

	it('ends when the AI fails three times in a row', async () => {
		const chat = await storeChat('object', ['1', '2', '3', '4', '5']);
		const failures = Array.from({ length: 3 }, () => 'error-in-workflow' as const);
		standIn().ai.next(...failures);
		const { id } = await startReplay(me, { session_id: chat.session_id });
		const { replay, now } = await waitForEnd(id);
		expect(replay).toMatchObject({ status: 'failed', sent: 2 });
		expect(now.failures).toBe(3);
	});

	it('is refused for a chat without visitor messages', async () => {
		const chat = await createChat(t.ctx(), { messages: [] });
		const empty = startReplay(me, { session_id: chat.session_id });
		await expect(empty).rejects.toMatchObject({ code: 'invalid' });
		const missing = startReplay(me, { session_id: 'session_missing' });
		await expect(missing).rejects.toMatchObject({ code: 'not_found' });
	});
});
