import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createNote, listNotes } from '#lib/server/conversations/notes/index.ts';
import { getSession, listSessionsOfPerson } from '#lib/server/conversations/sessions/index.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import {
	getTranscript,
	listActivity,
	openChat,
} from '#lib/server/conversations/transcripts/index.ts';
import { createFallbackResult } from '#lib/server/ai/turns/call-ai.ts';
import { claimTurn } from '#lib/server/ai/turns/claim-turn.ts';
import { finishTurn } from '#lib/server/ai/turns/finish-turn.ts';
import type { TurnResult } from '#lib/server/ai/turns/turn.ts';
import { ai_traces } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { createEndpoint, listDeliveries } from '#lib/server/delivery/webhooks/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { listUsers } from '#lib/server/team/users/index.ts';
import { createChat } from '../factories/chat.ts';
import { toActor, createUser } from '../factories/user.ts';
import { useTestApi } from '../support/api.ts';
import { useStatementCount } from '../support/statements.ts';

const statements = useStatementCount();
const { t, call, createKeyFor } = useTestApi();

const isTransactionControl = (text: string) => /^(begin|commit)\b/i.test(text);
const LEAD = { name: 'Ada', email: 'ada@example.com', phone: '+4930123456' };

/** A completed chat with a lead, a delivery, a note, a review, activity and another chat of the same person. */
async function createFullChat() {
	const user = await createUser(t.app);
	const ctx = t.ctx(toActor(user));
	const chat = await createChat(t.ctx(), { lead: LEAD, messages: ['Hello', 'Are you there?'] });
	await createChat(t.ctx(), { lead: LEAD });
	await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'http://127.0.0.1:9/',
		events: ['lead.completed'],
	});
	await completeSession(t.ctx(), { chat_session_id: chat.id, source: 'live' });
	await createNote(ctx, chat.session_id, { note: 'Call back' });
	await submitReview(ctx, chat.session_id, { qa_status: 'passed' });
	return { ctx, chat };
}

describe('opening a chat', () => {
	it('takes two statements, and shows what the verbs for its parts return', async () => {
		const { ctx, chat } = await createFullChat();
		const { session_id } = chat;
		let opened: Awaited<ReturnType<typeof openChat>> | undefined;
		const sent = await statements.during(async () => (opened = await openChat(ctx, session_id)));
		expect(sent).toHaveLength(2);
		expect(opened?.chat).toEqual({
			transcript: await getTranscript(ctx, session_id),
			questions: expect.any(Array) as unknown,
			deliveries: (await listDeliveries(ctx, { session_id, limit: 20 })).items,
			notes: (await listNotes(ctx, session_id)).items,
			activity: (await listActivity(ctx, session_id)).items,
			others: await listSessionsOfPerson(ctx, session_id),
		});
		const { transcript, deliveries, notes, activity, others } = opened?.chat ?? {};
		expect(transcript).toMatchObject({ lead: LEAD, messages: [{}, {}], reviews: [{}] });
		for (const list of [deliveries, notes, others]) expect(list).toHaveLength(1);
		expect(activity?.length).toBeGreaterThan(0);
		const people = (await listUsers(ctx)).filter((user) => user.is_active);
		expect(opened?.team).toEqual(people.map(({ id, name }) => ({ id, name })));
	});

	it('takes at most four statements over the API, including the key’s', async () => {
		const { chat } = await createFullChat();
		const key = await createKeyFor('sessions:read', 'leads:read');
		const path = `/api/sessions/${chat.session_id}`;
		// The first use of a key stores its time with an extra statement.
		await call('GET', path, { key });
		const parts = { '': 3, '/notes': 3, '/activity': 3, '/same-person': 3, '/export': 4 };
		for (const [part, expected] of Object.entries(parts)) {
			const sent = await statements.during(async () => {
				const response = await call('GET', path + part, { key });
				await response.text();
				expect(response.status).toBe(200);
			});
			expect([part, sent.length]).toEqual([part, expected]);
		}
	});
});

