import { and, desc, eq } from 'drizzle-orm';
import type { Page } from '#lib/contract/common.ts';
import {
	type Mail,
	type MailContent,
	type MailListQuery,
	type MailState,
	mailListQuery,
} from '#lib/contract/mail.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { mailStateOf, openBodies, presentMail } from './internal.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** Returns a page of mail, newest first (indexes mails_list, mails_status_list). For admins. */
export async function listMails(ctx: Ctx, input: MailListQuery): Promise<Page<Mail>> {
	requireAdmin(ctx);
	const { limit, cursor, status } = parse(mailListQuery, input);
	const rows = await ctx.db
		.select()
		.from(mails)
		.where(
			and(
				status === undefined ? undefined : eq(mails.status, status),
				cursor === undefined ? undefined : afterCursor(mails.created_at, mails.id, cursor),
			),
		)
		.orderBy(desc(mails.created_at), desc(mails.id))
		.limit(limit + 1);
	return toPage(rows.map(presentMail), limit, (mail) => mail.created_at);
}

/**
 * Returns one mail with its bodies. Its one-time link is included only while the mail is in the outbox, and only for a
 * signed-in admin, which is audited: the link signs its reader in as a person, which an API key must not become. For
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

/** Returns whether mail is sent, and from which address. For admins. */
export async function getMailState(ctx: Ctx): Promise<MailState> {
	requireAdmin(ctx);
	return mailStateOf(ctx.app);
}
