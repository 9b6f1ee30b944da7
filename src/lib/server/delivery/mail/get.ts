import { eq } from 'drizzle-orm';
import type { MailContent } from '#lib/contract/mail.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { openBodies, presentMail } from './internal';

/**
 * One mail with what it says; its one-time link is there only while the mail waits in the outbox, where an admin is to
 * hand it over. For admins; throws NotFound.
 */
export async function getMail(ctx: Ctx, id: number): Promise<MailContent> {
	requireAdmin(ctx);
	const [row] = await ctx.db.select().from(mails).where(eq(mails.id, id));
	if (!row) throw notFound('the mail');
	const isToBeRead = row.status === 'outbox';
	const bodies = openBodies(ctx.app, isToBeRead ? row : { ...row, sealed_link: null });
	return { ...presentMail(row), ...bodies };
}
