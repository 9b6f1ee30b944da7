import { and, asc, eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, users } from '#lib/server/core/db/schema/index.ts';

const MAX_ADDRESSES = 20;

/** Returns who gets mail about failures and issues: the site's developers, else DEVELOPER_EMAILS, else the admins. */
export async function developerAddresses(ctx: Ctx, siteId?: number): Promise<string[]> {
	if (siteId !== undefined) {
		const [site] = await ctx.db
			.select({ emails: sites.developer_emails })
			.from(sites)
			.where(eq(sites.id, siteId));
		if (site && site.emails.length > 0) return site.emails;
	}
	const { developerEmails } = ctx.app.config;
	if (developerEmails.length > 0) return developerEmails;
	const admins = await ctx.db
		.select({ email: users.email })
		.from(users)
		.where(and(eq(users.role, 'admin'), eq(users.is_active, true)))
		.orderBy(asc(users.id))
		.limit(MAX_ADDRESSES);
	return admins.map(({ email }) => email);
}
