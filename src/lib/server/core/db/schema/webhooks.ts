import { sql } from 'drizzle-orm';
import {
	boolean,
	check,
	index,
	integer,
	jsonb,
	pgTable,
	text,
	uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { DeliveryStatus } from '#lib/contract/delivery.ts';
import type { WebhookEvent } from '#lib/contract/events.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, outboxColumns, ref } from './columns.ts';
import { sites } from './sites.ts';

/** Where a site's events are sent. */
export const webhook_endpoints = pgTable(
	'webhook_endpoints',
	{
		id: id(),
		site_id: ref()
			.notNull()
			.references(() => sites.id, { onDelete: 'cascade' }),
		url: text().notNull(),
		/** The `whsec_…` secret, sealed (see secrets.ts). */
		sealed_secret: text().notNull(),
		/** Sent with each delivery, its value sealed; null: none. */
		auth_header: jsonb().$type<{ name: string; sealed_value: string }>(),
		/** The secret before it was rotated: it signs, too, until its time is over. */
		previous_sealed_secret: text(),
		previous_secret_until: at(),
		events: text().array().$type<WebhookEvent[]>().notNull(),
		is_enabled: boolean().notNull().default(true),
		disabled_reason: text(),
		/** The first of the failures that no success has followed. */
		failing_since: at(),
		/** The one that LEAD_WEBHOOK_URL decides at every start. */
		is_from_environment: boolean().notNull().default(false),
		/** Its deliveries are kept; nothing is sent there any more. */
		deleted_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		// The endpoints that an event of a site goes to.
		index('webhook_endpoints_site').on(table.site_id),
		// Processes that start together make one endpoint from the environment.
		uniqueIndex('webhook_endpoints_environment')
			.on(table.site_id)
			.where(sql`${table.is_from_environment}`),
	],
);

/** The outbox: one event on its way to one endpoint, written with what it tells of. */
export const deliveries = pgTable(
	'deliveries',
	{
		id: id(),
		webhook_id: text().notNull().unique(),
		endpoint_id: ref()
			.notNull()
			.references(() => webhook_endpoints.id, { onDelete: 'cascade' }),
		/** The body holds what was said: it goes with the chat session. */
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'cascade' }),
		event: text().$type<WebhookEvent>().notNull(),
		/** What makes the event one: the same key is delivered to an endpoint once. */
		dedupe_key: text().notNull(),
		/** The exact bytes that are signed and sent, the same for every attempt; empty when they have been forgotten. */
		body: text().notNull(),
		status: text().$type<DeliveryStatus>().notNull().default('pending'),
		...outboxColumns(),
		created_at: createdAt(),
		delivered_at: at(),
	},
	(table) => [
		// Each completion makes exactly one delivery to an endpoint.
		uniqueIndex('deliveries_dedupe').on(table.endpoint_id, table.dedupe_key),
		// What is due now, endpoint by endpoint, so that the backlog of one hides nothing of the others.
		index('deliveries_due')
			.on(table.endpoint_id, table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// The newest ones that wait, and those with a call under way, of one endpoint.
		index('deliveries_newest')
			.on(table.endpoint_id, table.id)
			.where(sql`${table.status} = 'pending'`),
		index('deliveries_claimed')
			.on(table.endpoint_id)
			.where(sql`${table.status} = 'pending' and ${table.claimed_until} is not null`),
		// Lists by status, and of one chat session.
		index('deliveries_list').on(table.status, table.id),
		// Those whose body may be forgotten.
		index('deliveries_old')
			.on(table.created_at, table.id)
			.where(sql`${table.body} <> '' and ${table.status} <> 'pending'`),
		index('deliveries_session').on(table.chat_session_id),
		check('deliveries_status', sql`${table.status} in ('pending', 'delivered', 'failed')`),
	],
);

/** Every call that was made for a delivery. */
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
		/** The first 2 KB of the answer. */
		response: text(),
		error: text(),
	},
	(table) => [uniqueIndex('delivery_attempts_number').on(table.delivery_id, table.number)],
);
