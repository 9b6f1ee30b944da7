import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { question, type Question, siteKey } from '#lib/contract/site.ts';
import type { Ctx } from '../core/context.ts';
import type { Read } from '../core/db/reads.ts';
import { sites } from '../core/db/schema/index.ts';
import { notFound } from '../core/errors.ts';

export type SiteRow = typeof sites.$inferSelect;

/** The row of a site, secrets sealed; throws NotFound. For use inside the server. */
export async function getSite(ctx: Ctx, by: { id: number } | { key: string }): Promise<SiteRow> {
	const missing = () => notFound('id' in by ? 'the site' : `a site with the key "${by.key}"`);
	// Of what can be no key Postgres may not even be asked, such as U+0000.
	if ('key' in by && !siteKey.safeParse(by.key).success) throw missing();
	const where = 'id' in by ? eq(sites.id, by.id) : eq(sites.key, by.key);
	const query = ctx.db.select().from(sites).where(where).limit(1);
	const [row] = await query.prepare('id' in by ? 'site_by_id' : 'site_by_key').execute();
	if (!row) throw missing();
	return row;
}

const asked = z.array(z.object({ questions: z.array(question) }));

/** The questions of a chat session's site. */
export const readQuestions = (chatSessionId: number): Read<Question[]> => ({
	query: sql`select questions from sites where id = (select site_id from chat_sessions where id = ${chatSessionId})`,
	parse: (rows) => asked.parse(rows)[0]?.questions ?? [],
});
