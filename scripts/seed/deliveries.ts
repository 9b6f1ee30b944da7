import type { WebhookEvent } from '#lib/contract/events.ts';
import type { Review } from '#lib/contract/review.ts';
import type { deliveries, delivery_attempts } from '#lib/server/core/db/schema/index.ts';
import { presentLead } from '#lib/server/leads/get.ts';
import { getNextAttemptAt } from '#lib/server/core/retries.ts';
import { presentSession } from '#lib/server/conversations/sessions/get.ts';
import { buildPayload } from '#lib/server/delivery/webhooks/payload.ts';
import { RETRIES } from '#lib/server/delivery/webhooks/claims.ts';
import { DAY, HOUR, MINUTE, SECOND } from './calendar.ts';
import type { Chat } from './chat.ts';
import { buildLead, type LeadRow } from './lead.ts';
import type { Rows, SeedContext } from './batch.ts';
import type { Random } from './random.ts';
import { presentMessage, toSessionRow } from './session.ts';

/** Idle time after which the seeded sites' chats are abandoned, in minutes. */
export const IDLE_MINUTES = 30;

export type DeliveryRow = typeof deliveries.$inferSelect;
export type AttemptRow = Omit<typeof delivery_attempts.$inferInsert, 'id'>;

/** An event that endpoints receive. */
interface DeliverableEvent {
	chat: Chat;
	event: WebhookEvent;
	key: string | number;
	at: Date;
	lead_id: number;
	idle_minutes: number;
	review?: Review;
	/** Why a completion was undone. */
	reason?: string;
	/** The earlier deliveries that this event amends, and the lead fields that have changed since. */
	amendment?: { deliveries: DeliveryRow[]; changed: string[] };
}

/** Generates the deliveries of an event, one per subscribed endpoint, with the attempts up to now. */
export function generateDeliveries(
	random: Random,
	event: DeliverableEvent,
	now: Date,
	nextId: () => number,
): { deliveries: DeliveryRow[]; attempts: AttemptRow[] } {
	const { chat, event: name, at, amendment } = event;
	const findAmended = (endpoint: { id: number }) =>
		amendment?.deliveries.find(({ endpoint_id }) => endpoint_id === endpoint.id);
	const endpoints = chat.site.endpoints
		.filter(({ events }) => events.some((subscribed) => subscribed === name))
		// A delivery that is still being retried blocks later ones.
		.filter((endpoint) => !amendment || (findAmended(endpoint)?.delivered_at ?? now) < at);
	const generated = endpoints.map((endpoint) => {
		const amendedDelivery = findAmended(endpoint);
		const id = nextId();
		const { attempts, ...state } = generateAttempts(random, { id, at, now, url: endpoint.url });
		const row: DeliveryRow = {
			id,
			webhook_id: `msg_${random.text(24)}`,
			endpoint_id: endpoint.id,
			chat_session_id: chat.id,
			event: name,
			dedupe_key: `${name}:${event.key}`,
			body: createBody(event, amendedDelivery),
			follows_id: amendedDelivery?.id ?? null,
			lead_version: buildLead(chat, at, event.lead_id)?.version ?? 0,
			changed: amendment?.changed ?? [],
			claimed_until: null,
			created_at: at,
			...state,
		};
		return { row, attempts };
	});
	return {
		deliveries: generated.map(({ row }) => row),
		attempts: generated.flatMap(({ attempts }) => attempts),
	};
}

function createBody(
	{ chat, event, at, lead_id, idle_minutes, review, reason, amendment }: DeliverableEvent,
	amendedDelivery: DeliveryRow | undefined,
): string {
	const { template } = chat.site;
	const lead = buildLead(chat, at, lead_id);
	const messages = chat.messages.filter((message) => message.at <= at);
	const session = presentSession({
		session: toSessionRow(chat, at, idle_minutes),
		site_key: template.key,
		site_name: template.name,
		assignee_name: chat.takeover?.by.name ?? null,
		assignee_photo_key: null,
		visitor_name: lead?.name ?? null,
		has_contact: (lead?.email ?? lead?.phone ?? null) !== null,
		lead_score: lead?.score ?? null,
		last_author: messages.at(-1)?.user?.name ?? null,
	});
	return buildPayload(event, at, {
		session,
		lead: lead ? presentLead(lead, chat.session_id) : null,
		messages: messages.map((message) => presentMessage(chat, message)),
		...(review && { review }),
		...(reason && { reason }),
		...(amendment && { changed: amendment.changed, amends: amendedDelivery?.webhook_id }),
	});
}

/** Outages of the sites' endpoints, by a part of their URL. */
const OUTAGES: Record<string, { started_ago_ms: number; duration_ms: number }[]> = {
	'hartmann-roofing': [{ started_ago_ms: 23 * DAY, duration_ms: 5 * HOUR }],
	'lakeside-dental': [{ started_ago_ms: 40 * DAY, duration_ms: 80 * HOUR }],
	'northbeam-saas': [{ started_ago_ms: 3 * HOUR, duration_ms: 3 * HOUR }],
};
const ACCEPTED_RESPONSE = {
	http_status: 200,
	response: '{"message":"Workflow was started"}',
	error: null,
};
const FAILED_RESPONSES = [
	{
		http_status: 503,
		response: 'Service Unavailable',
		error: 'the webhook responded with status 503',
	},
	{ http_status: null, response: null, error: 'the webhook sent no response within 15 s' },
	{
		http_status: 500,
		response: '{"code":0,"message":"Error in workflow"}',
		error: 'the webhook responded with status 500',
	},
];

