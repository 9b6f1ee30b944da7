import { eq } from 'drizzle-orm';
import { audit } from '../audit';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { messenger_pages } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { notFound } from '../errors';
import { getOpenSite } from '../sites';

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
