import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { toWidgetMessage, toWidgetSession } from '#lib/contract/widget.ts';
import { takeOver } from '../handoffs/index.ts';
import { getSession, startSession } from '../sessions/index.ts';
import { getWidgetHistory, listMessages, sendVisitorMessage } from './index.ts';

const t = useTestApp();
const asVisitor = (session_id: string) => t.ctx({ type: 'visitor', session_id });

async function startChat(...texts: string[]) {
	const { session } = await startSession(t.ctx(), { site: 'default' });
	const { id: chat_session_id, session_id } = session;
	const ids: number[] = [];
	for (const message of texts) {
		const input = { message, client_message_id: randomUUID(), session_id, chat_session_id };
		ids.push((await sendVisitorMessage(t.ctx(), input)).message.id);
	}
	return { session_id, chat_session_id, ids };
}

it('visitors who return concurrently each get the messages of their own chat that they missed', async () => {
	const chats = await Promise.all(
		Array.from({ length: 40 }, (_, n) =>
			startChat(`first of ${n}`, `second of ${n}`, `third of ${n}`),
		),
	);
	const histories = await Promise.all(
		chats.flatMap(({ session_id, ids }) => [
			getWidgetHistory(asVisitor(session_id), session_id),
			getWidgetHistory(asVisitor(session_id), session_id, ids[1]),
		]),
	);
	const expected = chats.flatMap(({ session_id }, n) => {
		const all = [`first of ${n}`, `second of ${n}`, `third of ${n}`];
		return [
			{ session_id, texts: all },
			{ session_id, texts: all.slice(2) },
		];
	});
	const received = histories.map(({ session, messages }) => ({
		session_id: session.session_id,
		texts: messages.filter(({ sender }) => sender === 'visitor').map(({ message }) => message),
	}));
	expect(received).toEqual(expected);
});

it('an unknown chat among concurrent requests throws not_found, and the others succeed', async () => {
	const { session_id } = await startChat('Hello');
	const unknown = 'session_nobodyknowsthisone';
	const asked = [session_id, unknown, session_id].map((id) => getWidgetHistory(asVisitor(id), id));
	const [first, second, third] = await Promise.allSettled(asked);
	expect(first).toMatchObject({ status: 'fulfilled' });
	expect(second).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
	expect(third).toEqual(first);
});

it('returns the same chat session and messages as other reads', async () => {
	const { session_id } = await startChat('Mail me at ada@example.com');
	const agent = await createUser(t.app, { name: 'Wen Zhao' });
	await takeOver(t.ctx(toActor(agent)), session_id);
	const { session, messages } = await getWidgetHistory(asVisitor(session_id), session_id);
	expect(session).toEqual(toWidgetSession(await getSession(t.ctx(), session_id)));
	expect(session).toMatchObject({ agent: 'Wen Zhao', has_contact: true });
	expect(messages).toEqual((await listMessages(t.ctx(), session_id)).map(toWidgetMessage));
});

it('returns the newest messages of a chat that exceeds the limit', async () => {
	const { session_id, chat_session_id } = await startChat();
	await t.app.db.execute(sql`insert into messages (chat_session_id, sender, message)
		select ${chat_session_id}, 'visitor', 'message ' || n from generate_series(1, 2100) n`);
	const { messages } = await getWidgetHistory(asVisitor(session_id), session_id);
	expect(messages).toHaveLength(2_000);
	expect(messages.at(-1)?.message).toBe('message 2100');
});

it('returns the newest messages of a chat with very long ones', async () => {
	const { session_id, chat_session_id } = await startChat();
	await t.app.db.execute(sql`insert into messages (chat_session_id, sender, message)
		select ${chat_session_id}, 'ai', repeat('long ', 6000) || n from generate_series(1, 20) n`);
	const { messages } = await getWidgetHistory(asVisitor(session_id), session_id);
	expect(messages.map(({ message }) => message.slice(-3))).toEqual(
		['13', '14', '15', '16', '17', '18', '19', '20'].map((n) => ` ${n}`),
	);
	const after = messages.at(-3)?.id;
	const { messages: missed } = await getWidgetHistory(asVisitor(session_id), session_id, after);
	expect(missed).toEqual(messages.slice(-2));
});
