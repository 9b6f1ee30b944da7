import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Handoff, HandoffOutcome } from '#lib/contract/handoff.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, readRows } from '#lib/server/core/db/reads.ts';
import { handoffs } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import type { SessionHandle } from '../sessions/index.ts';
import type { SessionRow } from '../sessions/unchecked.ts';

const MAX_HANDOFFS = 100;

type HandoffRow = typeof handoffs.$inferSelect;

/**
 * Ends the open handoff of a locked chat session and records the outcome. Returns undefined if none is open. The caller must
 * clear the chat session's `handoff_deadline_at`. Doesn't check permissions.
 */
export async function endHandoff(
	ctx: Ctx,
	{ id, public_id, last_visitor_message_id: message_id }: SessionRow,
	{
		outcome,
		person,
	}: { outcome: HandoffOutcome; person?: { id: number | null; name: string } | undefined },
): Promise<Handoff | undefined> {
	const [row] = await ctx.db
		.update(handoffs)
		.set({
			outcome,
			message_id,
			ended_at: ctx.app.clock(),
			taken_by_id: person?.id ?? null,
			taken_by: person?.name ?? null,
		})
		.where(and(eq(handoffs.chat_session_id, id), isNull(handoffs.outcome)))
		.returning();
	if (!row) return undefined;
	const handoff = presentHandoff(row, public_id);
	await recordHandoff(ctx, `handoff.${outcome}`, handoff, id);
	return handoff;
}

/** Records a handoff event for live updates, webhooks and the chat session's activity. */
export async function recordHandoff(
	ctx: Ctx,
	name: 'handoff.requested' | `handoff.${HandoffOutcome}`,
	handoff: Handoff,
	chat_session_id: number,
): Promise<void> {
	const detail = handoff.reason === null ? {} : { reason: handoff.reason };
	// A taken handoff is already audited as a takeover.
	if (name !== 'handoff.taken') await audit(ctx, { action: name, chat_session_id, detail });
	await record(ctx, name, { session_id: handoff.session_id, handoff });
}

/** Returns the query for a chat session's handoffs, oldest first. Doesn't check permissions. */
export const readHandoffs = ({ id, session_id }: SessionHandle): Read<Handoff[]> =>
	readRows(
		handoffs,
		sql`select * from handoffs where chat_session_id = ${id} order by id limit ${MAX_HANDOFFS}`,
		(rows) => rows.map((row) => presentHandoff(row, session_id)),
	);

export const presentHandoff = (row: HandoffRow, session_id: string): Handoff => ({
	id: row.id,
	session_id,
	reason: row.reason,
	requested_by: row.requested_by,
	requested_at: row.requested_at.toISOString(),
	deadline_at: row.deadline_at.toISOString(),
	outcome: row.outcome,
	ended_at: row.ended_at?.toISOString() ?? null,
	...(row.taken_by !== null && { taken_by: row.taken_by }),
});
