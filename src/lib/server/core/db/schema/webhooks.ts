import { sql } from 'drizzle-orm';
import { check, index, pgTable, uniqueIndex, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { DeliveryStatus } from '#lib/contract/delivery.ts';
import type { WebhookEvent } from '#lib/contract/events.ts';
import { sessionRef } from './chat-sessions.ts';
import { at, boolean, createdAt, id, integer, jsonb, outboxColumns, ref, text } from './columns.ts';
import { siteRef } from './sites.ts';

/** Endpoints that sites' events are delivered to. */
export const webhook_endpoints = pgTable(
	'webhook_endpoints',
	{
		id: id(),
		site_id: siteRef('cascade').notNull(),
		url: text().notNull(),
		/** The `whsec_…` secret, sealed (see secrets.ts). */
		sealed_secret: text().notNull(),
		/** An auth header for each delivery, its value sealed; null for none. */
		auth_header: jsonb().$type<{ name: string; sealed_value: string }>(),
		/** The secret before the last rotation. It also signs deliveries until it expires. */
		previous_sealed_secret: text(),
		previous_secret_until: at(),
		events: text().array().$type<WebhookEvent[]>().notNull(),
		is_enabled: boolean().notNull().default(true),
		disabled_reason: text(),
		/** When deliveries started failing; null after a success. */
		failing_since: at(),
		/** Whether every start creates or updates the endpoint from `LEAD_WEBHOOK_URL`. */
		is_from_environment: boolean().notNull().default(false),
		/** A deleted endpoint keeps its deliveries, but receives no new ones. */
		deleted_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		// The endpoints of a site.
		index('webhook_endpoints_site').on(table.site_id),
		// One endpoint from the environment, even when several processes start together.
		uniqueIndex('webhook_endpoints_environment')
			.on(table.site_id)
			.where(sql`${table.is_from_environment}`),
	],
);

const pendingUpdateCondition = (table: { status: AnyPgColumn; event: AnyPgColumn }) =>
	sql`${table.status} = 'pending' and ${table.event} = 'lead.updated'`;

/** The outbox of webhooks: one event for one endpoint each, written in the transaction of the event. */
export const deliveries = pgTable(
	'deliveries',
	{
		id: id(),
		webhook_id: text().notNull().unique(),
		endpoint_id: ref()
			.notNull()
			.references(() => webhook_endpoints.id, { onDelete: 'cascade' }),
		/** The chat session that the body quotes. Deleting it deletes the delivery. */
		chat_session_id: sessionRef(),
		event: text().$type<WebhookEvent>().notNull(),
		/** An endpoint receives each key at most once. */
		dedupe_key: text().notNull(),
		/** The exact bytes that are signed and sent in every attempt; empty after their retention period. */
		body: text().notNull(),
		status: text().$type<DeliveryStatus>().notNull().default('pending'),
		/**
		 * The lead's previous delivery to this endpoint, which must be sent first. Not a foreign key, because both are deleted
		 * with the chat session.
		 */
		follows_id: ref(),
		/** The version of the lead in the body; 0 if the body has no lead. */
		lead_version: integer().notNull().default(1),
		/** The lead fields that an amendment changes. */
		changed: text().array().notNull().default([]),
		...outboxColumns(),
		created_at: createdAt(),
		delivered_at: at(),
	},
	(table) => [
		// No duplicate deliveries.
		uniqueIndex('deliveries_dedupe').on(table.endpoint_id, table.dedupe_key),
		// Due deliveries by endpoint, so that one endpoint's backlog doesn't delay the others.
		index('deliveries_due')
			.on(table.endpoint_id, table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// An endpoint's newest pending deliveries, and those that are claimed.
		index('deliveries_newest')
			.on(table.endpoint_id, table.id)
			.where(sql`${table.status} = 'pending'`),
		index('deliveries_claimed')
			.on(table.endpoint_id)
			.where(sql`${table.status} = 'pending' and ${table.claimed_until} is not null`),
		// Lists by status.
		index('deliveries_list').on(table.status, table.id),
		// Deliveries whose body is past its retention period.
		index('deliveries_old')
			.on(table.created_at, table.id)
			.where(sql`${table.body} <> '' and ${table.status} <> 'pending'`),
		// The deliveries of a chat session.
		index('deliveries_session').on(table.chat_session_id),
		// The count of leads with a pending update.
		index('deliveries_pending_updates')
			.on(table.chat_session_id)
			.concurrently()
			.where(pendingUpdateCondition(table)),
		check('deliveries_status', sql`${table.status} in ('pending', 'delivered', 'failed')`),
	],
);

/** The condition of the index `deliveries_pending_updates`. */
export const isPendingUpdate = pendingUpdateCondition(deliveries);

/** Delivery attempts. */
export const delivery_attempts = pgTable(
	'delivery_attempts',
	{
		id: id(),
		delivery_id: ref()
			.notNull()
			.references(() => deliveries.id, { onDelete: 'cascade' }),
		number: integer().notNull(),
		started_at: at().notNull(),
		duration_ms: integer().notNull(),
		http_status: integer(),
		/** The first 2 KB of the response. */
		response: text(),
		error: text(),
	},
	(table) => [uniqueIndex('delivery_attempts_number').on(table.delivery_id, table.number)],
);
