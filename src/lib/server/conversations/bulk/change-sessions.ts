import { bulkInput, type BulkInput, type BulkResult } from '#lib/contract/bulk.ts';
import { requireAdmin, requireRecentSignIn, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { deleteSession, updateSession } from '../sessions/index.ts';

/** As many are changed side by side, so that one call takes a small part of the connections. */
const AT_ONCE = 4;

/**
 * Does one act for each of many chat sessions, by the rules that it has for one; each stands alone, so that one that is
 * refused holds up no other. Throws Forbidden where the act is not the caller's at all.
 */
export async function changeSessions(ctx: Ctx, input: BulkInput): Promise<BulkResult> {
	requireTeam(ctx, 'sessions:write');
	const wanted = parse(bulkInput, input);
	if (wanted.act === 'delete') {
		requireAdmin(ctx);
		requireRecentSignIn(ctx);
	}
	const ids = [...new Set(wanted.session_ids)];
	const refusals = new Map<string, Refusal>();
	const waiting = [...ids];
	const work = async () => {
		for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
			const refusal = await change(ctx, id, wanted);
			if (refusal) refusals.set(id, refusal);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return {
		done: ids.filter((id) => !refusals.has(id)),
		refused: ids.flatMap((session_id) => {
			const refusal = refusals.get(session_id);
			return refusal ? [{ session_id, ...refusal }] : [];
		}),
	};
}

type Refusal = Pick<AppError, 'code' | 'message'>;

/** Changes one; gives why not. */
async function change(ctx: Ctx, id: string, wanted: BulkInput): Promise<Refusal | undefined> {
	try {
		await changeOne(ctx, id, wanted);
		return undefined;
	} catch (error) {
		if (error instanceof AppError) return { code: error.code, message: error.message };
		ctx.app.log.error({ err: error, act: wanted.act }, 'a chat session could not be changed');
		return { code: 'internal', message: 'something went wrong on our side; try again' };
	}
}

async function changeOne(ctx: Ctx, id: string, wanted: BulkInput): Promise<unknown> {
	switch (wanted.act) {
		case 'archive':
			return updateSession(ctx, id, { archive_status: 'archived' });
		case 'restore':
			return updateSession(ctx, id, { archive_status: 'active' });
		case 'assign':
			return updateSession(ctx, id, { assignee: wanted.assignee });
		case 'review': {
			const { qa_status, reasons, notes, developer_feedback } = wanted;
			return submitReview(ctx, id, { qa_status, reasons, notes, developer_feedback });
		}
		case 'delete':
			return deleteSession(ctx, id);
	}
}
