import { eq } from 'drizzle-orm';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_pages } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { getOpenSite } from '#lib/server/sites/index.ts';

/** Says which site new conversations of a page belong to; admins only. Throws NotFound. */
export async function setPageSite(
	ctx: Ctx,
	input: { page_id: string; site: string },
): Promise<void> {
	requireAdmin(ctx);
	const { page_id } = input;
	const site = await getOpenSite(ctx, input.site);
	await inTransaction(ctx, async (tx) => {
		const [page] = await tx.db
			.update(messenger_pages)
			.set({ site_id: site.id })
			.where(eq(messenger_pages.page_id, page_id))
			.returning({ name: messenger_pages.name });
		if (!page) throw notFound('the Facebook page');
		const target = { type: 'messenger_page', id: page_id, name: page.name ?? page_id };
		await audit(tx, { action: 'settings.updated', target, detail: { site: site.key } });
	});
}
