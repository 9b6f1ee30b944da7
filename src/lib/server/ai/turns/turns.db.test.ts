import { randomUUID } from 'node:crypto';
import { eq, sql, type SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { createHeldStream, type AiMode } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { waitForMessages } from '../../../../../tests/support/wait-for-messages.ts';
import { createApp } from '#lib/server/create-app.ts';
import { listErrorGroups } from '#lib/server/quality/automation-errors/index.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages, sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { handBack, takeOver } from '#lib/server/conversations/handoffs/index.ts';
import { getSession, startSession } from '#lib/server/conversations/sessions/index.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
const events: AppEvent[] = [];

beforeAll(() => {
	t.app.turns.start();
	t.app.events.onPublished((event) => events.push(event));
});
afterAll(() => t.app.turns.drain(0));

/** Starts a greeted chat session of a site whose AI answers in this mode. */
async function startChat(mode: AiMode, options: Record<string, string | number> = {}) {
	const key = `site-${randomUUID().slice(0, 8)}`;
	const [site] = await t.app.db.select().from(sites).where(eq(sites.key, 'default'));
	if (!site) throw new Error('no default site');
	const { id: _id, ...copy } = site;
	await t.app.db.insert(sites).values({
		...copy,
		key,
		greeting: 'Hi, how can we help?',
		connector: { type: 'n8n', url: standIn().ai.url(mode, options), auth_header: null },
	});
	const { session } = await startSession(t.ctx(), { site: key });
	const { session_id, id: chat_session_id } = session;
	// The greeting is stored before its events are published.
	const isGreeted = ({ name, payload }: AppEvent) =>
		name === 'reply.finished' && payload.session_id === session_id;
	await vi.waitFor(() => expect(events.some(isGreeted)).toBe(true));
	const send = (message: string) =>
		sendVisitorMessage(t.ctx(), {
			session_id,
			chat_session_id,
			message,
			client_message_id: randomUUID(),
		});
	return { session_id, chat_session_id, send };
}

const getMessages = (id: string) => listMessages(t.ctx(), id);
const getCalls = (id: string) =>
	standIn()
		.ai.recorder.requests.filter(({ body }) => body.includes(id))
		.map((request) => request.json() as Record<string, unknown>);
const listTurnRows = async (id: number) =>
	(
		await t.app.db.execute(
			sql`select outcome, action, tries from ai_turns where chat_session_id = ${id} order by id`,
		)
	).rows;
describe('a turn', () => {
	it('stores the reply, engages the AI and publishes its events in order', async () => {
		const { session_id, chat_session_id, send } = await startChat('object');
		events.length = 0;
		await send('We need a new roof');
		const all = await waitForMessages(t.ctx(), session_id, 3);
		expect(all.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'ai']);
		expect((await getSession(t.ctx(), session_id)).ai_engaged).toBe(true);
		expect(events.map(({ name }) => name).filter((name) => name !== 'reply.delta')).toEqual([
			'message.created',
			'reply.started',
			'message.created',
			'reply.finished',
		]);
		expect(await listTurnRows(chat_session_id)).toMatchObject([
			{ outcome: 'ok' },
			{ outcome: 'ok' },
		]);
	});

	it('leaves messages that arrive during it to the next one', async () => {
		const { session_id, send } = await startChat('echo');
		const held = createHeldStream();
		standIn().ai.next(held.answer);
		await send('one');
		await held.called;
		await send('two');
		await send('three');
		await held.write('First.');
		await held.end();
		await vi.waitFor(() => expect(getCalls(session_id)).toHaveLength(2));
		expect(getCalls(session_id).map((call) => call['message'])).toEqual(['one', 'two\nthree']);
		await waitForMessages(t.ctx(), session_id, 6);
		expect(getCalls(session_id)).toHaveLength(2);
	});

	it.each<[AiMode, string]>([
		['error-in-workflow', 'workflow_error'],
		['empty', 'empty'],
		['started', 'no_reply_mode'],
		['gateway-timeout', 'bad_status'],
		['not-registered', 'not_registered'],
		['reset', 'unreachable'],
	])(
		'sends the fallback reply and records one error if the AI fails (%s), and the next turn works',
		async (mode, outcome) => {
			const { session_id, chat_session_id, send } = await startChat(mode);
			await send('Hello?');
			const [, , reply] = await waitForMessages(t.ctx(), session_id, 3);
			expect(reply).toMatchObject({ sender: 'ai', is_fallback: true });
			expect(await listTurnRows(chat_session_id)).toMatchObject([{ outcome: 'ok' }, { outcome }]);
			const groups = await listErrorGroups(t.ctx(), {});
			const errors = groups.items.filter(({ last_error }) => last_error?.session_id === session_id);
			expect(errors).toHaveLength(1);
			standIn().ai.next('object');
			await send('Hello again');
			const all = await waitForMessages(t.ctx(), session_id, 5);
			expect(all[4]).toMatchObject({ is_fallback: false });
		},
	);

	it('stores an answer that contains unstorable characters everywhere', async () => {
		const { session_id, chat_session_id, send } = await startChat('unstorable');
		await send('Hello?');
		const [, , reply] = await waitForMessages(t.ctx(), session_id, 3);
		expect(reply).toMatchObject({ sender: 'ai', is_fallback: false, quick_replies: ['Yes'] });
		expect(await listTurnRows(chat_session_id)).toMatchObject([
			{ outcome: 'ok' },
			{ outcome: 'ok' },
		]);
	});

	it('sends the fallback reply if its reply cannot be stored, instead of retrying forever', async () => {
		const { session_id, send } = await startChat('completed');
		t.app.events.onRecorded('session.completed', async (tx, { session }) => {
			if (session.session_id === session_id) await tx.db.execute(sql`select 'no number'::int`);
		});
		await send('Hello?');
		const [, , reply] = await waitForMessages(t.ctx(), session_id, 3);
		expect(reply).toMatchObject({ sender: 'ai', is_fallback: true });
	});

	it('stores the lead, quick replies and completion that the AI returns', async () => {
		const { session_id, send } = await startChat('object');
		standIn().ai.next(({ response }) => {
			const answer = {
				reply: 'All noted.',
				completed: true,
				quick_replies: ['Fine'],
				lead: { name: 'Maya', budget: 5000, odd: { a: 1 } },
			};
			response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
		});
		await send('I am Maya, with 5000');
		const all = await waitForMessages(t.ctx(), session_id, 3);
		expect(all[2]?.quick_replies).toEqual(['Fine']);
		expect(await findLead(t.ctx(), session_id)).toMatchObject({
			name: 'Maya',
			answers: { budget: '5000' },
		});
		expect(await getSession(t.ctx(), session_id)).toMatchObject({
			completion_status: 'complete',
			completion_source: 'live',
		});
	});

	it('is dropped before its reply is stored when an agent has taken over', async () => {
		const { session_id, chat_session_id, send } = await startChat('late', { delay: 300 });
		await send('Hello?');
		await vi.waitFor(() => expect(getCalls(session_id)).toHaveLength(1));
		// Another process has changed the row, and its event has not reached this process.
		await t.app.db.execute(
			sql`update chat_sessions set ai_paused = true where id = ${chat_session_id}`,
		);
		await vi.waitFor(
			async () =>
				expect(await listTurnRows(chat_session_id)).toMatchObject([
					{ outcome: 'ok' },
					{ outcome: 'dropped' },
				]),
			5_000,
		);
		expect(await getMessages(session_id)).toHaveLength(2);
	});

	it('is not dropped by a lease renewal that started before it', async () => {
		const { session_id, send } = await startChat('echo');
		const [first, second] = [createHeldStream(), createHeldStream()];
		standIn().ai.next(first.answer, second.answer);
		await send('one');
		await first.called;
		const renewal = holdNextRenewal();
		await renewal.started;
		await first.write('First.');
		await first.end();
		await waitForMessages(t.ctx(), session_id, 3);
		await send('two');
		await second.called;
		await renewal.release();
		await second.write('Second.');
		await second.end();
		const all = await waitForMessages(t.ctx(), session_id, 5);
		expect(all.at(-1)).toMatchObject({ message: 'Second.', is_fallback: false });
	});

	it('runs immediately when an agent hands back a chat that ends with a visitor’s message', async () => {
		const { session_id, send } = await startChat('object');
		await takeOver(await createUserCtx(t), session_id);
		await send('Are you still there?');
		expect(getCalls(session_id)).toHaveLength(0);
		await handBack(t.ctx(), session_id);
		await waitForMessages(t.ctx(), session_id, 3);
		expect(getCalls(session_id).map((call) => call['message'])).toEqual(['Are you still there?']);
	});

	it('is repeated with the same turn id if its process died before the AI answered', async () => {
		const { session_id, chat_session_id, send } = await startChat('object');
		standIn().ai.next('never-answers');
		await send('Hello?');
		await vi.waitFor(() => expect(getCalls(session_id)).toHaveLength(1));
		await recoverElsewhere(chat_session_id);
		await waitForMessages(t.ctx(), session_id, 3);
		const ids = getCalls(session_id).map((call) => call['turn_id']);
		expect(ids).toHaveLength(2);
		expect(new Set(ids).size).toBe(1);
	});

	it('is not repeated if its process died while the AI was answering: the visitor gets the fallback reply', async () => {
		const { session_id, chat_session_id, send } = await startChat('object');
		standIn().ai.next('never-answers');
		await send('Hello?');
		await vi.waitFor(() => expect(getCalls(session_id)).toHaveLength(1));
		await t.app.db.execute(
			sql`update ai_turns set first_byte_at = now() where chat_session_id = ${chat_session_id}`,
		);
		await recoverElsewhere(chat_session_id);
		const all = await waitForMessages(t.ctx(), session_id, 3);
		expect(all[2]).toMatchObject({ is_fallback: true });
		expect(getCalls(session_id)).toHaveLength(1);
	});
});

