import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { webhookLabels } from '#lib/contract/all-events.ts';
import { type Delivery, deliveryStatus } from '#lib/contract/delivery.ts';
import { webhookEvent } from '#lib/contract/events.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { RETRIES } from './claims.ts';

const MAX_ATTEMPTS_SHOWN = 20;

/** The base query for all reads of deliveries (aliases d, e, site, s), each with its newest attempts, oldest first. */
const SELECT_DELIVERIES = sql`
	select d.id, d.webhook_id, d.event, s.public_id as session_id, site.key as site, d.endpoint_id, e.url, d.lead_version, d.changed, previous.webhook_id as follows, d.status, d.attempt_count,
		d.next_attempt_at, d.created_at, d.delivered_at, attempts.attempts,
		case when d.status = 'failed' and d.schedule_step <= ${RETRIES.pausesMs.length} then e.disabled_reason end as given_up_because
	from deliveries d
	join webhook_endpoints e on e.id = d.endpoint_id
	join sites site on site.id = e.site_id
	left join chat_sessions s on s.id = d.chat_session_id
	left join deliveries previous on previous.id = d.follows_id
	cross join lateral (
		select coalesce(json_agg(newest order by newest.number), '[]') as attempts from (
			select a.number, a.started_at, a.duration_ms, a.http_status, a.response, a.error
			from delivery_attempts a where a.delivery_id = d.id
			order by a.number desc limit ${MAX_ATTEMPTS_SHOWN}
		) newest
	) attempts`;

const storedDeliverySchema = z.object({
	id: z.coerce.number(),
	webhook_id: z.string(),
	event: webhookEvent,
	session_id: z.string().nullable(),
	site: z.string(),
	endpoint_id: z.coerce.number(),
	url: z.string(),
	lead_version: z.number(),
	changed: z.array(z.string()),
	follows: z.string().nullable(),
	status: deliveryStatus,
	attempt_count: z.number(),
	next_attempt_at: z.coerce.date().nullable(),
	created_at: z.coerce.date(),
	delivered_at: z.coerce.date().nullable(),
	given_up_because: z.string().nullable(),
	attempts: z.array(
		z.object({
			number: z.number(),
			started_at: z.coerce.date(),
			duration_ms: z.number(),
			http_status: z.number().nullable(),
			response: z.string().nullable(),
			error: z.string().nullable(),
		}),
	),
});

/** Returns a query for deliveries in the contract's shape, newest first. */
export const selectDeliveries = (where: SQL, limit: number): Read<Delivery[]> => ({
	query: sql`${SELECT_DELIVERIES} where ${where} order by d.id desc limit ${limit}`,
	parse: (rows) => z.array(storedDeliverySchema).parse(rows).map(presentDelivery),
});

/** Returns the deliveries with these row ids, newest first. */
export const findDeliveries = (db: Db, ids: number[]): Promise<Delivery[]> =>
	runRead(db, selectDeliveries(sql`d.id = any(${sql.param(ids)}::bigint[])`, ids.length));

/** Returns a newly inserted delivery in the contract's shape. `row` contains the delivery's columns and the joined ones. */
export const presentNewDelivery = (row: Record<string, unknown>): Delivery =>
	presentDelivery(storedDeliverySchema.parse({ ...row, attempts: [], given_up_because: null }));

/** In a shorter path, four characters may be most of the secret. */
const MIN_PATH_LENGTH = 20;

function getPathEnd(url: string): string | null {
	const path = URL.parse(url)?.pathname.replace(/\/+$/, '') ?? '';
	return path.length < MIN_PATH_LENGTH ? null : path.slice(-4);
}

function presentDelivery(row: z.infer<typeof storedDeliverySchema>): Delivery {
	const { given_up_because, ...delivery } = row;
	const lastAttempt = row.attempts.at(-1);
	return {
		...delivery,
		// Only the origin: agents and API keys that can't read endpoints can read deliveries.
		url: URL.parse(row.url)?.origin ?? '',
		url_end: getPathEnd(row.url),
		event_label: webhookLabels[row.event],
		lead_version: row.lead_version === 0 ? null : row.lead_version,
		next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
		last_http_status: lastAttempt?.http_status ?? null,
		last_error: given_up_because ?? lastAttempt?.error ?? null,
		attempts: row.attempts.map((attempt) => ({
			...attempt,
			started_at: attempt.started_at.toISOString(),
		})),
		created_at: row.created_at.toISOString(),
		delivered_at: row.delivered_at?.toISOString() ?? null,
	};
}
