import type pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { insertMessages } from '#lib/server/conversations/messages/insert.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { createFallbackResult } from './call-ai.ts';
import { claimTurn } from './claim-turn.ts';
import { finishTurn } from './finish-turn.ts';
import { sendAndAwaitReply } from './send-and-await-reply.ts';

const t = useTestApp();
const anonymous = () => t.ctx({ type: 'anonymous' });

/** Answers the pending turn in place of the AI, because this file doesn't start `app.turns`. */
async function answer(sessionId: string, text: string) {
	const { id } = await resolveSession(t.ctx(), sessionId);
	const turn = await claimTurn(t.ctx(), id);
	if (!turn) throw new Error('no turn is pending');
	await finishTurn(t.ctx(), turn, {
		...createFallbackResult(turn, 'ok', ''),
		text,
		is_fallback: false,
	});
	return turn;
}

/** Resolves with the id of the chat session that the next call starts. */
function watchSession() {
	const { promise, resolve } = Promise.withResolvers<string>();
	return {
		id: promise,
		onSession: ({ session_id }: { session_id: string }) => resolve(session_id),
	};
}

describe('a caller that waits for a reply', () => {
	it('leaks no listeners however long the reply takes', async () => {
		const warnings: Error[] = [];
		const onWarning = (warning: Error) => warnings.push(warning);
		process.on('warning', onWarning);
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		onTestFinished(() => {
			vi.useRealTimers();
			process.off('warning', onWarning);
		});
		const lookups = vi.spyOn(t.app.db._.session, 'prepareQuery');
		const session = watchSession();
		const result = sendAndAwaitReply(anonymous(), { site: 'default', message: 'Hello?' }, session);
		const id = await session.id;
		const { $client: pool } = t.app.db as typeof t.app.db & { $client: pg.Pool };
		const isIdle = () => pool.idleCount === pool.totalCount && pool.waitingCount === 0;
		for (let n = 0; n < 15; n += 1) {
			const before = lookups.mock.calls.length;
			while (lookups.mock.calls.length === before) {
				// Queries have a time limit, so the clock advances only while none is running.
				if (isIdle()) await vi.advanceTimersByTimeAsync(100);
				else await new Promise((resolve) => setImmediate(resolve));
			}
		}
		await answer(id, 'Sorry for the wait.');
		expect(await result).toMatchObject({ response: 'Sorry for the wait.' });
		expect(warnings).toEqual([]);
	});

	it('gets the answer to a message that was sent before the greeting it waits for', async () => {
		const session = watchSession();
		const result = sendAndAwaitReply(anonymous(), { site: 'default' }, session);
		const session_id = await session.id;
		const { id: chat_session_id } = await resolveSession(t.ctx(), session_id);
		const created_at = t.app.clock();
		const row = { chat_session_id, session_id, sender: 'visitor' as const, created_at };
		await insertMessages(t.app.db, [{ ...row, message: 'A new roof', wants_reply: true }]);
		expect(await answer(session_id, 'Of course.')).toMatchObject({ message: 'A new roof' });
		expect(await result).toMatchObject({ response: 'Of course.', message_id: null });
	});
});
