import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type WebhookEvent, webhookEvent } from '#lib/contract/delivery.ts';
import type { Review } from '#lib/contract/review.ts';
import type { Transcript } from '#lib/contract/session.ts';
import { type App, asSystem, type Ctx } from '#lib/server/core/context.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';
import { buildPayload } from './payload.ts';
import { deliveriesById } from './present.ts';
import { newWebhookId } from './signature.ts';

/** What happened, as far as webhooks are concerned. */
interface Occasion {
	session_id: string;
	/** The webhook events that tell of it. */
	events: WebhookEvent[];
	/** What makes it one: told to an endpoint once, however often it is recorded. */
	key: (transcript: Transcript) => string | number;
	/** Whether there is something to tell; by default there is. */
	isTold?: (transcript: Transcript) => boolean;
	review?: Review;
}

/** Writes the outbox: every fact that an endpoint wants becomes a delivery, in the transaction of the fact. */
export function subscribeWebhooks({ events }: App): void {
	events.onRecorded('session.completed', (ctx, { session }) =>
		enqueue(ctx, {
			session_id: session.session_id,
			events: ['lead.completed', 'session.completed'],
			key: () => session.id,
		}),
	);
	events.onRecorded('session.created', (ctx, { session }) =>
		enqueue(ctx, {
			session_id: session.session_id,
			events: ['session.created'],
			key: () => session.id,
		}),
	);
	events.onRecorded('session.abandoned', (ctx, { session }) =>
		enqueue(ctx, {
			session_id: session.session_id,
			events: ['lead.abandoned'],
			// Who comes back and leaves more behind is told of again.
			key: ({ lead }) => `${session.id}:${lead?.updated_at ?? ''}`,
			isTold: ({ lead }) => Boolean(lead?.email ?? lead?.phone),
		}),
	);
	events.onRecorded('review.submitted', (ctx, { session_id, review }) =>
		enqueue(ctx, {
			session_id,
			events:
				review.qa_status === 'issue' ? ['review.submitted', 'review.issue'] : ['review.submitted'],
			key: () => review.id,
			review,
		}),
	);
}

async function enqueue(ctx: Ctx, occasion: Occasion): Promise<void> {
	const wanted = await findEndpoints(ctx, occasion);
	if (wanted.length === 0) return;
	const transcript = await getTranscript(asSystem(ctx), occasion.session_id);
	if (occasion.isTold && !occasion.isTold(transcript)) return;
	const now = ctx.app.clock();
	const key = occasion.key(transcript);
	const made = await ctx.db
		.insert(deliveries)
		.values(
			wanted.map(({ endpoint_id, event }) => ({
				webhook_id: newWebhookId(),
				endpoint_id,
				chat_session_id: transcript.session.id,
				event,
				dedupe_key: `${event}:${key}`,
				body: buildPayload(event, now, transcript, occasion.review),
				next_attempt_at: now,
				created_at: now,
			})),
		)
		.onConflictDoNothing()
		.returning({ id: deliveries.id });
	// Tells the screens, and wakes the job that sends.
	const ids = made.map(({ id }) => id);
	for (const delivery of await deliveriesById(ctx.db, ids)) {
		await record(ctx, 'delivery.updated', { delivery });
	}
}

const wantedEvents = z.array(z.object({ endpoint_id: z.coerce.number(), event: webhookEvent }));

/** All that a site without endpoints pays. Test chats are told to nobody. */
async function findEndpoints(ctx: Ctx, { session_id, events }: Occasion) {
	const { rows } = await ctx.db.execute(sql`
		select e.id as endpoint_id, wanted.event
		from chat_sessions s
		join webhook_endpoints e on e.site_id = s.site_id and e.is_enabled
		join unnest(${sql.param(events)}::text[]) as wanted(event) on wanted.event = any(e.events)
		where s.public_id = ${session_id} and s.channel <> 'test'`);
	return wantedEvents.parse(rows);
}
