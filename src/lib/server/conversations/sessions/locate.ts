import type { App, Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';
import { ReadTogether } from '#lib/server/core/db/read-together.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** The row id and the site of a chat session. */
interface Located {
	id: number;
	site_id: number;
}
type Locator = ReadTogether<string, Located>;
const locators = new WeakMap<App, Locator>();

/** Where a chat session stands, by its public id; throws NotFound. For use inside the server: checks no right. */
export async function locateSession({ app }: Ctx, sessionId: string): Promise<Located> {
	const locator = locators.get(app) ?? new ReadTogether((ids: string[]) => locate(app.db, ids));
	locators.set(app, locator);
	const located = await locator.ask(sessionId);
	if (!located) throw notFound(`chat session ${sessionId.slice(0, 60)}`);
	return located;
}

const LOCATE = `select public_id, id, site_id from chat_sessions where public_id = any($1::text[])`;

async function locate(db: Db, sessionIds: string[]): Promise<(Located | undefined)[]> {
	const rows = await executePrepared(db, 'locate_sessions', LOCATE, [sessionIds]);
	const found = new Map(
		(rows as { public_id: string; id: string; site_id: string }[]).map((row) => [
			row.public_id,
			{ id: Number(row.id), site_id: Number(row.site_id) },
		]),
	);
	return sessionIds.map((sessionId) => found.get(sessionId));
}
