import { bulkInput, type BulkInput, type BulkResult } from '#lib/contract/inbox.ts';
import { requireAdmin, requireRecentSignIn, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { markLeadContacted, setOutcome } from '#lib/server/leads/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { deleteSession, updateSession } from '../sessions/index.ts';

/** The number of chat sessions that one call changes concurrently. Low, to leave database connections for other requests. */
const CONCURRENCY = 4;

/**
 * Applies one action to many chat sessions, with the same checks as for a single one. Each succeeds or fails independently.
 * Throws `forbidden` if the caller isn't allowed to perform the action at all.
 */
export async function changeSessions(ctx: Ctx, input: BulkInput): Promise<BulkResult> {
	requireTeam(ctx, 'sessions:write');
	const action = parse(bulkInput, input);
	if (action.act === 'delete') {
		requireAdmin(ctx);
		requireRecentSignIn(ctx);
	}
	if (action.act === 'outcome' || action.act === 'contact') requireTeam(ctx, 'leads:write');
	const ids = [...new Set(action.session_ids)];
	const refusals = new Map<string, Refusal>();
	const pending = [...ids];
	const runWorker = async () => {
		for (let id = pending.shift(); id !== undefined; id = pending.shift()) {
			const refusal = await tryAction(ctx, id, action);
			if (refusal) refusals.set(id, refusal);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, runWorker));
	return {
		done: ids.filter((id) => !refusals.has(id)),
		refused: ids.flatMap((session_id) => {
			const refusal = refusals.get(session_id);
			return refusal ? [{ session_id, ...refusal }] : [];
		}),
	};
}

type Refusal = Pick<AppError, 'code' | 'message'>;

/** Changes one chat session. Returns the error if it fails. */
async function tryAction(ctx: Ctx, id: string, action: BulkInput): Promise<Refusal | undefined> {
	try {
		await applyAction(ctx, id, action);
		return undefined;
	} catch (error) {
		if (error instanceof AppError) return { code: error.code, message: error.message };
		ctx.app.log.error({ err: error, act: action.act }, 'failed to change a chat session');
		return { code: 'internal', message: 'something went wrong on our side; try again' };
	}
}

async function applyAction(ctx: Ctx, id: string, action: BulkInput): Promise<unknown> {
	switch (action.act) {
		case 'archive':
			return updateSession(ctx, id, { archive_status: 'archived' });
		case 'restore':
			return updateSession(ctx, id, { archive_status: 'active' });
		case 'assign':
			return updateSession(ctx, id, { assignee: action.assignee });
		case 'review': {
			const { qa_status, reasons, notes, developer_feedback } = action;
			return submitReview(ctx, id, { qa_status, reasons, notes, developer_feedback });
		}
		case 'outcome':
			return setOutcome(ctx, id, action.outcome);
		case 'contact':
			return markLeadContacted(ctx, id, { contacted: action.contacted });
		case 'delete':
			return deleteSession(ctx, id);
	}
}
