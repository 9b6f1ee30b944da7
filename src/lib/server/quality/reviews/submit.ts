import { and, eq } from 'drizzle-orm';
import type { QaStatus } from '#lib/contract/common.ts';
import { REVIEW_TRANSITIONS } from '#lib/contract/constants.ts';
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
import { presentReview } from './list.ts';
import { findLocks, createLockConflict } from './locks.ts';

/**
 * Changes a chat session's review state, and stores the review. Throws `conflict` when the transition isn't possible, or a
 * colleague holds the lock or reviewed it first; `forbidden` for a transition that only admins may make; `invalid` when notes
 * or developer feedback are missing, or the message belongs to another chat session; `not_found`.
 */
export async function submitReview(ctx: Ctx, id: string, input: ReviewInput): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const review = parse(reviewInput, input);
	return inTransaction(ctx, async (tx) => {
		const { id: chat_session_id, qa_status: from_status } = await resolveSession(tx, id);
		requireTransition(ctx.actor, from_status, review.qa_status);
		requireExplanation(review);
		await requireMessageInSession(tx, chat_session_id, review.message_id);
		await requireUnlocked(tx, chat_session_id);
		const updatedRows = await tx.db
			.update(chat_sessions)
			.set({ qa_status: review.qa_status, ...(isReset(review) && getRequeueFields(tx)) })
			.where(and(eq(chat_sessions.id, chat_session_id), eq(chat_sessions.qa_status, from_status)))
			.returning({ id: chat_sessions.id });
		if (updatedRows.length === 0) {
			throw conflict('someone else has just reviewed this chat session; reload it and try again');
		}
		const storedReview = await storeReview(tx, { ...review, chat_session_id, from_status });
		const session = await findSession(tx, chat_session_id);
		if (!session) throw notFound('the chat session');
		await tx.db.delete(review_locks).where(eq(review_locks.chat_session_id, chat_session_id));
		const detail = { qa_status: review.qa_status, reasons: storedReview.reasons };
		await audit(tx, { action: 'review.submitted', chat_session_id, detail });
		await record(tx, 'review.submitted', { session_id: session.session_id, review: storedReview });
		await record(tx, 'session.updated', { session });
		return session;
	});
}

const isReset = ({ qa_status }: ReviewInput) => qa_status === 'unchecked';

/** A chat session that an admin resets is queued again, even when it isn't in the sample. */
const getRequeueFields = ({ app }: Ctx) => ({
	review_queued_at: app.clock(),
	review_queued_because: 'reset' as const,
});

async function requireMessageInSession(ctx: Ctx, chatSessionId: number, messageId?: number | null) {
	if (messageId === undefined || messageId === null) return;
	const [message] = await ctx.db
		.select({ id: messages.id })
		.from(messages)
		.where(and(eq(messages.id, messageId), eq(messages.chat_session_id, chatSessionId)));
	if (!message) throw createFieldError('message_id', 'must be a message of this chat session');
}

/** Throws `conflict` if a colleague holds the lock. Applies only to users: API clients don't take part in the queue. */
async function requireUnlocked(ctx: Ctx, chatSessionId: number): Promise<void> {
	if (ctx.actor.type !== 'user') return;
	const lock = (await findLocks(ctx, [chatSessionId])).get(chatSessionId);
	if (lock && lock.reviewer.id !== ctx.actor.id) throw createLockConflict(lock);
}

async function storeReview(
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
			expected: review.expected?.trim() || null,
			user_id: actor.type === 'user' ? actor.id : null,
			reviewer: actor.type === 'user' || actor.type === 'api_key' ? actor.name : 'Frontdesk',
			created_at: ctx.app.clock(),
		})
		.returning();
	if (!row) throw new Error('an inserted review was not returned');
	return presentReview(row);
}

function requireTransition(actor: Actor, from: QaStatus, to: QaStatus): void {
	const transition = checkTransition(from, to, isAdmin(actor));
	switch (transition.type) {
		case 'allowed':
			return;
		case 'impossible':
			throw conflict(transition.reason);
		case 'admins_only':
			throw forbidden(transition.reason);
	}
}

function isAdmin(actor: Actor): boolean {
	if (actor.type === 'user') return actor.role === 'admin';
	return actor.type === 'system' || (actor.type === 'api_key' && actor.scopes.includes('admin'));
}

function requireExplanation({ qa_status, notes, developer_feedback }: ReviewInput): void {
	if (qa_status === 'issue' && !notes?.trim()) throw createFieldError('notes', 'say what is wrong');
	if (qa_status === 'fixed' && !developer_feedback?.trim()) {
		throw createFieldError('developer_feedback', 'say what was changed');
	}
}

const createFieldError = (path: string, message: string) =>
	new AppError('invalid', `${path}: ${message}`, { errors: [{ path, message }] });

/** Returns whether a review may change from one state to another, and the reason if it may not. */
export function checkTransition(
	from: QaStatus,
	to: QaStatus,
	isAdmin: boolean,
): { type: 'allowed' } | { type: 'impossible' | 'admins_only'; reason: string } {
	if (!REVIEW_TRANSITIONS[from].includes(to)) {
		const allowedStates = REVIEW_TRANSITIONS[from].filter(
			(state) => isAdmin || state !== 'unchecked',
		);
		return {
			type: 'impossible',
			reason: `a review cannot go from ${from} to ${to}; from ${from} it can go to ${allowedStates.join(' or ')}`,
		};
	}
	if (to === 'unchecked' && !isAdmin) {
		return { type: 'admins_only', reason: 'only an admin can reset a review' };
	}
	return { type: 'allowed' };
}