describe('a completion', () => {
	it('takes seven statements in a transaction, including its delivery and alert', async () => {
		await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'http://127.0.0.1:9/',
			events: ['lead.completed'],
		});
		const chat = await createChat(t.ctx(), { lead: LEAD });
		const sent = await statements.during(() =>
			completeSession(t.ctx(), { chat_session_id: chat.id, source: 'live' }),
		);
		expect(sent.filter(isTransactionControl)).toHaveLength(2);
		expect(sent.filter((text) => !isTransactionControl(text))).toHaveLength(7);
		const { items } = await listDeliveries(t.ctx(), { session_id: chat.session_id });
		expect(items.length).toBeGreaterThan(0);
	});

	it('publishes its delivery exactly as a later read returns it', async () => {
		await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'http://127.0.0.1:9/',
			events: ['lead.completed'],
		});
		const chat = await createChat(t.ctx(), { lead: LEAD });
		const events: unknown[] = [];
		const stop = t.app.events.onPublished(({ name, payload }) => {
			if (name === 'delivery.updated') events.push(payload.delivery);
		});
		await inTransaction(t.ctx(), (tx) =>
			completeSession(tx, { chat_session_id: chat.id, source: 'live' }),
		);
		stop();
		const { items } = await listDeliveries(t.ctx(), { session_id: chat.session_id });
		expect(items.toReversed()).toEqual(events);
		expect((await getSession(t.ctx(), chat.session_id)).completion_status).toBe('complete');
	});
});

describe('a turn of the AI', () => {
	const createPendingChat = () =>
		createChat(t.ctx(), { lead: LEAD, messages: ['Hello', 'Are you there?'] });

	it('is claimed with its messages, lead and history in one statement, and loads its site once', async () => {
		const chats = [await createPendingChat(), await createPendingChat()];
		const turns: Awaited<ReturnType<typeof claimTurn>>[] = [];
		const counts: number[] = [];
		for (const { id } of chats) {
			const sent = await statements.during(async () => turns.push(await claimTurn(t.ctx(), id)));
			counts.push(sent.length);
		}
		expect(counts).toEqual([2, 1]);
		for (const turn of turns)
			expect(turn).toMatchObject({ message: 'Hello\nAre you there?', lead: LEAD, history: [] });
	});

	it('sees changes of its site immediately, whoever made them', async () => {
		const [first, second] = [await createPendingChat(), await createPendingChat()];
		const before = await claimTurn(t.ctx(), first.id);
		// Simulates a change by another process or a restored backup.
		await t.app.db.execute(sql`update sites set name = 'Renamed', max_concurrent_turns = 7`);
		const turn = await claimTurn(t.ctx(), second.id);
		expect(before?.site.name).toBe('Default');
		expect(turn?.site).toMatchObject({ name: 'Renamed', max_concurrent_turns: 7 });
	});

	it('ends with one statement, and so with one commit, if it only stores a reply', async () => {
		const { id, session_id } = await createPendingChat();
		const turn = await claimTurn(t.ctx(), id);
		if (!turn) throw new Error('no turn');
		const web = { ...turn, channel: 'web' as const };
		const answer = { ...createFallbackResult(web, 'ok', ''), is_fallback: false, text: 'Yes.' };
		const before = await getSession(t.ctx(), session_id);
		let message: Awaited<ReturnType<typeof finishTurn>> = null;
		const sent = await statements.during(
			async () => (message = await finishTurn(t.ctx(), web, answer)),
		);
		expect(sent).toHaveLength(1);
		const { messages, session } = await getTranscript(t.ctx(), session_id);
		expect(messages.at(-1)).toEqual(message);
		expect(session).toMatchObject({
			message_count: before.message_count + 1,
			last_message: { sender: 'ai', message: 'Yes.' },
			ai_engaged: true,
		});
		// Finishing the turn again stores nothing and returns its reply.
		expect(await finishTurn(t.ctx(), web, answer)).toEqual(message);
		expect((await getTranscript(t.ctx(), session_id)).messages).toHaveLength(3);
	});

	it('ends with the same statements whether its trace is stored or not', async () => {
		const call = { request: '{}', response: '{}', request_bytes: 2, response_bytes: 2 };
		const timings = { content_type: null, queued_ms: 0, first_byte_ms: 1, total_ms: 2 };
		const runTurn = async (traced: Pick<TurnResult, 'call'>) => {
			const claimed = await claimTurn(t.ctx(), (await createPendingChat()).id);
			if (!claimed) throw new Error('no turn is due');
			const turn = { ...claimed, channel: 'web' as const };
			const answered = { ...createFallbackResult(turn, 'ok', ''), text: 'Hi', is_fallback: false };
			const sent = await statements.during(() =>
				finishTurn(t.ctx(), turn, { ...answered, ...traced }),
			);
			return { sent, turn_id: turn.turn_id };
		};
		const without = await runTurn({});
		const traced = await runTurn({ call: { ...call, ...timings } });
		expect(traced.sent).toEqual(without.sent);
		const rows = await t.app.db.select({ turn_id: ai_traces.turn_id }).from(ai_traces);
		expect(rows).toEqual([{ turn_id: traced.turn_id }]);
	});
});