/** Runs `intercept` in place of this process's lease renewals. */
function interceptRenewals(intercept: (query: SQL) => Promise<unknown>) {
	const execute = t.app.db.execute.bind(t.app.db);
	const isRenewal = (query: SQL) =>
		/turn_lease_until = now\(\).*not ai_paused/s.test(new PgDialect().sqlToQuery(query).sql);
	return vi
		.spyOn(t.app.db, 'execute')
		.mockImplementation(((query: SQL) =>
			isRenewal(query) ? intercept(query) : execute(query)) as typeof execute);
}

/** Holds back the next lease renewal until `release` is called. */
function holdNextRenewal() {
	const execute = t.app.db.execute.bind(t.app.db);
	const started = Promise.withResolvers<void>();
	const open = Promise.withResolvers<void>();
	const done = Promise.withResolvers<void>();
	const hold = async (query: SQL) => {
		spy.mockRestore();
		started.resolve();
		await open.promise;
		// The renewal handles its result before `release` resolves.
		return execute(query).finally(() => setImmediate(done.resolve));
	};
	const spy = interceptRenewals(hold);
	return {
		started: started.promise,
		release() {
			open.resolve();
			return done.promise;
		},
	};
}

/** Expires a running turn's lease, as if its process had died, and runs recovery in another process. */
async function recoverElsewhere(chatSessionId: number): Promise<void> {
	// A renewal would show that the process is alive.
	const spy = interceptRenewals(() => new Promise(() => undefined));
	onTestFinished(() => spy.mockRestore());
	const other = createApp({
		config: t.app.config,
		databaseUrl: t.databaseUrl,
		secretKey: 'a secret key for tests only',
	});
	onTestFinished(async () => {
		await other.app.turns.drain(1_000);
		await other.close();
	});
	await t.app.db
		.execute(sql`update chat_sessions set turn_lease_until = now() - interval '1 minute',
		last_activity_at = now() - interval '1 minute' where id = ${chatSessionId}`);
	await other.app.turns.recover();
}
