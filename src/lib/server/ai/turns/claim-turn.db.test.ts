import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { loseNextResponse } from '../../../../../tests/support/statements.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { insertAndClaim, insertMessages } from '#lib/server/conversations/messages/insert.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { claimTurn, INSERT_AND_CLAIM, parseClaimedTurn, reclaimTurn } from './claim-turn.ts';
import { createFallbackResult } from './call-ai.ts';
import { finishTurn } from './finish-turn.ts';
import { undoClaims } from './leases.ts';
import type { Turn } from './turn.ts';

const t = useTestApp();

/** Starts a chat session. This file doesn't start `app.turns`, so no turn runs unless a test claims it. */
async function startChat(options: { wants_greeting?: boolean } = {}) {
	const { session } = await startSession(t.ctx(), { site: 'default' }, options);
	const { id, session_id } = session;
	const toRows = (messages: string[], wants_reply = true) =>
		messages.map((message) => ({
			chat_session_id: id,
			session_id,
			sender: 'visitor' as const,
			message,
			created_at: t.app.clock(),
			wants_reply,
		}));
	const store = (db: Db, ...messages: string[]) => insertMessages(db, toRows(messages));
	return { id, say: (...messages: string[]) => store(t.app.db, ...messages), store, toRows };
}

type Rows = ReturnType<Awaited<ReturnType<typeof startChat>>['toRows']>;

/** Stores messages and claims their turn; returns the claimed turn and how the reservation ended. */
async function storeAndClaim(rows: Rows, statement = INSERT_AND_CLAIM, db = t.app.db) {
	const turn_id = randomUUID();
	const reserved = { turn_id, run: vi.fn(), release: vi.fn(), abandon: vi.fn() };
	const work = insertAndClaim(db, rows, { statement, reserve: () => reserved });
	const stored = await work.catch((error: unknown) => error as Error);
	if (!(stored instanceof Error)) {
		for (const message of stored) if (typeof message === 'object') message.startTurn?.();
	}
	const claimed: unknown = reserved.run.mock.calls[0]?.[0];
	const turn =
		claimed === undefined
			? undefined
			: await parseClaimedTurn(t.ctx(), rows[0]?.chat_session_id ?? 0, claimed);
	return { stored, turn, reserved };
}

