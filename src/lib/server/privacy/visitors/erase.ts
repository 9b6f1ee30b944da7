import { eraseInput, type Erased, type EraseInput } from '#lib/contract/visitor.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { eraseChats, NOTHING, sum } from './erase-chats.ts';
import { findChats } from './internal.ts';

/** As many chats go by one transaction. */
const BATCH = 50;

/**
 * Erases all chats of one visitor for good, with messages, leads, deliveries and mails; what they count for in the
 * statistics stays. Again it erases what is left, or nothing. Admins only; throws Invalid, Conflict as findVisitor does.
 */
export async function eraseVisitor(ctx: Ctx, input: EraseInput): Promise<Erased> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	const visitor = parse(eraseInput, input);
	const ids = await findChats(ctx, visitor);
	let total = NOTHING;
	// The named one last, so that a second try finds by it what the first one left.
	const inOrder = ids.toReversed();
	for (let from = 0; from < inOrder.length; from += BATCH) {
		const batch = inOrder.slice(from, from + BATCH);
		const part = await inTransaction(ctx, async (tx) => {
			const counts = await eraseChats(tx, batch);
			if (counts.sessions > 0) await audit(tx, { action: 'visitor.erased', detail: counts });
			return counts;
		});
		total = sum(total, part);
	}
	return total;
}
