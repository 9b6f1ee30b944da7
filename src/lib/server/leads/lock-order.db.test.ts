import { eq, sql } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';
import { createChat } from '../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { recordError } from '../quality/automation-errors/index.ts';
import { chat_sessions, leads } from '../core/db/schema/index.ts';
import { inTransaction } from '../core/db/transaction.ts';
import { storeMessages } from '../conversations/messages/unchecked.ts';
import { findLead, updateLead } from './index.ts';

const t = useTestApp();

/** Resolves once a statement in this database waits for a lock. */
const waitForBlockedStatement = () =>
	vi.waitFor(async () => {
		const { rows } = await t.app.db.execute(sql`select from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`);
		expect(rows).toHaveLength(1);
	});

it('a transaction that has locked a chat session can lock its lead without waiting', async () => {
	const { session_id, id } = await createChat(t.ctx(), { lead: { name: 'Ada' } });
	await t.app.db.update(chat_sessions).set({ completion_status: 'abandoned' });
	const isChat = eq(chat_sessions.id, id);
	let updated: Promise<unknown> = Promise.resolve();
	await inTransaction(t.ctx(), async (tx) => {
		await tx.db.update(chat_sessions).set({ ai_engaged: true }).where(isChat);
		// In an abandoned chat, a new contact also changes the chat session, because its last question is now a different one.
		const fields = { email: 'ada@example.com' };
		updated = updateLead(t.ctx(), { session_id }, { fields, source: 'api' });
		await waitForBlockedStatement();
		const leadRow = tx.db.select().from(leads).where(eq(leads.chat_session_id, id));
		expect(await leadRow.for('update', { noWait: true })).toHaveLength(1);
	});
	await updated;
	expect(await findLead(t.ctx(), session_id)).toMatchObject({ email: 'ada@example.com' });
});

it('a failure of a chat session is stored while one of its messages is being stored', async () => {
	const { session_id, id } = await createChat(t.ctx());
	const message = { chat_session_id: id, session_id, sender: 'ai', message: 'Hello' } as const;
	const stored = await inTransaction(t.ctx(), async (tx) => {
		await storeMessages(tx, [{ ...message, created_at: new Date() }]);
		return recordError(t.ctx(), { workflow: 'CRM', message: 'away', session_id });
	});
	expect(stored.id).toBeGreaterThan(0);
});
