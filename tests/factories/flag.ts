import { sql } from 'drizzle-orm';
import type { App } from '#lib/server/core/context.ts';
import { chat_flags } from '#lib/server/core/db/schema/index.ts';

type FlagRow = typeof chat_flags.$inferSelect;

/** Creates a flag of a chat session, as automatic checks do. */
export async function createFlag(
	{ db, clock }: App,
	chat_session_id: number,
	values: Partial<typeof chat_flags.$inferInsert> = {},
): Promise<FlagRow> {
	const [row] = await db
		.insert(chat_flags)
		.values({
			chat_session_id,
			site_id: sql`(select site_id from chat_sessions where id = ${chat_session_id})` as never,
			rule: 'repeated_question',
			source: 'rule',
			reason: 'The AI repeats a question that the visitor had replied to.',
			created_at: clock(),
			...values,
		})
		.returning();
	if (!row) throw new Error('the flag was not created');
	await db.execute(
		sql`update chat_sessions set is_flagged = true where id = ${chat_session_id} and ${row.dismissed_at === null}`,
	);
	return row;
}
