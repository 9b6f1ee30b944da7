import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { FlagSource } from '#lib/contract/check.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import type { Finding } from './chat.ts';
import { publishFlags } from './flags.ts';

/** A finding with the rule that made it. */
export type RuleFinding = Finding & { rule: string };

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Stores the findings of a chat's checks, in the caller's transaction and under the chat session's lock. Existing flags are
 * kept; flags that `rules` no longer raise are deleted unless they have a verdict. A flagged chat is added to the review
 * queue unless it is already there. Returns whether anything changed.
 */
export async function storeFindings(
	tx: Ctx,
	chat: { id: number; session_id: string },
	{
		source,
		rules,
		findings,
	}: { source: FlagSource; rules: readonly string[] | 'all'; findings: RuleFinding[] },
): Promise<boolean> {
	const now = toTimestamp(tx.app.clock());
	const findingsJson = JSON.stringify(findings);
	const { rows: removedRows } = await tx.db.execute(sql`
		delete from chat_flags f where chat_session_id = ${chat.id} and source = ${source} and verdict is null
			${rules === 'all' ? sql`` : sql`and rule = any(${sql.param(rules)}::text[])`}
			and not exists (select from jsonb_to_recordset(${findingsJson}::jsonb) as found (rule text, message_id bigint)
				where found.rule = f.rule and found.message_id is not distinct from f.message_id)
		returning id`);
	const { rows: addedRows } = await tx.db.execute(sql`
		insert into chat_flags (chat_session_id, site_id, rule, source, message_id, reason, created_at)
		select s.id, s.site_id, found.rule, ${source}, found.message_id, found.reason, ${now}
		from jsonb_to_recordset(${findingsJson}::jsonb) as found (rule text, message_id bigint, reason text), chat_sessions s
		where s.id = ${chat.id} and (found.message_id is null or exists (
			select from messages m where m.id = found.message_id and m.chat_session_id = s.id))
		on conflict do nothing returning id`);
	if (removedRows.length === 0 && addedRows.length === 0) return false;
	const flags = await publishFlags(tx, chat, 'session.flagged');
	if (flags.some(({ dismissed }) => dismissed === null)) await enqueue(tx, chat);
	return true;
}

async function enqueue(tx: Ctx, { id, session_id }: { id: number; session_id: string }) {
	const now = toTimestamp(tx.app.clock());
	const { rows } = await tx.db.execute(sql`
		update chat_sessions set review_queued_at = ${now}, review_queued_because = 'flagged'
		where id = ${id} and review_queued_at is null and qa_status = 'unchecked' and completion_status <> 'in_progress'
		returning id`);
	if (rows.length > 0) await record(tx, 'review.queued', { session_id });
}

/**
 * Locks the chat sessions that are still finished, in ID order to avoid deadlocks, runs `work` with their IDs, marks them as
 * checked through the given activity and releases all leases, in one transaction.
 */
export async function finishChecks(
	ctx: Ctx,
	chats: { id: number; last_activity_at: Date }[],
	work: (tx: Ctx, ids: ReadonlySet<number>) => Promise<void>,
): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const ids = chats.map(({ id }) => id);
		const { rows } = await tx.db.execute(sql`
			select id from chat_sessions where id = any(${sql.param(ids)}::bigint[]) and completion_status <> 'in_progress'
			order by id for no key update`);
		const finishedIds = new Set(idRows.parse(rows).map(({ id }) => id));
		await work(tx, finishedIds);
		const checkedJson = JSON.stringify(
			chats
				.filter(({ id }) => finishedIds.has(id))
				.map(({ id, last_activity_at }) => ({ id, through: last_activity_at.toISOString() })),
		);
		await tx.db.execute(sql`
			update chat_sessions s set checked_through_at = seen.through
			from jsonb_to_recordset(${checkedJson}::jsonb) as seen (id bigint, through timestamptz) where s.id = seen.id`);
		await tx.db.execute(
			sql`delete from check_leases where chat_session_id = any(${sql.param(ids)}::bigint[])`,
		);
	});
}
