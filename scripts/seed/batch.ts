// Builds a batch of chat sessions with all their data in memory, then inserts it table by table.
import type { Ctx } from '#lib/server/core/context.ts';
import {
	ai_traces,
	ai_turns,
	audit_entries,
	automation_errors,
	chat_flags,
	chat_sessions,
	deliveries,
	delivery_attempts,
	handoffs,
	lead_outcomes,
	leads,
	messages,
	notes,
	reviews,
	widget_counts,
} from '#lib/server/core/db/schema/index.ts';
import { collectChat } from './collect-chat.ts';
import type { Chat } from './chat.ts';
import type { AttemptRow, DeliveryRow } from './deliveries.ts';
import type { ErrorGroups, Failure } from './errors.ts';
import type { Random } from './random.ts';
import type { Team } from './team.ts';
import { IdPool, insertRows } from './insert-rows.ts';
import { sql } from 'drizzle-orm';
import type { Db } from '#lib/server/core/db/client.ts';
import { getBucketStart, QUARTER_MINUTES } from '#lib/server/statistics/counters.ts';
import { getSource } from '#lib/server/statistics/source.ts';

/** A batch's rows, by table. */
export interface Rows {
	sessions: object[];
	messages: { id: number }[];
	leads: object[];
	turns: object[];
	traces: object[];
	outcomes: object[];
	reviews: object[];
	flags: object[];
	deliveries: DeliveryRow[];
	attempts: AttemptRow[];
	notes: object[];
	audit: object[];
	handoffs: object[];
	errors: Failure[];
}

interface IdPools {
	sessions: IdPool;
	messages: IdPool;
	leads: IdPool;
	reviews: IdPool;
	deliveries: IdPool;
}

export const createIdPools = (): IdPools => ({
	sessions: new IdPool(chat_sessions),
	messages: new IdPool(messages),
	leads: new IdPool(leads),
	reviews: new IdPool(reviews),
	deliveries: new IdPool(deliveries),
});

/** Upper limits per chat session. */
const MAX_REVIEWS = 4;
const MAX_DELIVERIES = 8;

export interface SeedContext {
	random: Random;
	team: Team;
	now: Date;
	ids: IdPools;
	groups: ErrorGroups;
}

/** Assigns ids in chronological order, and builds a batch's rows. */
export async function buildRows(ctx: Ctx, chats: Chat[], seedContext: SeedContext): Promise<Rows> {
	const { ids } = seedContext;
	const chatMessages = chats
		.flatMap((chat) => chat.messages)
		.sort((a, b) => a.at.getTime() - b.at.getTime());
	await ids.sessions.fill(ctx.db, chats.length);
	await ids.messages.fill(ctx.db, chatMessages.length);
	await ids.leads.fill(ctx.db, chats.length);
	await ids.reviews.fill(ctx.db, chats.length * MAX_REVIEWS);
	await ids.deliveries.fill(ctx.db, chats.length * MAX_DELIVERIES);
	for (const chat of chats) chat.id = ids.sessions.next();
	for (const message of chatMessages) message.id = ids.messages.next();
	const rows: Rows = {
		sessions: [],
		messages: [],
		leads: [],
		turns: [],
		traces: [],
		outcomes: [],
		reviews: [],
		flags: [],
		deliveries: [],
		attempts: [],
		notes: [],
		audit: [],
		handoffs: [],
		errors: [],
	};
	for (const chat of chats) collectChat(rows, chat, seedContext);
	rows.messages.sort((a, b) => a.id - b.id);
	renumberDeliveries(rows);
	return rows;
}

/** Reassigns delivery ids in chronological order, because lists are sorted by id. */
function renumberDeliveries({ deliveries, attempts }: Rows): void {
	const sortedIds = deliveries.map(({ id }) => id).sort((a, b) => a - b);
	deliveries.sort((a, b) => a.created_at.getTime() - b.created_at.getTime() || a.id - b.id);
	const newIds = new Map(deliveries.map(({ id }, index) => [id, sortedIds[index] ?? id]));
	const renumber = (id: number) => newIds.get(id) ?? id;
	for (const delivery of deliveries) {
		delivery.id = renumber(delivery.id);
		if (delivery.follows_id !== null) delivery.follows_id = renumber(delivery.follows_id);
	}
	for (const attempt of attempts) attempt.delivery_id = renumber(attempt.delivery_id);
}

export async function insertBatch(
	ctx: Ctx,
	rows: Rows,
	chats: Chat[],
	{ groups, random }: SeedContext,
): Promise<void> {
	const { db } = ctx;
	await insertRows(db, chat_sessions, rows.sessions);
	await insertRows(db, messages, rows.messages);
	await insertRows(db, leads, rows.leads);
	await insertRows(db, ai_turns, rows.turns);
	await insertRows(db, ai_traces, rows.traces);
	await insertRows(db, lead_outcomes, rows.outcomes);
	await insertRows(db, reviews, rows.reviews);
	await insertRows(db, chat_flags, rows.flags);
	await insertRows(db, deliveries, rows.deliveries);
	await insertRows(db, delivery_attempts, rows.attempts);
	await insertRows(db, notes, rows.notes);
	await insertRows(db, audit_entries, rows.audit);
	await insertRows(db, handoffs, rows.handoffs);
	await insertRows(db, automation_errors, await groups.assignGroups(ctx, rows.errors));
	await addWidgetCounts(db, generateWidgetCounts(random, chats));
}

type WidgetCount = Required<typeof widget_counts.$inferInsert>;

/** Generates the counts of widget events: one opened widget per web chat, and 4 to 16 shown ones. */
function generateWidgetCounts(random: Random, chats: Chat[]): WidgetCount[] {
	const counts = new Map<string, WidgetCount>();
	for (const { site, context, created_at, channel } of chats) {
		if (channel !== 'web') continue;
		const bucket_at = new Date(getBucketStart(created_at.getTime(), QUARTER_MINUTES));
		const dimensions = { site_id: site.id, bucket_at, ...getSource(context) };
		const key = JSON.stringify(dimensions);
		const count = counts.get(key) ?? { ...dimensions, shown: 0, opened: 0 };
		count.opened += 1;
		count.shown += random.int(4, 16);
		counts.set(key, count);
	}
	return [...counts.values()];
}

async function addWidgetCounts(db: Db, counts: WidgetCount[]): Promise<void> {
	if (counts.length === 0) return;
	const { bucket_at, site_id, source, campaign, shown, opened } = widget_counts;
	await db
		.insert(widget_counts)
		.values(counts)
		.onConflictDoUpdate({
			target: [bucket_at, site_id, source, campaign],
			set: { shown: sql`${shown} + excluded.shown`, opened: sql`${opened} + excluded.opened` },
		});
}
