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
	saysCompletion,
} from '../sessions/unchecked.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { storeMessages } from './store.ts';

/**
 * Stores messages that another system has already exchanged with the visitor, each external id once; makes the chat
 * session when its id is unknown; detects completion. The AI does not answer them. Thoughts in an AI's words are left out,
 * and a message of nothing else is not stored. Throws Invalid.
 */
export async function ingestMessages(
	ctx: Ctx,
	id: string,
	input: IngestInput,
): Promise<IngestResult> {
	requireTeam(ctx, 'sessions:write');
	const parsed = parse(ingestInput, input);
	const given = Array.isArray(parsed) ? parsed : [parsed];
	refuseFuture(ctx, given);
	const rows = given.map(withoutThoughts).filter(({ message }) => message !== '');
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
		const last = rows.find(
			({ sender, message }) => sender === 'ai' && saysCompletion(message, completion_phrases),
		);
		if (last) {
			const at = last.timestamp ? new Date(last.timestamp) : undefined;
			await completeSession(tx, { chat_session_id: row.id, source: 'ingest', at });
		}
		const session = await findSession(tx, row.id);
		if (!session) throw new Error('a locked chat session is gone');
		return { stored, duplicates: rows.length - stored, session };
	});
}

const withoutThoughts = (row: IngestMessage): IngestMessage =>
	row.sender === 'ai' ? { ...row, message: parseImportedText(row.message) } : row;

const MAX_AHEAD_MS = 24 * 3_600_000;

/** A clock that is a little fast is forgiven; a date far ahead is a mistake that would stay on top of every list. */
function refuseFuture(ctx: Ctx, rows: { timestamp?: string | undefined }[]): void {
	const latest = ctx.app.clock().getTime() + MAX_AHEAD_MS;
	const errors = rows.flatMap(({ timestamp }, index) =>
		timestamp && Date.parse(timestamp) > latest
			? [
					{
						path: rows.length > 1 ? `${index}.timestamp` : 'timestamp',
						message: 'lies in the future',
					},
				]
			: [],
	);
	if (errors.length > 0)
		throw new AppError('invalid', 'a timestamp lies in the future', { errors });
}
