import {
	ingestInput,
	type IngestInput,
	type IngestMessage,
	type IngestResult,
} from '#lib/contract/ingest.ts';
import { sessionId as sessionIdSchema } from '#lib/contract/common.ts';
import { parseImportedText } from '#lib/server/ai/connectors/reply/parse-reply.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	completeSession,
	ensureSession,
	findSession,
	containsCompletionPhrase,
} from '../sessions/unchecked.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { storeMessages } from './store.ts';

/**
 * Stores messages that another system exchanged with the visitor, once per external id; creates the chat session if its id
 * is unknown, and detects a completion. The AI doesn't answer them. Removes reasoning from AI messages, and skips those
 * that contain nothing else. Throws `invalid`.
 */
export async function ingestMessages(
	ctx: Ctx,
	id: string,
	input: IngestInput,
): Promise<IngestResult> {
	requireTeam(ctx, 'sessions:write');
	const parsed = parse(ingestInput, input);
	const inputs = Array.isArray(parsed) ? parsed : [parsed];
	rejectFuture(ctx, inputs);
	const rows = inputs.map(withoutReasoning).filter(({ message }) => message !== '');
	const times = rows.flatMap(({ timestamp }) => (timestamp ? [new Date(timestamp)] : []));
	const startedAt = times.toSorted((a, b) => a.getTime() - b.getTime())[0];
	return inTransaction(ctx, async (tx) => {
		const sessionId = /^\d+$/.test(id) ? id : parse(sessionIdSchema, id);
		const row = await ensureSession(tx, sessionId, startedAt);
		const messages = rows.map(({ timestamp, ...message }) => ({
			...message,
			chat_session_id: row.id,
			session_id: row.public_id,
			created_at: timestamp ? new Date(timestamp) : ctx.app.clock(),
		}));
		const results = messages.length > 0 ? await storeMessages(tx, messages) : [];
		const stored = results.filter(({ is_new }) => is_new).length;
		const { completion_phrases } = await getSite(tx, { id: row.site_id });
		const completing = rows.find(
			({ sender, message }) =>
				sender === 'ai' && containsCompletionPhrase(message, completion_phrases),
		);
		if (completing) {
			const at = completing.timestamp ? new Date(completing.timestamp) : undefined;
			await completeSession(tx, { chat_session_id: row.id, source: 'ingest', at });
		}
		const session = await findSession(tx, row.id);
		if (!session) throw new Error('a locked chat session was not found');
		return { stored, duplicates: rows.length - stored, session };
	});
}

const withoutReasoning = (row: IngestMessage): IngestMessage =>
	row.sender === 'ai' ? { ...row, message: parseImportedText(row.message) } : row;

const MAX_AHEAD_MS = 24 * 3_600_000;

/** Tolerates clocks that are ahead, but rejects dates far in the future, which would stay at the top of every list. */
function rejectFuture(ctx: Ctx, rows: { timestamp?: string | undefined }[]): void {
	const latest = ctx.app.clock().getTime() + MAX_AHEAD_MS;
	const errors = rows.flatMap(({ timestamp }, index) =>
		timestamp && Date.parse(timestamp) > latest
			? [
					{
						path: rows.length > 1 ? `${index}.timestamp` : 'timestamp',
						message: 'is in the future',
					},
				]
			: [],
	);
	if (errors.length > 0) throw new AppError('invalid', 'a timestamp is in the future', { errors });
}
