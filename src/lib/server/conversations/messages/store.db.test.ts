import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { loseNextResponse } from '../../../../../tests/support/statements.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { takeOver } from '../handoffs/index.ts';
import { getSession, startSession, updateSession } from '../sessions/index.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { listMessages, sendVisitorMessage } from './index.ts';
import { storeMessages } from './store.ts';

const t = useTestApp();

async function startChat() {
	const { session } = await startSession(t.ctx(), { site: 'default' });
	const send = (message: string, client_message_id: string = randomUUID()) =>
		sendVisitorMessage(t.ctx(), {
			chat_session_id: session.id,
			session_id: session.session_id,
			message,
			client_message_id,
		});
	return { session, send };
}

describe('a stored message', () => {
	it('is stored once when it is sent several times concurrently', async () => {
		const { session, send } = await startChat();
		const id = randomUUID();
		const sent = await Promise.all(Array.from({ length: 20 }, () => send('Hello', id)));
		expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1);
		expect(sent.filter(({ is_new }) => is_new)).toHaveLength(1);
		expect(await listMessages(t.ctx(), session.session_id)).toHaveLength(1);
		expect((await getSession(t.ctx(), session.session_id)).message_count).toBe(1);
	});

	it('is stored by a plan that its connection reuses', async () => {
		const { session } = await startChat();
		const { id: chat_session_id, session_id } = session;
		const row = { chat_session_id, session_id, sender: 'visitor', message: 'Hello' } as const;
		const { rows } = await inTransaction(t.ctx(), async (tx) => {
			// Postgres plans the first five executions, then compares their cost with that of a reusable plan.
			for (let count = 0; count < 6; count += 1) {
				await storeMessages(tx, [{ ...row, created_at: t.app.clock() }]);
			}
			return tx.db.execute(
				sql`select generic_plans > 0 as is_reused from pg_prepared_statements where name = 'insert_messages'`,
			);
		});
		expect(rows).toEqual([{ is_reused: true }]);
	});

	it('is published once, after its commit', async () => {
		const { send } = await startChat();
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => published.push(event));
		const id = randomUUID();
		await send('Hello', id);
		await send('Hello', id);
		stop();
		expect(published.map(({ name }) => name)).toEqual(['message.created', 'turn.due']);
	});

	it('is published by its retry when its commit got no response', async () => {
		const { session, send } = await startChat();
		loseNextResponse(t.app.db);
		const published: AppEvent[] = [];
		onTestFinished(t.app.events.onPublished((event) => published.push(event)));
		const id = randomUUID();
		await expect(send('Hello', id)).rejects.toThrow('Connection terminated');
		expect(await listMessages(t.ctx(), session.session_id)).toHaveLength(1);
		expect(published).toEqual([]);
		await send('Hello', id);
		await send('Hello', id);
		expect(published).toMatchObject([
			{ name: 'message.created', payload: { message: { client_message_id: id } } },
		]);
	});

	it('keeps counters, preview and order correct under concurrency', async () => {
		const chats = await Promise.all(Array.from({ length: 8 }, startChat));
		await Promise.all(
			chats.flatMap(({ send }) =>
				Array.from({ length: 40 }, (_, index) => send(`message ${index}`)),
			),
		);
		for (const { session } of chats) {
			const stored = await listMessages(t.ctx(), session.session_id);
			const now = await getSession(t.ctx(), session.session_id);
			expect(stored.map(({ message }) => message)).toEqual(
				Array.from({ length: 40 }, (_, index) => `message ${index}`),
			);
			expect(now.message_count).toBe(40);
			expect(now.visitor_message_count).toBe(40);
			expect(now.last_message?.id).toBe(stored.at(-1)?.id);
		}
	});

	it('fails alone when the database rejects it', async () => {
		const { session, send } = await startChat();
		const poison = t.app.messageWriter.write({
			chat_session_id: session.id,
			session_id: session.session_id,
			sender: 'visitor',
			message: 'a\u0000b',
			created_at: new Date(),
		});
		const results = await Promise.allSettled([
			send('before'),
			poison,
			send('after'),
			send('later'),
		]);
		expect(results.map(({ status }) => status)).toEqual([
			'fulfilled',
			'rejected',
			'fulfilled',
			'fulfilled',
		]);
		expect(await listMessages(t.ctx(), session.session_id)).toHaveLength(3);
	});

	it('throws not_found without its chat session', async () => {
		const gone = { chat_session_id: 999_999, session_id: 'session_gone', message: 'Hello' };
		await expect(sendVisitorMessage(t.ctx(), gone)).rejects.toMatchObject({ code: 'not_found' });
	});

	it('keeps emoji, right-to-left overrides and four-byte characters, and composes accents (NFC)', async () => {
		const { session, send } = await startChat();
		await send('👩‍👩‍👧‍👦 \u202Eabc\u202C 𝒳 é e\u0301 \uFEFF.');
		expect((await listMessages(t.ctx(), session.session_id))[0]?.message).toBe(
			'👩‍👩‍👧‍👦 \u202Eabc\u202C 𝒳 é é \uFEFF.',
		);
	});

	it('drops only control characters and lone surrogates', async () => {
		const { session, send } = await startChat();
		await send('a\u0000\u0007b\ud800c\td\r\ne');
		expect((await listMessages(t.ctx(), session.session_id))[0]?.message).toBe('ab\ufffdc\td\ne');
	});

	it('creates the lead when it contains an email, with the message as provenance', async () => {
		const { session, send } = await startChat();
		const { message } = await send('Write to maya@hartmann.example please');
		const lead = await findLead(t.ctx(), session.session_id);
		expect(lead?.email).toBe('maya@hartmann.example');
		expect(lead?.provenance['email']).toMatchObject({ source: 'detected', message_id: message.id });
	});

	it('reopens an abandoned chat session', async () => {
		const { session, send } = await startChat();
		await updateSession(t.ctx(), session.session_id, { completion_status: 'abandoned' });
		await send('I am back');
		expect((await getSession(t.ctx(), session.session_id)).completion_status).toBe('in_progress');
	});

	it('requests no AI reply while an agent has taken over', async () => {
		const { session, send } = await startChat();
		await takeOver(await createUserCtx(t), session.session_id);
		const published: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => published.push(event));
		await send('Is anybody there?');
		stop();
		expect(published.map(({ name }) => name)).toEqual(['message.created']);
		const { rows } = await t.app.db.execute(
			sql`select is_awaiting_reply from chat_sessions where id = ${session.id}`,
		);
		expect(rows).toEqual([{ is_awaiting_reply: false }]);
	});
});
