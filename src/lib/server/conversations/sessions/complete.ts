import { and, eq, ne, sql } from 'drizzle-orm';
import type { CompletionSource } from '#lib/contract/common.ts';
import { missingForCompletion } from '#lib/contract/completion.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leads, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { findSession } from './get.ts';

interface Completion {
	chat_session_id: number;
	source: CompletionSource;
	at?: Date;
}

/** People and programs decide whether a chat is complete. The other sources repeat what the AI said. */
const decides = ({ source }: Completion) => source === 'agent' || source === 'api';

/**
 * Completes a chat session; every way of completing one ends here: live reply, ingest, sweep, sync, API and agents. Returns
 * true only to the caller that completed it; idempotent. When an AI's completion lacks what the site requires, stores it as
 * a claim instead, and completes the chat as soon as the lead has the missing values. Checks no permission.
 */
export function completeSession(ctx: Ctx, completion: Completion): Promise<boolean> {
	return inTransaction(ctx, async (tx) => {
		const isComplete =
			(await markComplete(tx, completion, decides(completion))) ||
			(!decides(completion) &&
				(await isMetOrClaimed(tx, completion)) &&
				(await markComplete(tx, completion, true)));
		if (!isComplete) return false;
		const session = await findSession(tx, completion.chat_session_id);
		if (!session) return false;
		await record(tx, 'session.completed', { session });
		await record(tx, 'session.updated', { session });
		return true;
	});
}

const siteNeedsNothing = sql`(select completion_needs from sites where id = ${chat_sessions.site_id}) = 'nothing'`;

/** Completes the chat session if its site requires nothing for that, or `isMet`. Returns whether it did. */
async function markComplete(
	tx: Ctx,
	{ chat_session_id, source, at }: Completion,
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
				isMet ? undefined : siteNeedsNothing,
			),
		)
		.returning({ id: chat_sessions.id });
	return changed.length > 0;
}

/**
 * Returns whether an incomplete chat session has what its site requires; otherwise stores the claim. Reads the lead after
 * locking the chat session, so that of two transactions, one with a value and one with the claim, the later sees both.
 */
async function isMetOrClaimed(tx: Ctx, { chat_session_id }: Completion): Promise<boolean> {
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
	const isMet = missingForCompletion(session.needs, session.questions, lead).length === 0;
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

const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\u2032\uff07`´]/g;

const normalize = (text: string) =>
	text.normalize('NFKC').replace(APOSTROPHES, "'").replace(/\s+/g, ' ').toLowerCase().trim();

/** Whether a text contains one of the phrases, ignoring case, typographic apostrophes and repeated whitespace. */
export function containsCompletionPhrase(text: string, phrases: string[]): boolean {
	const normalized = normalize(text);
	return phrases.some((phrase) => {
		const part = normalize(phrase);
		return part !== '' && normalized.includes(part);
	});
}
