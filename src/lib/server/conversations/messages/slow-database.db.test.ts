import { eq } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { asSystem } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { listMessages, sendVisitorMessage } from './index.ts';

const t = useTestApp();

it('a chat blocked in the database delays no others, and its message is stored once', async () => {
	const [held, free] = [await createChat(t.ctx()), await createChat(t.ctx())];
	const client_message_id = crypto.randomUUID();
	const say = ({ id, session_id }: typeof held, message: string) =>
		sendVisitorMessage(asSystem(t.ctx()), {
			...(message === 'Waits' && { client_message_id }),
			chat_session_id: id,
			session_id,
			message,
		});
	const waiting: Promise<unknown>[] = [];
	await inTransaction(t.ctx(), async (tx) => {
		const row = tx.db.select().from(chat_sessions).where(eq(chat_sessions.id, held.id));
		await row.for('update');
		const listener = vi.fn();
		waiting.push(say(held, 'Waits').finally(listener));
		await say(free, 'Goes on');
		// A client that gets no acknowledgement sends the message again.
		waiting.push(say(held, 'Waits').finally(listener));
		await say(free, 'And on');
		expect(listener).not.toHaveBeenCalled();
	});
	await Promise.all(waiting);
	const texts = (await listMessages(t.ctx(), held.session_id)).map(({ message }) => message);
	expect(texts).toEqual(['Hello', 'Waits']);
});