function generateAttempts(
	random: Random,
	delivery: { id: number; at: Date; now: Date; url: string },
) {
	const attempts: AttemptRow[] = [];
	const outages = Object.entries(OUTAGES).find(([key]) => delivery.url.includes(key))?.[1] ?? [];
	let next: Date | null = new Date(delivery.at.getTime() + random.int(40, 900));
	for (let step = 0; next !== null && next <= delivery.now; step += 1) {
		const startedAt: Date = next;
		const elapsedMs = delivery.now.getTime() - startedAt.getTime();
		const isDown = outages.some(
			({ started_ago_ms, duration_ms }) =>
				elapsedMs <= started_ago_ms && elapsedMs > started_ago_ms - duration_ms,
		);
		const isAccepted = !isDown && random.chance(0.985);
		const response = isAccepted ? ACCEPTED_RESPONSE : random.pick(FAILED_RESPONSES);
		const duration_ms = Math.round(
			response.http_status === null ? 15 * SECOND : random.around(220, 0.7),
		);
		attempts.push({
			delivery_id: delivery.id,
			number: step + 1,
			started_at: startedAt,
			duration_ms,
			...response,
		});
		const endedAt = new Date(startedAt.getTime() + duration_ms);
		if (isAccepted) {
			return { ...toDeliveryState('delivered', attempts, endedAt, null), attempts };
		}
		next = getNextAttemptAt(RETRIES, { step, now: endedAt }, random.next());
	}
	return { ...toDeliveryState(next ? 'pending' : 'failed', attempts, null, next), attempts };
}

const toDeliveryState = (
	status: DeliveryRow['status'],
	attempts: AttemptRow[],
	delivered_at: Date | null,
	next_attempt_at: Date | null,
) => ({
	status,
	attempt_count: attempts.length,
	schedule_step: attempts.filter(({ error }) => error !== null).length,
	next_attempt_at,
	delivered_at,
});

export function addDeliveries(
	rows: Rows,
	chat: Chat,
	{ random, ids, now }: SeedContext,
	lead: LeadRow | undefined,
	at: Date,
): { deliveries: DeliveryRow[] } {
	const isComplete = chat.completion !== null;
	if (!isComplete && !lead?.email && !lead?.phone) return { deliveries: [] };
	const event = isComplete ? 'lead.completed' : 'lead.abandoned';
	const key = isComplete ? chat.id : `${chat.id}:${lead?.updated_at.toISOString() ?? ''}`;
	const ending = { chat, event, key, at, lead_id: lead?.id ?? 0 } as const;
	const generated = generateDeliveries(
		random,
		{ ...ending, idle_minutes: IDLE_MINUTES },
		now,
		ids.deliveries.next,
	);
	rows.deliveries.push(...generated.deliveries);
	rows.attempts.push(...generated.attempts);
	if (isComplete && lead)
		addAmendment(rows, chat, { random, ids, now }, lead, generated.deliveries);
	return generated;
}

/** Adds the deliveries of a completion that was undone: the lead, then its withdrawal. */
export function addWithdrawal(
	rows: Rows,
	chat: Chat,
	seedContext: SeedContext,
	lead: LeadRow | undefined,
	{ at, reason }: NonNullable<Chat['withdrawal']>,
): void {
	const { random, ids, now } = seedContext;
	const { deliveries } = addDeliveries(rows, chat, seedContext, lead, chat.completion?.at ?? at);
	const event = { chat, event: 'lead.withdrawn', key: `${chat.id}:1`, at, reason } as const;
	const generated = generateDeliveries(
		random,
		{
			...event,
			lead_id: lead?.id ?? 0,
			idle_minutes: IDLE_MINUTES,
			amendment: { deliveries, changed: [] },
		},
		now,
		ids.deliveries.next,
	);
	rows.deliveries.push(...generated.deliveries);
	rows.attempts.push(...generated.attempts);
}

/** Adds the deliveries of a lead that changed after its completion. */
function addAmendment(
	rows: Rows,
	chat: Chat,
	{ random, ids, now }: Pick<SeedContext, 'random' | 'ids' | 'now'>,
	lead: LeadRow,
	deliveries: DeliveryRow[],
): void {
	const [completion] = deliveries;
	const at = new Date(lead.updated_at.getTime() + MINUTE);
	const deliveredLead = completion && buildLead(chat, completion.created_at, lead.id);
	if (!completion || at > now || lead.version <= (deliveredLead?.version ?? 0)) return;
	const changed = Object.entries(lead.provenance).flatMap(([key, { at: changedAt }]) =>
		new Date(changedAt) > completion.created_at ? [key] : [],
	);
	const event = { chat, event: 'lead.updated', key: `${lead.id}:${lead.version}`, at } as const;
	const amendment = { deliveries, changed };
	const generated = generateDeliveries(
		random,
		{ ...event, lead_id: lead.id, idle_minutes: IDLE_MINUTES, amendment },
		now,
		ids.deliveries.next,
	);
	rows.deliveries.push(...generated.deliveries);
	rows.attempts.push(...generated.attempts);
}
