import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { asSystem } from '#lib/server/core/context.ts';
import { listMessages, sendVisitorMessage } from './index.ts';

const t = useTestApp();

type Chat = Awaited<ReturnType<typeof createChat>>;
const createChats = (count: number) =>
	Promise.all(Array.from({ length: count }, () => createChat(t.ctx())));
const say = ({ id, session_id }: Chat, message: string) =>
	sendVisitorMessage(asSystem(t.ctx()), { chat_session_id: id, session_id, message });
const readTexts = async ({ session_id }: Chat) =>
	(await listMessages(t.ctx(), session_id)).map(({ message }) => message);

/** Locks the chats from another connection, as a backup or psql does; returns a function that ends the transaction. */
async function lock(chats: Chat[]): Promise<() => Promise<unknown>> {
	const client = new pg.Client({ connectionString: t.databaseUrl });
	await client.connect();
	onTestFinished(() => client.end());
	await client.query('begin');
	const ids = chats.map(({ id }) => id);
	await client.query('select 1 from chat_sessions where id = any($1) for update', [ids]);
	return () => client.query('rollback');
}

describe.each([1, 6, 20])('while another transaction has locked %i chats', (count) => {
	it('messages of other chats are stored, and those of locked chats follow in order', async () => {
		const [locked, free] = [await createChats(count), await createChats(8)];
		const unlock = await lock(locked);
		let isSettled = false;
		const waiting = locked.flatMap((chat) =>
			['first', 'second', 'third'].map((words) =>
				say(chat, words).finally(() => (isSettled = true)),
			),
		);
		for (let n = 0; n < 20; n += 1) await Promise.all(free.map((chat) => say(chat, `line ${n}`)));
		// Far more messages than connections: those that wait for a lock must occupy none.
		expect(isSettled).toBe(false);
		await unlock();
		await Promise.all(waiting);
		for (const chat of locked) {
			expect(await readTexts(chat)).toEqual(['Hello', 'first', 'second', 'third']);
		}
		for (const chat of free) {
			const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
			expect(await readTexts(chat)).toEqual(['Hello', ...lines]);
		}
	});

	it('messages with contacts occupy no connection', async () => {
		const [locked, free] = [await createChats(count), await createChats(1)];
		const unlock = await lock(locked);
		const waiting = locked.map((chat) => say(chat, `I am person${chat.id}@example.test`));
		for (const chat of free) {
			for (let n = 0; n < 10; n += 1) await say(chat, `Write to ${n}@example.test`);
		}
		await unlock();
		await Promise.all(waiting);
		for (const chat of locked) expect(await readTexts(chat)).toHaveLength(2);
	});
});

it('messages that wait for a chat session that is deleted throw not_found', async () => {
	const chat = await createChat(t.ctx());
	const client = new pg.Client({ connectionString: t.databaseUrl });
	await client.connect();
	onTestFinished(() => client.end());
	await client.query('begin');
	await client.query('delete from chat_sessions where id = $1', [chat.id]);
	const sent = expect(say(chat, 'Are you there?')).rejects.toMatchObject({ code: 'not_found' });
	await client.query('commit');
	await sent;
});
