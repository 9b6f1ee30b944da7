import { eq } from 'drizzle-orm';
import type { MailContent } from '#lib/contract/mail.ts';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { openBodies, presentMail } from './internal.ts';

/**
 * Returns one mail with its bodies. Its one-time link is included only while the mail waits in the outbox, and only for a
 * signed-in admin, whose reading is audited: the link signs its reader in as a person, which no API key may become. For
 * admins; throws NotFound, ConfirmationRequired for a mail with such a link.
 */
export async function getMail(ctx: Ctx, id: number): Promise<MailContent> {
	requireAdmin(ctx);
	const [row] = await ctx.db.select().from(mails).where(eq(mails.id, id));
	if (!row) throw notFound('the mail');
	const showsLink =
		row.sealed_link !== null && row.status === 'outbox' && ctx.actor.type !== 'api_key';
	if (!showsLink)
		return { ...presentMail(row), ...openBodies(ctx.app, { ...row, sealed_link: null }) };
	requireRecentSignIn(ctx);
	await inTransaction(ctx, (tx) =>
		audit(tx, {
			action: 'mail.link_viewed',
			target: { type: 'mail', id, name: row.to },
			detail: { template: row.template },
		}),
	);
	return { ...presentMail(row), ...openBodies(ctx.app, row) };
}
