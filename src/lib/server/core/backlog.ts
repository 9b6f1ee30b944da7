import { sql, type SQL } from 'drizzle-orm';
import { Gauge } from 'prom-client';
import { z } from 'zod';
import type { Core } from './context.ts';
import { OUTBOX_TABLES } from './outbox/outbox.ts';

/** The maximum number of sites with their own label; the rest are aggregated as `other`. */
const MAX_SITES = 20;
/** The maximum wait for the query, after which the scrape omits these gauges. */
const READ_TIMEOUT_MS = 2_000;
/** How long a reading is cached, so that all gauges of a scrape share one. */
const MAX_AGE_MS = 500;

const backlogSchema = z.object({
	queued: z.array(z.object({ site: z.string(), turns: z.number() })),
	oldest_message_seconds: z.coerce.number(),
	outboxes: z.record(
		z.enum(OUTBOX_TABLES),
		z.object({ pending: z.number(), oldest_seconds: z.number(), overdue_seconds: z.number() }),
	),
});
type Backlog = z.infer<typeof backlogSchema>;

/** Registers gauges of the pending work in the database. Every process reports the same values, so aggregate them with `max`. */
export function registerBacklogGauges(app: Core): void {
	let reading: { at: number; result: Promise<Backlog | undefined> } | undefined;
	const read = () => {
		if (!reading || performance.now() - reading.at > MAX_AGE_MS) {
			reading = { at: performance.now(), result: readWithTimeout(app) };
		}
		return reading.result;
	};
	const registerGauge = (name: string, help: string, pick: (backlog: Backlog) => number) => {
		const instrument = new Gauge({
			name,
			help,
			registers: [app.metrics.registry],
			async collect() {
				const backlog = await read();
				if (backlog) instrument.set(pick(backlog));
				else instrument.remove();
			},
		});
	};
	const registerOutboxGauge = (
		name: string,
		help: string,
		pick: (state: Backlog['outboxes']['mails']) => number,
	) => {
		const instrument = new Gauge({
			name,
			help,
			labelNames: ['outbox'] as const,
			registers: [app.metrics.registry],
			async collect() {
				const backlog = await read();
				instrument.reset();
				for (const [outbox, state] of Object.entries(backlog?.outboxes ?? {})) {
					instrument.set({ outbox }, pick(state));
				}
			},
		});
	};
	registerGauge(
		'frontdesk_oldest_unanswered_message_age_seconds',
		'Age of the oldest visitor message without an AI reply, or of the oldest chat that waits for its greeting',
		({ oldest_message_seconds }) => oldest_message_seconds,
	);
	registerGauge(
		'frontdesk_deliveries_pending',
		'Webhook deliveries that are due or waiting for their next attempt',
		({ outboxes }) => outboxes.deliveries.pending,
	);
	registerGauge(
		'frontdesk_oldest_pending_delivery_age_seconds',
		'Age of the oldest pending webhook delivery',
		({ outboxes }) => outboxes.deliveries.oldest_seconds,
	);
	registerGauge(
		'frontdesk_delivery_delay_seconds',
		'How long the most overdue webhook delivery has been due without an attempt',
		({ outboxes }) => outboxes.deliveries.overdue_seconds,
	);
	registerGauge(
		'frontdesk_mails_pending',
		'Pending mails',
		({ outboxes }) => outboxes.mails.pending,
	);
	registerGauge(
		'frontdesk_oldest_pending_mail_age_seconds',
		'Age of the oldest pending mail',
		({ outboxes }) => outboxes.mails.oldest_seconds,
	);
	registerOutboxGauge(
		'frontdesk_outbox_pending',
		'Pending rows, by outbox',
		(state) => state.pending,
	);
	registerOutboxGauge(
		'frontdesk_outbox_oldest_pending_age_seconds',
		'Age of the oldest pending row, by outbox',
		(state) => state.oldest_seconds,
	);
	registerOutboxGauge(
		'frontdesk_outbox_delay_seconds',
		'How long the most overdue row has been due without an attempt, by outbox',
		(state) => state.overdue_seconds,
	);
	const queued = new Gauge({
		name: 'frontdesk_turns_queued',
		help: `Queued AI turns, by site: the ${MAX_SITES} longest queues, and the rest as "other"`,
		labelNames: ['site'] as const,
		registers: [app.metrics.registry],
		async collect() {
			const backlog = await read();
			queued.reset();
			for (const { site, turns } of backlog?.queued ?? []) queued.set({ site }, turns);
		},
	});
}

async function readWithTimeout(app: Core): Promise<Backlog | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise<undefined>((resolve) => {
		timer = setTimeout(() => resolve(undefined), READ_TIMEOUT_MS);
	});
	const backlog = readBacklog(app).catch((error: unknown) => {
		app.log.warn({ err: error }, 'could not read the backlog for /metrics');
		return undefined;
	});
	return Promise.race([backlog, timeout]).finally(() => clearTimeout(timer));
}

/** Reads the backlog, using partial indexes on pending rows. */
async function readBacklog({ db }: Core): Promise<Backlog> {
	const getAge = (at: string) =>
		sql.raw(`coalesce(greatest(extract(epoch from now() - ${at}), 0), 0)`);
	const { rows } = await db.execute(sql`
		with unanswered as (
			select s.site_id, s.turn_id is null as is_queued, coalesce(m.created_at, s.created_at) as since
			from chat_sessions s
			left join ai_turns t on t.turn_id = s.turn_id
			left join lateral (
				select created_at from messages
				where chat_session_id = s.id and sender = 'visitor' and id > coalesce(
					case when s.turn_id is null then s.answered_through_id else t.after_message_id end, 0)
				order by id limit 1
			) m on true
			where (s.is_awaiting_reply or s.turn_id is not null) and not s.ai_paused
		), queues as (
			select site_id, count(*)::int as turns, row_number() over (order by count(*) desc, site_id) as place
			from unanswered where is_queued group by site_id
		), labeled as (
			select case when place <= ${MAX_SITES} then site.key else 'other' end as site, sum(turns)::int as turns
			from queues join sites site on site.id = queues.site_id group by 1
		)
		select
			(select coalesce(json_agg(json_build_object('site', site, 'turns', turns)), '[]') from labeled) as queued,
			(select ${getAge('min(since)')} from unanswered) as oldest_message_seconds,
			(select json_object_agg(outbox, json_build_object(
				'pending', pending, 'oldest_seconds', oldest_seconds, 'overdue_seconds', overdue_seconds
			)) from (${selectOutboxStates(getAge)}) states) as outboxes`);
	return backlogSchema.parse(rows[0]);
}

/** Returns a query for the state of each outbox, one row each. */
const selectOutboxStates = (getAge: (at: string) => SQL): SQL =>
	sql.join(
		OUTBOX_TABLES.map(
			(
				table,
			) => sql`select ${table}::text as outbox, count(*) as pending, ${getAge('min(created_at)')} as oldest_seconds,
				${getAge('min(next_attempt_at) filter (where claimed_until is null or claimed_until < now())')} as overdue_seconds
			from ${sql.identifier(table)} where status = 'pending'`,
		),
		sql` union all `,
	);
