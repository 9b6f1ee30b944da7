import { eq, sql } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';
import { makeChat } from '../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { recordError } from '../quality/automation-errors/index.ts';
import { chat_sessions, leads } from '../core/db/schema/index.ts';
import { inTransaction } from '../core/db/transaction.ts';
import { storeMessages } from '../conversations/messages/unchecked.ts';
import { findLead, updateLead } from './index.ts';

const t = useTestApp();

/** Waits until a statement of this database waits for a lock. */
const somebodyWaits = () =>
	vi.waitFor(async () => {
		const { rows } = await t.app.db.execute(sql`select from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`);
		expect(rows).toHaveLength(1);
	});

it('whoever has a chat session gets its lead at once: nobody holds a lead and waits for its chat session', async () => {
	const { session_id, id } = await makeChat(t.ctx(), { lead: { name: 'Ada' } });
	await t.app.db.update(chat_sessions).set({ completion_status: 'abandoned' });
	const isThis = eq(chat_sessions.id, id);
	let updated: Promise<unknown> = Promise.resolve();
	await inTransaction(t.ctx(), async (tx) => {
		await tx.db.update(chat_sessions).set({ ai_engaged: true }).where(isThis);
		// Of an abandoned chat session it changes the chat session, too: the contact makes its last question another one.
		const fields = { email: 'ada@example.com' };
		updated = updateLead(t.ctx(), { session_id }, { fields, source: 'api' });
		await somebodyWaits();
		const mine = tx.db.select().from(leads).where(eq(leads.chat_session_id, id));
		expect(await mine.for('update', { noWait: true })).toHaveLength(1);
	});
	await updated;
	expect(await findLead(t.ctx(), session_id)).toMatchObject({ email: 'ada@example.com' });
});

it('a failure that names a chat session is stored while a message of it is being stored', async () => {
	const { session_id, id } = await makeChat(t.ctx());
	const message = { chat_session_id: id, session_id, sender: 'ai', message: 'Hello' } as const;
	const kept = await inTransaction(t.ctx(), async (tx) => {
		await storeMessages(tx, [{ ...message, created_at: new Date() }]);
		return recordError(t.ctx(), { workflow: 'CRM', message: 'away', session_id });
	});
	expect(kept.id).toBeGreaterThan(0);
});