/** Runs `work` in a transaction and starts a claim that waits for its commit. */
async function claimDuring(id: number, work: (tx: Db) => Promise<unknown>) {
	let claim: Promise<Turn | undefined> | undefined;
	await t.app.db.transaction(async (tx) => {
		await work(tx);
		claim = claimTurn(t.ctx(), id);
		await vi.waitFor(async () => {
			const { rows } = await t.app.db.execute(sql`
				select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
			expect(rows).toHaveLength(1);
		});
	});
	return claim;
}

const finish = (turn: Turn | undefined) =>
	turn &&
	finishTurn(t.ctx(), turn, { ...createFallbackResult(turn, 'ok', ''), is_fallback: false });
const isPending = async (id: number) => {
	const { rows } = await t.app.db.execute(
		sql`select is_awaiting_reply as pending from chat_sessions where id = ${id}`,
	);
	return rows[0]?.['pending'];
};

describe('a claim that waits for a message to be committed', () => {
	it('answers the messages it has read and leaves the new message pending', async () => {
		const { id, say, store } = await startChat({ wants_greeting: false });
		const [first] = await say('first');
		const turn = await claimDuring(id, (tx) => store(tx, 'second'));
		expect(turn).toMatchObject({ message: 'first', message_id: first?.message.id });
		expect(await isPending(id)).toBe(true);
		await finish(turn);
		expect(await claimTurn(t.ctx(), id)).toMatchObject({ message: 'second' });
		expect(await isPending(id)).toBe(false);
	});

	it('answers the first message of a chat instead of greeting', async () => {
		const { id, store } = await startChat();
		const turn = await claimDuring(id, (tx) => store(tx, 'first'));
		expect(turn).toMatchObject({ action: 'message', message: 'first' });
		expect(await isPending(id)).toBe(false);
	});

	it('reads again when another turn has answered everything it could see', async () => {
		const { id, say, store } = await startChat({ wants_greeting: false });
		const [first] = await say('first');
		const turn = await claimDuring(id, async (tx) => {
			await tx.execute(
				sql`update chat_sessions set answered_through_id = ${first?.message.id} where id = ${id}`,
			);
			await store(tx, 'second', 'third');
		});
		expect(turn).toMatchObject({ action: 'message', message: 'second\nthird' });
		expect(await isPending(id)).toBe(false);
	});
});

describe('a claim', () => {
	it('greets when the visitor has written nothing', async () => {
		const { id } = await startChat();
		expect(await claimTurn(t.ctx(), id)).toMatchObject({ action: 'start', message: '' });
		expect(await claimTurn(t.ctx(), id)).toBeUndefined();
	});

	it('reads at most 200 messages and leaves the rest to the next turn', async () => {
		const { id, say } = await startChat({ wants_greeting: false });
		await say(...Array.from({ length: 250 }, (_, index) => `line ${index}`));
		const turn = await claimTurn(t.ctx(), id);
		expect(turn?.message.split('\n')).toHaveLength(200);
		await finish(turn);
		const next = await claimTurn(t.ctx(), id);
		expect(next?.message.split('\n')).toEqual(
			Array.from({ length: 50 }, (_, index) => `line ${200 + index}`),
		);
	});

	it('returns the same messages again for a turn whose lease has expired', async () => {
		const { id, say, store } = await startChat({ wants_greeting: false });
		await say('first');
		const turn = await claimDuring(id, (tx) => store(tx, 'second'));
		await t.app.db.execute(
			sql`update chat_sessions set turn_lease_until = now() - interval '1 second' where id = ${id}`,
		);
		const again = await reclaimTurn(t.ctx(), id);
		expect(again).toEqual({ turn, canCall: true });
	});
});

describe('the statement that stores messages', () => {
	it('claims their turn, with the same context as a separate claim', async () => {
		const chats = [
			await startChat({ wants_greeting: false }),
			await startChat({ wants_greeting: false }),
		];
		const turns: (Turn | undefined)[] = [];
		for (const { id, say, toRows } of chats) {
			await say('first');
			const earlier = await claimTurn(t.ctx(), id);
			if (!earlier) throw new Error('no turn was claimed');
			await finishTurn(t.ctx(), earlier, createFallbackResult(earlier, 'timeout', 'too slow'));
			const rows = toRows(['second', 'third']);
			if (turns.length === 0) {
				const { stored, turn, reserved } = await storeAndClaim(rows);
				expect(stored).toMatchObject([{ is_new: true }, { is_new: true }]);
				expect(reserved.release).not.toHaveBeenCalled();
				turns.push(turn);
			} else {
				await insertMessages(t.app.db, rows);
				turns.push(await claimTurn(t.ctx(), id));
			}
			expect(await isPending(id)).toBe(false);
			await finish(turns.at(-1));
			expect(await claimTurn(t.ctx(), id)).toBeUndefined();
		}
		const [combined, separate] = turns.map(
			(turn) =>
				turn && {
					...turn,
					...{ turn_id: '', session_id: '', chat_session_id: 0, message_id: 0 },
					history: turn.history.map(({ sender, message }) => [sender, message]),
				},
		);
		expect(combined).toMatchObject({ message: 'second\nthird', previous_turn_failed: true });
		expect(combined).toEqual(separate);
	});

	it.each<[string, string, boolean?]>([
		['an earlier message is unanswered', 'is_awaiting_reply = true'],
		['an agent has taken over', 'ai_paused = true'],
		['a turn is running', `turn_id = gen_random_uuid()`],
		['its snapshot lacks the latest message', 'last_message_id = 2000000000'],
		['the visitor is a bot that filled in the honeypot', 'ai_paused = false', false],
	])('claims no turn if %s', async (_, assignment, wantsReply = true) => {
		const { id, toRows } = await startChat({ wants_greeting: false });
		await t.app.db.execute(sql`update chat_sessions set ${sql.raw(assignment)} where id = ${id}`);
		const rows = [...toRows(['one'], wantsReply), ...toRows(['two'])];
		const { stored, turn } = await storeAndClaim(rows);
		expect(stored).toMatchObject([{ is_new: true }, { is_new: true }]);
		expect(turn).toBeUndefined();
	});

	it('stores them without a turn if the claim fails', async () => {
		const { id, toRows } = await startChat({ wants_greeting: false });
		const broken = { name: 'broken', text: `${INSERT_AND_CLAIM.text} limit 1 / 0` };
		const { stored, turn, reserved } = await storeAndClaim(toRows(['Hello']), broken);
		expect(stored).toMatchObject([{ is_new: true, is_awaiting_reply: true }]);
		expect(turn).toBeUndefined();
		expect(reserved.release).toHaveBeenCalledOnce();
		expect(await isPending(id)).toBe(true);
	});

	it('may have claimed a turn when its response is lost; the claim is undone once', async () => {
		const { id, toRows } = await startChat({ wants_greeting: false });
		loseNextResponse(t.app.db);
		const { stored, reserved } = await storeAndClaim(toRows(['Hello']));
		expect(stored).toBeInstanceOf(Error);
		expect(reserved.abandon).toHaveBeenCalledOnce();
		expect(await claimTurn(t.ctx(), id)).toBeUndefined();
		await undoClaims(t.ctx(), [reserved.turn_id]);
		expect(await isPending(id)).toBe(true);
		const turn = await claimTurn(t.ctx(), id);
		expect(turn).toMatchObject({ message: 'Hello' });
		// A turn that another process has reclaimed is left alone.
		await t.app.db.execute(sql`update ai_turns set tries = 2 where turn_id = ${turn?.turn_id}`);
		await undoClaims(t.ctx(), [turn?.turn_id ?? '']);
		expect(await isPending(id)).toBe(false);
	});
});
