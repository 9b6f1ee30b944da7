import { and, asc, desc, eq, lte } from 'drizzle-orm';
import type { Sender } from '#lib/contract/common.ts';
import type { Review } from '#lib/contract/review.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import {
	chat_sessions,
	leads,
	messages,
	reviews,
	sites,
	users,
} from '#lib/server/core/db/schema/index.ts';
import { queueMail } from './queue.ts';

/** Queues mails about reviews, in the transaction of their event. */
export function subscribeMail({ events }: App): void {
	events.onRecorded('review.submitted', async (ctx, { session_id, review }) => {
		if (review.qa_status === 'issue') await queueIssueMail(ctx, session_id, review);
		if (review.qa_status === 'fixed') await queueFixedMail(ctx, session_id, review);
	});
}

async function queueIssueMail(ctx: Ctx, session_id: string, review: Review): Promise<void> {
	const chat = await findChat(ctx, session_id);
	if (!chat) return;
	await queueMail(ctx, {
		template: 'review_issue',
		data: {
			...chat.data,
			reviewer: review.reviewer,
			reasons: review.reasons.map((reason) => reason.replaceAll('_', ' ')),
			notes: review.notes ?? '',
			expected: review.expected,
			excerpt: await loadExcerpt(ctx, chat.id, review.message_id),
		},
		to: await listDeveloperAddresses(ctx, chat.site_id),
		dedupe_key: `review_issue:${review.id}`,
		chat_session_id: chat.id,
	});
}

async function queueFixedMail(ctx: Ctx, session_id: string, review: Review): Promise<void> {
	const chat = await findChat(ctx, session_id);
	const to = chat && (await findReviewer(ctx, chat.id));
	if (!chat || !to) return;
	await queueMail(ctx, {
		template: 'review_fixed',
		data: {
			...chat.data,
			fixed_by: review.reviewer,
			developer_feedback: review.developer_feedback ?? '',
		},
		to,
		dedupe_key: `review_fixed:${review.id}`,
		chat_session_id: chat.id,
	});
}

/** Loads the chat's data for a mail. Returns undefined for test chats, about which no one is notified. */
async function findChat(ctx: Ctx, session_id: string) {
	const [row] = await ctx.db
		.select({
			id: chat_sessions.id,
			channel: chat_sessions.channel,
			site_id: sites.id,
			site: sites.name,
			visitor: leads.name,
		})
		.from(chat_sessions)
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.leftJoin(leads, eq(leads.chat_session_id, chat_sessions.id))
		.where(eq(chat_sessions.public_id, session_id));
	if (!row || row.channel === 'test') return undefined;
	const { id, site_id, site } = row;
	const url = `${ctx.app.config.publicUrl}/inbox/${session_id}`;
	return { id, site_id, data: { site, visitor: row.visitor ?? `Visitor ${id}`, session_id, url } };
}

/** Returns the address of the user who reported the chat's latest issue, if they are active. */
async function findReviewer(ctx: Ctx, chatSessionId: number): Promise<string | undefined> {
	const [row] = await ctx.db
		.select({ email: users.email, is_active: users.is_active })
		.from(reviews)
		.innerJoin(users, eq(users.id, reviews.user_id))
		.where(and(eq(reviews.chat_session_id, chatSessionId), eq(reviews.qa_status, 'issue')))
		.orderBy(desc(reviews.id))
		.limit(1);
	return row?.is_active ? row.email : undefined;
}

const EXCERPT_LINES = 8;
const MAX_LINE_LENGTH = 400;

const SENDER_NAMES: Record<Sender, string> = {
	visitor: 'Visitor',
	ai: 'AI',
	agent: 'Team',
	system: 'Frontdesk',
};

/** Returns the last messages of a conversation, or those up to the message with the issue if there is one. */
export async function loadExcerpt(ctx: Ctx, chatSessionId: number, issueMessageId: number | null) {
	const rows = await ctx.db
		.select({ id: messages.id, sender: messages.sender, message: messages.message })
		.from(messages)
		.where(
			and(
				eq(messages.chat_session_id, chatSessionId),
				issueMessageId === null ? undefined : lte(messages.id, issueMessageId),
			),
		)
		.orderBy(desc(messages.id))
		.limit(EXCERPT_LINES);
	return rows.reverse().map(({ id, sender, message }) => ({
		who: SENDER_NAMES[sender],
		text: truncate(message),
		is_marked: id === issueMessageId,
	}));
}

const truncate = (text: string) =>
	text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH).toWellFormed()}…` : text;

const MAX_ADDRESSES = 20;

/** Returns the recipients of mail about failures and issues: the site's developers, else DEVELOPER_EMAILS, else the admins. */
export async function listDeveloperAddresses(ctx: Ctx, siteId?: number): Promise<string[]> {
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
