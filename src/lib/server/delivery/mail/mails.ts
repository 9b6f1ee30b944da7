import { randomUUID } from 'node:crypto';
import { and, desc, eq, ne } from 'drizzle-orm';
import type { Page } from '#lib/contract/common.ts';
import {
	type Mail,
	type MailContent,
	type MailListQuery,
	mailListQuery,
	type MailState,
} from '#lib/contract/mail.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { type MailRow, getMailConfig, createBodies, presentMail } from './internal.ts';
import { queueMail } from './queue.ts';
import { ONE_TIME_LINK } from './render.ts';

/** Returns a page of mail, newest first. Uses the indexes mails_list and mails_status_list. Admins only. */
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
 * signed-in admin; each view is audited. API keys don't get it, because it gives access to a user's account. Admins only.
 * Throws NotFound, and ConfirmationRequired for a mail with such a link.
 */
export async function getMail(ctx: Ctx, id: number): Promise<MailContent> {
	requireAdmin(ctx);
	const [row] = await ctx.db.select().from(mails).where(eq(mails.id, id));
	if (!row) throw notFound('the email');
	const isLinkIncluded =
		row.sealed_link !== null && row.status === 'outbox' && ctx.actor.type !== 'api_key';
	if (!isLinkIncluded)
		return { ...presentMail(row), ...createBodies(ctx.app, { ...row, sealed_link: null }) };
	requireRecentSignIn(ctx);
	await inTransaction(ctx, (tx) =>
		audit(tx, {
			action: 'mail.link_viewed',
			target: { type: 'mail', id, name: row.to },
			detail: { template: row.template },
		}),
	);
	return { ...presentMail(row), ...createBodies(ctx.app, row) };
}

/** Returns whether mail is sent, and from which address. Admins only. */
export async function getMailState(ctx: Ctx): Promise<MailState> {
	requireAdmin(ctx);
	return getMailConfig(ctx.app);
}

/**
 * Resends an email under a new idempotency key. Admins only. Throws NotFound, and Conflict if it is pending, email isn't set
 * up, or its one-time link was already sent.
 */
export async function resendMail(ctx: Ctx, id: number): Promise<Mail> {
	requireAdmin(ctx);
	return inTransaction(ctx, async (tx) => {
		const [found] = await tx.db.select().from(mails).where(eq(mails.id, id)).for('update');
		if (!found) throw notFound('the email');
		requireSendable(tx, found);
		const [row] = await tx.db
			.update(mails)
			.set({
				status: 'pending',
				idempotency_key: randomUUID(),
				schedule_step: 0,
				next_attempt_at: ctx.app.clock(),
				claimed_until: null,
				last_error: null,
			})
			.where(and(eq(mails.id, id), ne(mails.status, 'pending')))
			.returning();
		if (!row) throw conflict('this email is already being sent');
		const mail = presentMail(row);
		await audit(tx, {
			action: 'mail.sent_again',
			// The address, because the subject may contain a visitor's name.
			target: { type: 'mail', id, name: mail.to },
			detail: { template: mail.template },
		});
		await record(tx, 'mail.updated', { mail });
		return mail;
	});
}

function requireSendable({ app }: Ctx, { status, sealed_link, text }: MailRow): void {
	if (status === 'pending') throw conflict('this email is already being sent');
	if (!getMailConfig(app).is_sending) {
		throw conflict('email isn’t set up: set RESEND_API_KEY and MAIL_FROM');
	}
	if (sealed_link === null && text.includes(ONE_TIME_LINK)) {
		throw conflict(
			'this email’s one-time link was already sent: create a new invitation, or request a new link',
		);
	}
}

/** Queues a test mail to the calling admin. Throws Conflict for an API key, which has no address. */
export async function sendTestMail(ctx: Ctx): Promise<Mail> {
	requireAdmin(ctx);
	const { actor } = ctx;
	if (actor.type !== 'user')
		throw conflict('an API key has no email address to send a test email to');
	return inTransaction(ctx, async (tx) => {
		const [mail] = await queueMail(tx, {
			template: 'test',
			data: { asked_by: actor.name },
			to: actor.email,
			dedupe_key: `test:${randomUUID()}`,
		});
		if (!mail) throw new Error('a test mail was not queued');
		await audit(tx, {
			action: 'mail.tested',
			target: { type: 'mail', id: mail.id, name: mail.to },
		});
		return mail;
	});
}
