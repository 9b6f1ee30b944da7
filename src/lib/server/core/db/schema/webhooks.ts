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
		/** The secret before its rotation, which also signs deliveries until it expires. */
		previous_sealed_secret: text(),
		previous_secret_until: at(),
		events: text().array().$type<WebhookEvent[]>().notNull(),
		is_enabled: boolean().notNull().default(true),
		disabled_reason: text(),
		/** When deliveries started failing; null after a success. */
		failing_since: at(),
		/** Whether it is managed by `LEAD_WEBHOOK_URL`, from which it is created and updated on every start. */
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
		/** The body quotes the chat session, with which it is deleted. */
		chat_session_id: sessionRef(),
		event: text().$type<WebhookEvent>().notNull(),
		/** Each key is delivered to an endpoint at most once. */
		dedupe_key: text().notNull(),
		/** The exact bytes that are signed and sent in every attempt; empty after their retention period. */
		body: text().notNull(),
		status: text().$type<DeliveryStatus>().notNull().default('pending'),
		/**
		 * The delivery before this one in the chain of a lead's deliveries to the endpoint, which is sent first. Not a foreign
		 * key: both belong to the chat session and are deleted with it.
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
		// One delivery per completion and endpoint.
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
		// Lists by status, and of one chat session.
		index('deliveries_list').on(table.status, table.id),
		// Deliveries whose body is past its retention period.
		index('deliveries_old')
			.on(table.created_at, table.id)
			.where(sql`${table.body} <> '' and ${table.status} <> 'pending'`),
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

/** The attempts of deliveries. */
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
