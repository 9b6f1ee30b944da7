import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Lead, leadContactInput, type LeadContactInput } from '#lib/contract/lead.ts';
import { resolveSession } from '../conversations/sessions/unchecked.ts';
import { type App, asSystem, type Ctx, createSystemContext } from '../core/context.ts';
import { chat_sessions, leads, sites } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { parse } from '../core/parse.ts';
import { requireTeam } from '../core/permissions.ts';
import { audit } from '../team/audit/unchecked.ts';
import { getLead, type LeadRow, presentLead } from './get.ts';

const BATCH_SIZE = 100;

/**
 * Subscribes to events: sets the follow-up deadline in the transaction that completes a chat, and records the first contact
 * when a teammate writes after the completion.
 */
export function subscribeLeads(app: App): void {
	app.events.onRecorded('session.completed', async (ctx, { session }) => {
		const row = await setFollowUpDeadline(ctx, session.id);
		if (!row) return;
		const { session_id } = session;
		await record(ctx, 'lead.updated', { session_id, lead: presentLead(row, session_id) });
	});
	app.events.onPublished(({ name, payload }) => {
		if (name !== 'message.created' || payload.message.sender !== 'agent') return;
		const { author: by, timestamp } = payload.message;
		const contact = { session_id: payload.session_id, by, at: new Date(timestamp) };
		// If this fails, the sweep records the contact.
		recordFirstContact(createSystemContext(app), contact).catch((error: unknown) =>
			app.log.error({ err: error }, "failed to record a lead's first contact"),
		);
	});
}

/**
 * Sets the follow-up deadline of a completed chat session's lead: the site's `promise_hours` after the completion, or after
 * now if the completion was imported later. Returns the row if the deadline is new. Test chats have none. Doesn't check
 * permissions.
 */
export async function setFollowUpDeadline(
	ctx: Ctx,
	chatSessionId: number,
): Promise<LeadRow | undefined> {
	const now = ctx.app.clock().toISOString();
	const due = sql`(select case when s.completion_source = 'ingest'
			then greatest(s.completed_at, ${now}::timestamptz) else s.completed_at end
			+ make_interval(hours => site.promise_hours)
		from ${chat_sessions} s join ${sites} site on site.id = s.site_id
		where s.id = ${leads.chat_session_id} and s.completion_status = 'complete' and s.channel <> 'test')`;
	const [row] = await ctx.db
		.update(leads)
		.set({ promise_due_at: due })
		.where(and(eq(leads.chat_session_id, chatSessionId), isNull(leads.promise_due_at)))
		.returning();
	return row?.promise_due_at ? row : undefined;
}

/** Records that a teammate wrote to the visitor, if it is the first time since the completion. Idempotent. */
async function recordFirstContact(
	ctx: Ctx,
	{ session_id, by, at }: { session_id: string; by: string | null; at: Date },
): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const completedChat = sql`(select s.id from ${chat_sessions} s
			where s.public_id = ${session_id} and s.completed_at <= ${at.toISOString()}::timestamptz)`;
		const [row] = await tx.db
			.update(leads)
			.set({ first_contact_at: at, first_contact_by: by })
			.where(
				and(
					eq(leads.chat_session_id, completedChat),
					isNotNull(leads.promise_due_at),
					isNull(leads.first_contact_at),
				),
			)
			.returning();
		if (row) await record(tx, 'lead.updated', { session_id, lead: presentLead(row, session_id) });
	});
}

/**
 * Records `lead.overdue` once for each lead past its deadline and returns their number. If a teammate has already written,
 * records that contact instead. Safe to run concurrently in several processes. Doesn't check permissions.
 */
export async function sweepOverdueLeads(ctx: Ctx): Promise<number> {
	let overdue = 0;
	for (;;) {
		const rows = await sweepBatch(ctx);
		overdue += rows.filter(({ is_overdue }) => is_overdue).length;
		if (rows.length < BATCH_SIZE) return overdue;
	}
}

const sweptRowsSchema = z.array(z.object({ session_id: z.string(), is_overdue: z.boolean() }));

/** Sweeps one batch. Uses the index leads_promise_watch, which contains only leads that no sweep has processed yet. */
function sweepBatch(ctx: Ctx) {
	const now = ctx.app.clock().toISOString();
	return inTransaction(ctx, async (tx) => {
		const { rows } = await tx.db.execute(sql`
			with due as (
				select id, chat_session_id from leads
				where promise_due_at is not null and first_contact_at is null and overdue_at is null
					and promise_due_at <= ${now}::timestamptz
				order by promise_due_at limit ${BATCH_SIZE} for update skip locked
			), found as (
				select due.id, s.public_id, contact.created_at as contact_at, contact.name
				from due join chat_sessions s on s.id = due.chat_session_id
				left join lateral (
					select m.created_at, coalesce(u.name, m.author_name) as name from messages m left join users u on u.id = m.user_id
					where m.chat_session_id = s.id and m.sender = 'agent' and m.created_at >= s.completed_at
					order by m.id limit 1
				) contact on true
			)
			update leads l set first_contact_at = found.contact_at, first_contact_by = found.name,
				overdue_at = case when found.contact_at is null then ${now}::timestamptz end
			from found where l.id = found.id
			returning found.public_id as session_id, l.overdue_at is not null as is_overdue`);
		const swept = sweptRowsSchema.parse(rows);
		for (const { session_id, is_overdue } of swept) {
			const lead = await getLead(tx, session_id);
			await record(tx, is_overdue ? 'lead.overdue' : 'lead.updated', { session_id, lead });
		}
		return swept;
	});
}

/**
 * Marks a chat session's lead as contacted, for example by phone or email, or removes the mark. An earlier first contact
 * is kept. Throws `not_found` if there is no lead.
 */
export async function markLeadContacted(
	ctx: Ctx,
	id: string,
	input: LeadContactInput,
): Promise<Lead> {
	requireTeam(ctx, 'leads:write');
	const { contacted } = parse(leadContactInput, input);
	return inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, id, 'no key update');
		const isChange = contacted ? isNull(leads.first_contact_at) : isNotNull(leads.first_contact_at);
		const [row] = await tx.db
			.update(leads)
			.set({
				first_contact_at: contacted ? ctx.app.clock() : null,
				first_contact_by: contacted ? getActorName(ctx) : null,
			})
			.where(and(eq(leads.chat_session_id, session.id), isChange))
			.returning();
		if (!row) return getLead(asSystem(tx), session.public_id);
		const entry = { action: 'lead.contacted' as const, chat_session_id: session.id };
		await audit(tx, { ...entry, detail: { contacted } });
		const lead = presentLead(row, session.public_id);
		await record(tx, 'lead.updated', { session_id: session.public_id, lead });
		return lead;
	});
}

const getActorName = ({ actor }: Ctx) =>
	actor.type === 'user' || actor.type === 'api_key' ? actor.name : null;
