import { and, eq } from 'drizzle-orm';
import type { QaStatus } from '#lib/contract/common.ts';
import { reviewInput, type Review, type ReviewInput } from '#lib/contract/review.ts';
import type { Session } from '#lib/contract/session.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Actor, Ctx } from '#lib/server/core/context.ts';
import {
	chat_sessions,
	messages,
	review_locks,
	reviews,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { findSession, resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { findLocks } from './find-locks.ts';
import { isTaken, presentReview } from './internal.ts';
import { judgeMove } from './workflow.ts';

/**
 * Moves a chat session's review state and keeps who decided, when and why. Throws Conflict for a move that the workflow
 * does not have, when a colleague has it or was faster; Invalid where notes or developer feedback are missing, or the
 * message is none of this chat session; NotFound.
 */
export async function submitReview(ctx: Ctx, id: string, input: ReviewInput): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const review = parse(reviewInput, input);
	return inTransaction(ctx, async (tx) => {
		const { id: chat_session_id, qa_status: from_status } = await resolveSession(tx, id);
		requireMove(ctx.actor, from_status, review.qa_status);
		requireWords(review);
		await requireOwnMessage(tx, chat_session_id, review.message_id);
		await requireNotTaken(tx, chat_session_id);
		const moved = await tx.db
			.update(chat_sessions)
			.set({ qa_status: review.qa_status, ...(isReset(review) && backInQueue(tx)) })
			.where(and(eq(chat_sessions.id, chat_session_id), eq(chat_sessions.qa_status, from_status)))
			.returning({ id: chat_sessions.id });
		if (moved.length === 0) {
			throw conflict('somebody else has reviewed this chat session meanwhile; look at it again');
		}
		const kept = await keepReview(tx, { ...review, chat_session_id, from_status });
		const session = await findSession(tx, chat_session_id);
		if (!session) throw notFound('the chat session');
		await tx.db.delete(review_locks).where(eq(review_locks.chat_session_id, chat_session_id));
		const detail = { qa_status: review.qa_status, reasons: kept.reasons };
		await audit(tx, { action: 'review.submitted', chat_session_id, detail });
		await record(tx, 'review.submitted', { session_id: session.session_id, review: kept });
		await record(tx, 'session.updated', { session });
		return session;
	});
}

const isReset = ({ qa_status }: ReviewInput) => qa_status === 'unchecked';

/** What an admin resets is to be looked at again, in the sample or not. */
const backInQueue = ({ app }: Ctx) => ({
	review_queued_at: app.clock(),
	review_queued_because: 'reset' as const,
});

async function requireOwnMessage(ctx: Ctx, chatSessionId: number, messageId?: number | null) {
	if (messageId === undefined || messageId === null) return;
	const [own] = await ctx.db
		.select({ id: messages.id })
		.from(messages)
		.where(and(eq(messages.id, messageId), eq(messages.chat_session_id, chatSessionId)));
	if (!own) throw missing('message_id', 'pin a message of this chat session');
}

/** A colleague's lock keeps people out; programs decide for themselves when they write. */
async function requireNotTaken(ctx: Ctx, chatSessionId: number): Promise<void> {
	if (ctx.actor.type !== 'user') return;
	const lock = (await findLocks(ctx, [chatSessionId])).get(chatSessionId);
	if (lock && lock.reviewer.id !== ctx.actor.id) throw isTaken(lock);
}

async function keepReview(
	ctx: Ctx,
	review: ReviewInput & { chat_session_id: number; from_status: QaStatus },
): Promise<Review> {
	const { actor } = ctx;
	const [row] = await ctx.db
		.insert(reviews)
		.values({
			...review,
			reasons: review.reasons ?? [],
			notes: review.notes?.trim() || null,
			developer_feedback: review.developer_feedback?.trim() || null,
			user_id: actor.type === 'user' ? actor.id : null,
			reviewer: actor.type === 'user' || actor.type === 'api_key' ? actor.name : 'Frontdesk',
			created_at: ctx.app.clock(),
		})
		.returning();
	if (!row) throw new Error('an inserted review was not returned');
	return presentReview(row);
}

function requireMove(actor: Actor, from: QaStatus, to: QaStatus): void {
	const move = judgeMove(from, to, isAdmin(actor));
	switch (move.is) {
		case 'allowed':
			return;
		case 'impossible':
			throw conflict(move.why);
		case 'for_admins':
			throw forbidden(move.why);
	}
}

function isAdmin(actor: Actor): boolean {
	if (actor.type === 'user') return actor.role === 'admin';
	return actor.type === 'system' || (actor.type === 'api_key' && actor.scopes.includes('admin'));
}

function requireWords({ qa_status, notes, developer_feedback }: ReviewInput): void {
	if (qa_status === 'issue' && !notes?.trim()) throw missing('notes', 'say what is wrong');
	if (qa_status === 'fixed' && !developer_feedback?.trim()) {
		throw missing('developer_feedback', 'say what was changed');
	}
}

const missing = (path: string, message: string) =>
	new AppError('invalid', `${path}: ${message}`, { errors: [{ path, message }] });
