import { sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { insertMessages } from '#lib/server/conversations/messages/insert.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { claimTurn, reclaimTurn } from './claim-turn.ts';
import { createFallbackResult } from './call-ai.ts';
import { finishTurn } from './finish-turn.ts';
import type { Turn } from './turn.ts';

const t = useTestApp();

/** Starts a chat session. This file doesn't start `app.turns`, so nothing answers by itself. */
async function chat(options: { wants_greeting?: boolean } = {}) {
	const { session } = await startSession(t.ctx(), { site: 'default' }, options);
	const { id, session_id } = session;
	const store = (db: Db, ...messages: string[]) =>
		insertMessages(
			db,
			messages.map((message) => ({
				chat_session_id: id,
				session_id,
				sender: 'visitor' as const,
				message,
				created_at: t.app.clock(),
				wants_reply: true,
			})),
		);
	return { id, say: (...messages: string[]) => store(t.app.db, ...messages), store };
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
	it('answers what it has read and leaves the new message pending', async () => {
		const { id, say, store } = await chat({ wants_greeting: false });
		const [first] = await say('first');
		const turn = await claimDuring(id, (tx) => store(tx, 'second'));
		expect(turn).toMatchObject({ message: 'first', message_id: first?.message.id });
		expect(await isPending(id)).toBe(true);
		await finish(turn);
		expect(await claimTurn(t.ctx(), id)).toMatchObject({ message: 'second' });
		expect(await isPending(id)).toBe(false);
	});

	it('answers the first message of a chat instead of greeting', async () => {
		const { id, store } = await chat();
		const turn = await claimDuring(id, (tx) => store(tx, 'first'));
		expect(turn).toMatchObject({ action: 'message', message: 'first' });
		expect(await isPending(id)).toBe(false);
	});

	it('reads again when another turn has answered everything it could see', async () => {
		const { id, say, store } = await chat({ wants_greeting: false });
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
		const { id } = await chat();
		expect(await claimTurn(t.ctx(), id)).toMatchObject({ action: 'start', message: '' });
		expect(await claimTurn(t.ctx(), id)).toBeUndefined();
	});

	it('reads at most 200 messages and leaves the rest to the next turn', async () => {
		const { id, say } = await chat({ wants_greeting: false });
		await say(...Array.from({ length: 250 }, (_, index) => `line ${index}`));
		const turn = await claimTurn(t.ctx(), id);
		expect(turn?.message.split('\n')).toHaveLength(200);
		await finish(turn);
		const next = await claimTurn(t.ctx(), id);
		expect(next?.message.split('\n')).toEqual(
			Array.from({ length: 50 }, (_, index) => `line ${200 + index}`),
		);
	});

	it('of a lapsed turn returns the same messages as before', async () => {
		const { id, say, store } = await chat({ wants_greeting: false });
		await say('first');
		const turn = await claimDuring(id, (tx) => store(tx, 'second'));
		await t.app.db.execute(
			sql`update chat_sessions set turn_lease_until = now() - interval '1 second' where id = ${id}`,
		);
		const again = await reclaimTurn(t.ctx(), id);
		expect(again).toEqual({ turn, canCall: true });
	});
});
