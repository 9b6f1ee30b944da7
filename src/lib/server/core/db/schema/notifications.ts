import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import type { MailStatus, MailTemplate } from '#lib/contract/mail.ts';
import type { AlertKind, PushPayload } from '#lib/contract/notification.ts';
import { sessionRef } from './chat-sessions.ts';
import { at, createdAt, id, jsonb, ref, sendColumns, text, uuid } from './columns.ts';
import { siteRef } from './sites.ts';
import { users } from './users.ts';

/** Alerts to users, written in the transaction of their event. A job then queues the messages to each user. */
export const alerts = pgTable(
	'alerts',
	{
		id: id(),
		kind: text().$type<AlertKind>().notNull(),
		site_id: siteRef('cascade').notNull(),
		/** The chat that the alert is about. Deleting the chat deletes the alert. */
		chat_session_id: sessionRef(),
		/** Ensures one alert per occurrence. */
		dedupe_key: text().notNull().unique(),
		/** The message's data; never a visitor's name or contact details. */
		detail: jsonb().$type<Record<string, unknown>>().notNull(),
		/** When the alert becomes irrelevant and is no longer sent. */
		expires_at: at().notNull(),
		created_at: createdAt(),
		/** When the alert's messages were queued. */
		queued_at: at(),
	},
	(table) => [
		// Alerts whose messages are not queued yet.
		index('alerts_due')
			.on(table.id)
			.where(sql`${table.queued_at} is null`),
		// Alerts about one chat session.
		index('alerts_session')
			.on(table.chat_session_id)
			.where(sql`${table.chat_session_id} is not null`),
	],
);

/** The browsers in which users turned on push notifications. */
export const push_subscriptions = pgTable(
	'push_subscriptions',
	{
		id: id(),
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		/** The auth session that created the subscription. Signing out deletes the subscription; expiry of an idle session doesn't. */
		auth_session_id: text().notNull(),
		/** The push service's URL for this browser, which identifies it. */
		endpoint: text().notNull().unique(),
		/** The browser's public key and secret as JSON, sealed. */
		sealed_keys: text().notNull(),
		user_agent: text(),
		created_at: createdAt(),
		/** When the push service last accepted a message. */
		last_used_at: at(),
		failing_since: at(),
		last_error: text(),
	},
	(table) => [
		// A user's devices.
		index('push_subscriptions_user').on(table.user_id),
		// The device of an auth session.
		index('push_subscriptions_auth_session').on(table.auth_session_id),
	],
);

/** The outbox of push messages: one message to one device each. */
export const push_messages = pgTable(
	'push_messages',
	{
		id: id(),
		subscription_id: ref()
			.notNull()
			.references(() => push_subscriptions.id, { onDelete: 'cascade' }),
		/** The chat that the message is about. Deleting the chat deletes the message. */
		chat_session_id: sessionRef(),
		/** A device receives each key at most once. */
		dedupe_key: text().notNull(),
		payload: jsonb().$type<PushPayload>().notNull(),
		urgency: text().$type<'normal' | 'high'>().notNull(),
		/** After this time, the message isn't sent, and the push service drops it. */
		expires_at: at().notNull(),
		status: text().$type<'pending' | 'sent' | 'failed'>().notNull().default('pending'),
		...sendColumns(),
	},
	(table) => [
		// No duplicate messages.
		uniqueIndex('push_messages_dedupe').on(table.subscription_id, table.dedupe_key),
		// Due messages.
		index('push_messages_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// Messages about one chat session.
		index('push_messages_session')
			.on(table.chat_session_id)
			.where(sql`${table.chat_session_id} is not null`),
		check('push_messages_status', sql`${table.status} in ('pending', 'sent', 'failed')`),
	],
);

/** Subscriptions to sites' weekly reports by email. */
export const report_subscriptions = pgTable(
	'report_subscriptions',
	{
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		site_id: siteRef('cascade').notNull(),
		/** The secret in the link that unsubscribes without signing in. */
		token: uuid().notNull().unique().defaultRandom(),
		created_at: createdAt(),
	},
	(table) => [
		// A user's sites.
		primaryKey({ columns: [table.user_id, table.site_id] }),
		// The subscriptions of a deleted site.
		index('report_subscriptions_site').on(table.site_id),
	],
);

/** Mails, each to one address, written in the transaction that causes them. Without a mail account, they can be read in the dashboard's outbox. */
export const mails = pgTable(
	'mails',
	{
		id: id(),
		template: text().$type<MailTemplate>().notNull(),
		to: text().notNull(),
		subject: text().notNull(),
		html: text().notNull(),
		text: text().notNull(),
		/** The chat that the mail quotes. Deleting the chat deletes the mail. */
		chat_session_id: sessionRef(),
		/** The sealed one-time link that replaces a placeholder in the bodies; deleted once sent. */
		sealed_link: text(),
		/** The recipient's unsubscribe URL, also sent in the mail's headers. */
		unsubscribe_url: text(),
		/** An address receives each key at most once. */
		dedupe_key: text().notNull(),
		/** Identifies the mail to the mail service in every attempt. */
		idempotency_key: text().notNull(),
		status: text().$type<MailStatus>().notNull(),
		...sendColumns(),
	},
	(table) => [
		// No duplicate mails.
		uniqueIndex('mails_dedupe').on(table.dedupe_key, sql`lower(${table.to})`),
		// Due mails.
		index('mails_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// The lists of all mails, and by status.
		index('mails_list').on(table.created_at, table.id),
		index('mails_status_list').on(table.status, table.created_at, table.id),
		// Mails that quote one chat session.
		index('mails_session')
			.on(table.chat_session_id)
			.where(sql`${table.chat_session_id} is not null`),
		check('mails_status', sql`${table.status} in ('pending', 'sent', 'failed', 'outbox')`),
	],
);
