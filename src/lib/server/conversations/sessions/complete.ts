import { and, eq, ne, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { CompletionSource } from '#lib/contract/common.ts';
import { listMissingForCompletion } from '#lib/contract/session.ts';
import type { CompletionSync } from '#lib/contract/workflows.ts';
import { containsAnyPhrase } from '#lib/markdown/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leads, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findSession } from './get.ts';

interface CompletionRequest {
	chat_session_id: number;
	source: CompletionSource;
	at?: Date;
}

/** Returns whether the source is authoritative, as people and API keys are. The other sources only detect the AI's claim. */
const isAuthoritative = ({ source }: CompletionRequest) => source === 'agent' || source === 'api';

/**
 * Completes a chat session. All sources use this function: live replies, ingest, sweep, sync, API and agents. Idempotent;
 * returns true only to the caller that completed it. If values that the site requires are missing, stores an AI's completion
 * as a claim instead; the chat is completed as soon as the lead has them. Doesn't check permissions.
 */
export function completeSession(ctx: Ctx, completion: CompletionRequest): Promise<boolean> {
	return inTransaction(ctx, async (tx) => {
		const isComplete =
			(await markComplete(tx, completion, isAuthoritative(completion))) ||
			(!isAuthoritative(completion) &&
				(await checkRequirementsOrClaim(tx, completion)) &&
				(await markComplete(tx, completion, true)));
		if (!isComplete) return false;
		const session = await findSession(tx, completion.chat_session_id);
		if (!session) return false;
		await record(tx, 'session.completed', { session });
		await record(tx, 'session.updated', { session });
		return true;
	});
}

const siteHasNoRequirements = sql`(select completion_needs from sites where id = ${chat_sessions.site_id}) = 'nothing'`;

/** Marks the chat session as complete if `isMet` is true or its site has no requirements. Returns whether it did. */
async function markComplete(
	tx: Ctx,
	{ chat_session_id, source, at }: CompletionRequest,
	isMet: boolean,
): Promise<boolean> {
	const changed = await tx.db
		.update(chat_sessions)
		.set({
			completion_status: 'complete',
			completion_source: source,
			completion_claimed_at: null,
			// Imported chats keep their dates, but can't end before they started.
			completed_at: at
				? sql`greatest(${chat_sessions.created_at}, ${at.toISOString()}::timestamptz)`
				: tx.app.clock(),
		})
		.where(
			and(
				eq(chat_sessions.id, chat_session_id),
				ne(chat_sessions.completion_status, 'complete'),
				isMet ? undefined : siteHasNoRequirements,
			),
		)
		.returning({ id: chat_sessions.id });
	return changed.length > 0;
}

/**
 * Returns whether an incomplete chat session has the values that its site requires; otherwise stores the claim. Reads the
 * lead after locking the chat session, so that of two concurrent transactions, one adding a value and one claiming
 * completion, the later one sees both.
 */
async function checkRequirementsOrClaim(
	tx: Ctx,
	{ chat_session_id }: CompletionRequest,
): Promise<boolean> {
	const [session] = await tx.db
		.select({
			claimed_at: chat_sessions.completion_claimed_at,
			needs: sites.completion_needs,
			questions: sites.questions,
		})
		.from(chat_sessions)
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.where(
			and(eq(chat_sessions.id, chat_session_id), ne(chat_sessions.completion_status, 'complete')),
		)
		.for('no key update', { of: chat_sessions });
	if (!session) return false;
	const [lead = null] = await tx.db
		.select()
		.from(leads)
		.where(eq(leads.chat_session_id, chat_session_id));
	const isMet = listMissingForCompletion(session.needs, session.questions, lead).length === 0;
	if (!isMet && session.claimed_at === null) await claimCompletion(tx, chat_session_id);
	return isMet;
}

async function claimCompletion(tx: Ctx, id: number): Promise<void> {
	await tx.db
		.update(chat_sessions)
		.set({ completion_claimed_at: tx.app.clock() })
		.where(eq(chat_sessions.id, id));
	const session = await findSession(tx, id);
	if (session) await record(tx, 'session.updated', { session });
}

const BATCH_SIZE = 200;

/** Completes all chat sessions whose completion was missed. Idempotent. */
export async function syncCompletionStatus(ctx: Ctx): Promise<CompletionSync> {
	requireTeam(ctx, 'sync');
	const { checked, session_ids } = await detectCompletions(ctx, {
		source: 'sync',
		where: sql`true`,
	});
	await audit(ctx, { action: 'sync.run' });
	return { checked, updated: session_ids.length, session_ids };
}

/**
 * Marks chat sessions as abandoned after their site's idle time, but first completes those whose completion was missed.
 * Safe to run concurrently, because rows are claimed with SKIP LOCKED. Doesn't check permissions.
 */
export async function sweepSessions(ctx: Ctx): Promise<{ completed: number; abandoned: number }> {
	const now = ctx.app.clock().toISOString();
	const idleSince = sql`${now}::timestamptz - make_interval(mins => site.idle_minutes)`;
	// Undoing a completion restarts the idle time.
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

const openSessionSchema = z.object({
	id: z.coerce.number(),
	session_id: z.string(),
	phrases: z.array(z.string()),
	ai_messages: z.array(z.string()),
});

/**
 * Completes, in batches, chat sessions whose AI messages contain a completion phrase that was missed. Ignores fallback
 * replies, which the AI didn't write, and messages before a completion was undone. Doesn't check permissions.
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
			if (!row.ai_messages.some((text) => containsAnyPhrase(text, row.phrases))) continue;
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
	return z.array(openSessionSchema).parse(result.rows);
}
