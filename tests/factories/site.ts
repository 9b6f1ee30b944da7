import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { App } from '#lib/server/core/context.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';

type SiteRow = typeof sites.$inferSelect;

/** Creates a copy of the site `default` with a new key. */
export async function createSite(
	app: App,
	values: Partial<Omit<SiteRow, 'id'>> = {},
): Promise<SiteRow> {
	const [template] = await app.db.select().from(sites).where(eq(sites.key, 'default'));
	if (!template) throw new Error('there is no site "default"');
	const { id: _id, ...copy } = template;
	const key = `site-${randomUUID().slice(0, 8)}`;
	const [row] = await app.db
		.insert(sites)
		.values({ ...copy, key, ...values })
		.returning();
	if (!row) throw new Error('the site was not created');
	return row;
}
