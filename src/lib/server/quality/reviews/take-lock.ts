import { sql } from 'drizzle-orm';
import type { ReviewLock } from '#lib/contract/review.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { findLocks } from './find-locks.ts';

/** So long a lock holds unless it is renewed. */
const LOCK_MS = 5 * 60_000;

/**
 * Takes or renews the lock of a chat session for a user, in the open transaction; undefined when somebody else has it.
 * The statement decides: of two at once one finds the other's row. For use inside the server: checks no right.
 */
export async function takeLock(
	tx: Ctx,
	{ chat_session_id, user_id }: { chat_session_id: number; user_id: number },
): Promise<ReviewLock | undefined> {
	const now = tx.app.clock();
	const until = new Date(now.getTime() + LOCK_MS);
	const { rows } = await tx.db.execute(sql`
		insert into review_locks as held (chat_session_id, user_id, locked_until)
		values (${chat_session_id}, ${user_id}, ${until.toISOString()}::timestamptz)
		on conflict (chat_session_id) do update
			set user_id = excluded.user_id, locked_until = excluded.locked_until
			where held.user_id = excluded.user_id or held.locked_until <= ${now.toISOString()}::timestamptz
		returning chat_session_id`);
	if (rows.length === 0) return undefined;
	const lock = (await findLocks(tx, [chat_session_id])).get(chat_session_id);
	if (lock) await record(tx, 'review.lock_changed', { session_id: lock.session_id, lock });
	return lock;
}
