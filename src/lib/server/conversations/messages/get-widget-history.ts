import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { type History } from '#lib/contract/widget.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { readHistories } from './read-histories.ts';
import { ReadTogether } from '#lib/server/core/db/read-together.ts';

type Reader = ReadTogether<{ session_id: string; after?: number }, History>;
const readers = new WeakMap<App, Reader>();

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
	const history = await readerOf(ctx.app).ask({ session_id: sessionId, after });
	if (!history) throw notFound(`chat session ${sessionId.slice(0, 60)}`);
	return history;
}

function readerOf(app: App): Reader {
	const reader = readers.get(app) ?? new ReadTogether((asked) => readHistories(app.db, asked));
	readers.set(app, reader);
	return reader;
}
