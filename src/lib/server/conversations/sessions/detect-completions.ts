import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { CompletionSource } from '#lib/contract/common.ts';
import type { CompletionSync } from '#lib/contract/sync.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { completeSession, containsCompletionPhrase } from './complete.ts';
import { findSession } from './get.ts';

const BATCH_SIZE = 200;

/** Checks all incomplete chat sessions for a completion that went unnoticed. Idempotent. */
export async function syncCompletionStatus(ctx: Ctx): Promise<CompletionSync> {
	requireTeam(ctx, 'sync');
	const { checked, session_ids } = await detectCompletions(ctx, {
		source: 'sync',
		where: sql`true`,
	});
	return { checked, updated: session_ids.length, session_ids };
}

/**
 * Marks chat sessions as abandoned after their site's idle time, but first completes those whose completion went unnoticed.
 * Several processes may sweep at the same time, as rows are claimed with SKIP LOCKED. Checks no permission.
 */
export async function sweepSessions(ctx: Ctx): Promise<{ completed: number; abandoned: number }> {
	const now = ctx.app.clock().toISOString();
	const idleSince = sql`${now}::timestamptz - make_interval(mins => site.idle_minutes)`;
	// A chat whose completion was undone gets the idle time again.
	const isIdle = sql`s.completion_status = 'in_progress' and s.last_activity_at < ${idleSince}
		and (s.completion_undone_at is null or s.completion_undone_at < ${idleSince})`;
	const { session_ids } = await detectCompletions(ctx, { source: 'sweep', where: isIdle });
	let abandoned = 0;
	for (;;) {
		const count = await abandonBatch(ctx, isIdle);
		abandoned += count;
		if (count < BATCH_SIZE) return { completed: session_ids.length, abandoned };
	}
}

function abandonBatch(ctx: Ctx, isIdle: SQL): Promise<number> {
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			update chat_sessions set completion_status = 'abandoned' where id in (
				select s.id from chat_sessions s join sites site on site.id = s.site_id
				where ${isIdle} order by s.id limit ${BATCH_SIZE} for no key update of s skip locked
			) returning id`);
		const ids = z.array(z.object({ id: z.coerce.number() })).parse(rows);
		for (const { id } of ids) {
			const session = await findSession(tx, id);
			if (!session) continue;
			await record(tx, 'session.abandoned', { session });
			await record(tx, 'session.updated', { session });
		}
		return ids.length;
	});
}

const openSession = z.object({
	id: z.coerce.number(),
	session_id: z.string(),
	phrases: z.array(z.string()),
	ai_messages: z.array(z.string()),
});

/**
 * Completes chat sessions whose AI messages contain a completion phrase that went unnoticed, in batches. Ignores fallback
 * replies, which the AI didn't write, and messages before a completion was undone. Checks no permission.
 */
export async function detectCompletions(
	ctx: Ctx,
	options: { source: CompletionSource; where: SQL },
): Promise<{ checked: number; session_ids: string[] }> {
	let after = 0;
	let checked = 0;
	const session_ids: string[] = [];
	for (;;) {
		const batch = await findOpenSessions(ctx, options.where, after);
		for (const row of batch) {
			after = row.id;
			checked += 1;
			if (!row.ai_messages.some((text) => containsCompletionPhrase(text, row.phrases))) continue;
			const source = options.source;
			if (await completeSession(ctx, { chat_session_id: row.id, source }))
				session_ids.push(row.session_id);
		}
		if (batch.length < BATCH_SIZE) return { checked, session_ids };
	}
}

async function findOpenSessions(ctx: Ctx, where: SQL, after: number) {
	const result = await ctx.db.execute(sql`
		select s.id, s.public_id as session_id, site.completion_phrases as phrases, ai.messages as ai_messages
		from chat_sessions s join sites site on site.id = s.site_id
		cross join lateral (
			select coalesce(array_agg(m.message), '{}') as messages from messages m
			where m.chat_session_id = s.id and m.sender = 'ai' and not m.is_fallback
				and (s.completion_undone_at is null or m.created_at > s.completion_undone_at)
		) ai
		where s.completion_status <> 'complete' and s.id > ${after} and ${where}
		order by s.id limit ${BATCH_SIZE}`);
	return z.array(openSession).parse(result.rows);
}
