import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { question, type Question, siteKey } from '#lib/contract/site.ts';
import type { Ctx } from '../core/context.ts';
import type { Read } from '../core/db/reads.ts';
import { sites } from '../core/db/schema/index.ts';
import { notFound } from '../core/errors.ts';

export type SiteRow = typeof sites.$inferSelect;

/** Returns a site's row, secrets sealed. Throws `not_found`. Checks no permission: for use inside the server. */
export async function getSite(ctx: Ctx, by: { id: number } | { key: string }): Promise<SiteRow> {
	const missing = () => notFound('id' in by ? 'the site' : `a site with the key "${by.key}"`);
	// Postgres refuses some strings that can't be a key, such as those with U+0000.
	if ('key' in by && !siteKey.safeParse(by.key).success) throw missing();
	const where = 'id' in by ? eq(sites.id, by.id) : eq(sites.key, by.key);
	const query = ctx.db.select().from(sites).where(where).limit(1);
	const [row] = await query.prepare('id' in by ? 'site_by_id' : 'site_by_key').execute();
	if (!row) throw missing();
	return row;
}

/** Returns the row of a site that accepts new chats. Throws `not_found`, also for an archived site. */
export async function getOpenSite(ctx: Ctx, key: string): Promise<SiteRow> {
	const site = await getSite(ctx, { key });
	if (site.archived_at) throw notFound(`a site with the key "${key}"`);
	return site;
}

const questionRows = z.array(z.object({ questions: z.array(question) }));

/** Reads the questions of a chat session's site; see `db/reads.ts`. */
export const readQuestions = (chatSessionId: number): Read<Question[]> => ({
	query: sql`select questions from sites where id = (select site_id from chat_sessions where id = ${chatSessionId})`,
	parse: (rows) => questionRows.parse(rows)[0]?.questions ?? [],
});
