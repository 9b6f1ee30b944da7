import { ingestInput, type IngestInput, type IngestResult } from '#lib/contract/ingest.ts';
import { sessionId as sessionIdSchema } from '#lib/contract/common.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { completeSession, ensureSession, findSession, saysCompletion } from '../sessions';
import { getSite } from '#lib/server/sites/index.ts';
import { storeMessages } from './store';

/**
 * Stores messages that another system has already exchanged with the visitor, each external id once; makes the chat
 * session when its id is unknown; detects completion. The AI does not answer them. Throws Invalid.
 */
export async function ingestMessages(
	ctx: Ctx,
	id: string,
	input: IngestInput,
): Promise<IngestResult> {
	requireTeam(ctx, 'sessions:write');
	const parsed = parse(ingestInput, input);
	const rows = Array.isArray(parsed) ? parsed : [parsed];
	return inTransaction(ctx, async (tx) => {
		const row = await ensureSession(tx, /^\d+$/.test(id) ? id : parse(sessionIdSchema, id));
		const results = await storeMessages(
			tx,
			rows.map(({ timestamp, ...message }) => ({
				...message,
				chat_session_id: row.id,
				session_id: row.public_id,
				created_at: timestamp ? new Date(timestamp) : ctx.app.clock(),
			})),
		);
		const stored = results.filter(({ is_new }) => is_new).length;
		const { completion_phrases } = await getSite(tx, { id: row.site_id });
		const isCompleted = rows.some(
			({ sender, message }) => sender === 'ai' && saysCompletion(message, completion_phrases),
		);
		if (isCompleted) await completeSession(tx, { chat_session_id: row.id, source: 'ingest' });
		const session = await findSession(tx, row.id);
		if (!session) throw new Error('a locked chat session is gone');
		return { stored, duplicates: rows.length - stored, session };
	});
}
