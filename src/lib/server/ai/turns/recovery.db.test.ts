// @module-tag thorough
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createHeldStream } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { waitForMessages } from '../../../../../tests/support/wait-for-messages.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { listErrorGroups } from '#lib/server/quality/automation-errors/index.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { createSessionId } from '#lib/server/conversations/sessions/get.ts';
import { listMessages, sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { createFallbackResult } from './call-ai.ts';
import { claimTurn } from './claim-turn.ts';
import { finishTurn } from './finish-turn.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

beforeAll(() => {
	t.app.turns.start();
});
afterAll(() => t.app.turns.drain(0));

/** Creates a site whose AI answers immediately, unless `values` say otherwise. */
const createSiteWithAi = (values: Parameters<typeof createSite>[1] = {}) =>
	createSite(t.app, {
		greeting: 'Hi, how can we help?',
		connector: { type: 'n8n', url: standIn().ai.url('object'), auth_header: null },
		...values,
	});

/** Starts a greeted chat session. */
async function startChat(site: { key: string }) {
	const { session } = await startSession(t.ctx(), { site: site.key });
	const { session_id, id: chat_session_id } = session;
	await waitForMessages(t.ctx(), session_id, 1);
	const send = (message: string) =>
		sendVisitorMessage(t.ctx(), { session_id, chat_session_id, message });
	return { session_id, chat_session_id, send };
}

const listTurnRows = async (id: number) =>
	(
		await t.app.db.execute(
			sql`select outcome, detail from ai_turns where chat_session_id = ${id} order by id`,
		)
	).rows;

describe('recovery', () => {
	it('answers healthy sites while hundreds of chats wait for a site whose AI hangs', async () => {
		const hung = await createSiteWithAi({
			greeting: null,
			connector: { type: 'n8n', url: standIn().ai.url('never-answers'), auth_header: null },
			max_concurrent_turns: 1,
		});
		const healthy = await createSiteWithAi();
		const before = new Date(Date.now() - 60_000);
		const pending = (site_id: number, count: number) =>
			t.app.db
				.insert(chat_sessions)
				.values(
					Array.from({ length: count }, () => ({
						public_id: createSessionId(),
						site_id,
						is_awaiting_reply: true,
						created_at: before,
						last_activity_at: before,
					})),
				)
				.returning({ public_id: chat_sessions.public_id });
		await pending(hung.id, 450);
		const waiting = await pending(healthy.id, 8);
		const { turns } = t.app;
		expect(await turns.recover()).toBe(108);
		for (const { public_id } of waiting) await waitForMessages(t.ctx(), public_id, 1);
		// The next runs queue the rest of the hung site.
		expect(await turns.recover()).toBe(100);
		const late = await pending(healthy.id, 1);
		expect(await turns.recover()).toBe(101);
		for (const { public_id } of late) await waitForMessages(t.ctx(), public_id, 1);
		await t.app.db
			.update(chat_sessions)
			.set({ is_awaiting_reply: false })
			.where(eq(chat_sessions.site_id, hung.id));
	});
});

describe('a chat that waits too long for a slot', () => {
	/** Runs `enqueue`, then advances the clock past the queue's time limit. */
	async function expireQueue(enqueue: () => Promise<unknown>) {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		onTestFinished(() => void vi.useRealTimers());
		await enqueue();
		await vi.advanceTimersByTimeAsync(60_000);
		vi.useRealTimers();
	}
	/** Makes a site whose only slot is busy. */
	async function createBusySite() {
		const site = await createSiteWithAi({ max_concurrent_turns: 1 });
		const [busy, late] = [await startChat(site), await startChat(site)];
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await busy.send('Hello?');
		await stream.called;
		return { site, busy, late, stream };
	}

	it('gets the fallback reply, which is recorded as an error, and the AI is not called', async () => {
		const { busy, late, stream } = await createBusySite();
		const calls = standIn().ai.recorder.requests.length;
		await expireQueue(() => late.send('Anybody there?'));
		const [, , reply] = await waitForMessages(t.ctx(), late.session_id, 3);
		expect(reply).toMatchObject({ sender: 'ai', is_fallback: true });
		expect(await listTurnRows(late.chat_session_id)).toMatchObject([
			{ outcome: 'ok' },
			{ outcome: 'queue_timeout', detail: expect.stringContaining('60 seconds') as string },
		]);
		const { items } = await listErrorGroups(t.ctx(), {});
		expect(items.map((group) => group.last_error?.session_id)).toContain(late.session_id);
		expect(standIn().ai.recorder.requests).toHaveLength(calls);
		await stream.write('Yes.');
		await stream.end();
		await waitForMessages(t.ctx(), busy.session_id, 3);
		await late.send('Hello again');
		const all = await waitForMessages(t.ctx(), late.session_id, 5);
		expect(all[4]).toMatchObject({ sender: 'ai', is_fallback: false });
	});

	it('is greeted immediately if the greeting is fixed', async () => {
		const { site, busy, stream } = await createBusySite();
		const { session } = await startSession(t.ctx(), { site: site.key });
		const [greeting] = await waitForMessages(t.ctx(), session.session_id, 1);
		expect(greeting).toMatchObject({ message: 'Hi, how can we help?', is_fallback: false });
		await stream.end();
		await waitForMessages(t.ctx(), busy.session_id, 3);
	});
});

describe("a site's limit", () => {
	it('applies from the first turn on', async () => {
		const site = await createSiteWithAi({ greeting: null, max_concurrent_turns: 1 });
		const waiting = new Set<string>();
		t.app.events.onPublished(({ name, payload }) => {
			if (name === 'typing.changed') waiting.add(payload.session_id);
		});
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		const [first, second] = await Promise.all([
			startSession(t.ctx(), { site: site.key }),
			startSession(t.ctx(), { site: site.key }),
		]);
		const ids = [first, second].map(({ session }) => session.session_id);
		await stream.called;
		await vi.waitFor(() => expect(ids.filter((id) => waiting.has(id))).toHaveLength(1));
		await stream.write('Hi.');
		await stream.end();
		for (const id of ids) await waitForMessages(t.ctx(), id, 1);
	});
});

describe('a finished reply', () => {
	const CODES = '53100 53200 53300 57014 55P03 57P01 08006 40001 58030'.split(' ');
	const answers = {
		'with one statement': { reply: 'Hi.' },
		'with a lead in a transaction': { reply: 'Hi.', lead: { name: 'Ada' } },
	};
	const cases = Object.entries(answers).flatMap(([how, answer]) =>
		CODES.map((code) => ({ how, code, answer })),
	);

	it.each(cases)(
		'is kept and stored once the database has recovered: $how ($code)',
		async ({ code, answer }) => {
			const { session_id, chat_session_id, send } = await startChat(await createSiteWithAi());
			await failToStore(chat_session_id, code, 3);
			standIn().ai.next(({ response }) => {
				response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
			});
			await send('Hello?');
			const [, , reply, ...more] = await waitForMessages(t.ctx(), session_id, 3);
			expect(reply).toMatchObject({ sender: 'ai', is_fallback: false });
			expect(more).toEqual([]);
			expect(await listTurnRows(chat_session_id)).toMatchObject([
				{ outcome: 'ok' },
				{ outcome: 'ok' },
			]);
		},
	);
});

/** Makes the database reject this chat's next reply with this error code, this many times. */
async function failToStore(chatSessionId: number, code: string, times: number): Promise<void> {
	const name = `fault_${chatSessionId}`;
	// A sequence counts the rejections, because it isn't rolled back.
	await t.app.db.execute(
		sql.raw(`
		create sequence ${name};
		create function ${name}() returns trigger language plpgsql as $$
			begin
				if nextval('${name}') <= ${times} then
					raise exception 'a transient fault' using errcode = '${code}';
				end if;
				return new;
			end
		$$;
		create trigger ${name} before insert on messages for each row
			when (new.chat_session_id = ${chatSessionId} and new.sender = 'ai') execute function ${name}()`),
	);
	onTestFinished(async () => {
		await t.app.db.execute(sql.raw(`drop function ${name} cascade`));
	});
}

it('publishes a stored reply when the turn is finished again, after the response to its commit was lost', async () => {
	const { session_id, chat_session_id } = await startChat(await createSiteWithAi());
	await t.app.db
		.update(chat_sessions)
		.set({ is_awaiting_reply: true })
		.where(eq(chat_sessions.id, chat_session_id));
	const turn = await claimTurn(t.ctx(), chat_session_id);
	if (!turn) throw new Error('no turn was claimed');
	const result = {
		...createFallbackResult(turn, 'ok', ''),
		text: 'In spring.',
		is_fallback: false,
	};
	const stored = await finishTurn(t.ctx(), turn, result);

	const published: AppEvent[] = [];
	onTestFinished(
		t.app.events.onPublished((event) => {
			if ('session_id' in event.payload && event.payload.session_id === session_id)
				published.push(event);
		}),
	);
	expect(await finishTurn(t.ctx(), turn, result)).toEqual(stored);
	expect(published).toMatchObject([
		{ name: 'message.created', payload: { message: { id: stored?.id, message: 'In spring.' } } },
		{ name: 'reply.finished', payload: { message: { id: stored?.id } } },
	]);
	expect(await listMessages(t.ctx(), session_id)).toHaveLength(2);
});
