import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { type History } from '#lib/contract/widget.ts';
import type { Core, Ctx } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { readHistories } from './read-histories.ts';
import { BatchReader } from '#lib/server/core/db/batch-reader.ts';

type HistoryReader = BatchReader<{ session_id: string; after?: number }, History>;

/**
 * What the visitor's browser shows: the chat session and its messages, all (the newest 2,000) or those after a message
 * id. Visitors who come back at the same moment are answered together. Throws NotFound.
 */
export async function getWidgetHistory(
	ctx: Ctx,
	sessionId: string,
	after?: number,
): Promise<History> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:read');
	const history = await ctx.app.historyReader.read({ session_id: sessionId, after });
	if (!history) throw notFound(`chat session ${sessionId.slice(0, 60)}`);
	return history;
}

/** Answers visitors who come back at the same moment together. */
export const createHistoryReader = ({ db }: Core): HistoryReader =>
	new BatchReader((asked) => readHistories(db, asked));

declare module '#lib/server/core/context.ts' {
	interface App {
		historyReader: HistoryReader;
	}
}
