import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	chat_sessions,
	leads,
	mails,
	reviews,
	sites,
	users,
} from '#lib/server/core/db/schema/index.ts';
import { queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import { loadExcerpt } from '#lib/server/delivery/mail/subscribe.ts';

const MAX_MAILS = 14;
const DEVELOPERS = 'developers@frontdesk.example';

/** Creates emails about the newest reviews and an overdue lead, and marks them as sent, so that none is actually sent. */
export async function createMails(tx: Ctx): Promise<void> {
	const rows = await tx.db
		.select({
			review: reviews,
			reviewer: users.name,
			chat: chat_sessions,
			site: sites.name,
			visitor: leads.name,
		})
		.from(reviews)
		.innerJoin(users, eq(users.id, reviews.user_id))
		.innerJoin(chat_sessions, eq(chat_sessions.id, reviews.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.leftJoin(leads, eq(leads.chat_session_id, chat_sessions.id))
		.where(inArray(reviews.qa_status, ['issue', 'fixed']))
		.orderBy(desc(reviews.created_at))
		.limit(MAX_MAILS);
	for (const { review, reviewer, chat, site, visitor } of rows.reverse()) {
		const commonData = {
			site,
			visitor: visitor ?? `Visitor ${chat.id}`,
			session_id: chat.public_id,
			url: `${tx.app.config.publicUrl}/inbox/${chat.public_id}`,
		};
		const envelope = {
			to: DEVELOPERS,
			dedupe_key: `seeded:${review.id}`,
			chat_session_id: chat.id,
		};
		const [mail] =
			review.qa_status === 'issue'
				? await queueMail(tx, {
						...envelope,
						template: 'review_issue',
						data: {
							...commonData,
							reviewer,
							reasons: review.reasons.map((reason) => reason.replaceAll('_', ' ')),
							notes: review.notes ?? '',
							excerpt: await loadExcerpt(tx, chat.id, review.message_id),
						},
					})
				: await queueMail(tx, {
						...envelope,
						template: 'review_fixed',
						data: {
							...commonData,
							fixed_by: reviewer,
							developer_feedback: review.developer_feedback ?? '',
						},
					});
		if (mail) await markSent(tx, mail.id, review.created_at);
	}
	await createNotification(tx);
}

/** Creates the notification about the newest overdue lead, for a user with notification settings. */
async function createNotification(tx: Ctx): Promise<void> {
	const [overdueLead] = await tx.db
		.select({ lead: leads, session_id: chat_sessions.public_id, site: sites.name, to: users.email })
		.from(leads)
		.innerJoin(chat_sessions, eq(chat_sessions.id, leads.chat_session_id))
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.innerJoin(users, isNotNull(users.notification_settings))
		.where(isNotNull(leads.overdue_at))
		.orderBy(desc(leads.overdue_at))
		.limit(1);
	const overdue_at = overdueLead?.lead.overdue_at;
	if (!overdue_at) return;
	const { lead, session_id, site, to } = overdueLead;
	const { publicUrl } = tx.app.config;
	const [mail] = await queueMail(tx, {
		template: 'notification',
		data: {
			title: `Lead overdue on ${site}`,
			body: 'No one has replied to it yet.',
			site,
			visitor: lead.name,
			url: `${publicUrl}/inbox/${session_id}`,
			settings_url: `${publicUrl}/settings/notifications`,
		},
		to,
		dedupe_key: 'seeded:notification',
		chat_session_id: lead.chat_session_id,
	});
	if (mail) await markSent(tx, mail.id, overdue_at);
}

async function markSent({ db }: Ctx, id: number, at: Date): Promise<void> {
	await db.update(mails).set({ created_at: at }).where(eq(mails.id, id));
	await db
		.update(mails)
		.set({ status: 'sent', sent_at: at, next_attempt_at: null, attempt_count: sql`1` })
		.where(and(eq(mails.id, id), eq(mails.status, 'pending')));
}
