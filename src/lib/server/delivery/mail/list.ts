import { and, desc, eq } from 'drizzle-orm';
import type { Page } from '#lib/contract/common.ts';
import { mailListQuery, type Mail, type MailListQuery } from '#lib/contract/mail.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/cursor.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentMail } from './internal.ts';

/** Mail, newest first, as keyset pages (indexes mails_list, mails_status_list). For admins. */
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
