import { and, asc, desc, eq, isNull, lte } from 'drizzle-orm';
import {
	type Handoff,
	handoffInput,
	type HandoffInput,
	type WaitingVisitor,
} from '#lib/contract/handoff.ts';
import { asSystem, type Ctx, createSystemContext } from '#lib/server/core/context.ts';
import { chat_sessions, handoffs, leads, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam, requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { isOpenAt } from '#lib/server/sites/index.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { storeMessages } from '../messages/unchecked.ts';
import { findSession, resolveSession, type SessionRow } from '../sessions/unchecked.ts';
import { endHandoff, presentHandoff, recordHandoff } from './end-handoff.ts';
import { pauseSession, resumeAi } from './take-over.ts';
import { describeAbsence } from './texts.ts';

interface HandoffRequest {
	requested_by: Handoff['requested_by'];
	reason: string | null;
	/** Defaults to the site's setting. */
	wait_seconds?: number | undefined;
}

/**
 * Requests a handoff, which pauses the AI until someone takes over or the deadline passes. Outside the site's business hours
 * the handoff is missed immediately, and the visitor is told when someone will be available. A repeated request while the
 * visitor is waiting returns the same handoff. Throws `not_found`, and `conflict` if a person already has the chat session.
 */
export async function requestHandoff(
	ctx: Ctx,
	id: string,
	input: HandoffInput = {},
): Promise<Handoff> {
	requireTeam(ctx, 'sessions:write');
	const { reason = null, wait_seconds } = parse(handoffInput, input);
	const requested_by = ctx.actor.type === 'user' ? 'agent' : 'api';
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (row.channel === 'test') throw conflict('test chats have no handoffs');
		return openHandoff(tx, row, { requested_by, reason: reason || null, wait_seconds });
	});
}

/** Requests a handoff for the visitor. Throws `forbidden` unless the site lets visitors ask for a person. */
export async function requestPerson(ctx: Ctx, sessionId: string): Promise<Handoff> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:write');
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, sessionId, 'no key update');
		const { handoff } = await getSite(tx, { id: row.site_id });
		if (!handoff.visitor_may_ask) throw forbidden('this site does not offer a person');
		return openHandoff(tx, row, { requested_by: 'visitor', reason: null });
	});
}

/** Cancels the open handoff and resumes the AI. Throws `not_found`, and `conflict` if there is none. */
export async function cancelHandoff(ctx: Ctx, id: string): Promise<Handoff> {
	requireVisitorOrTeam(ctx, id, 'sessions:write');
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		const handoff = await endHandoff(tx, row, { outcome: 'cancelled' });
		if (!handoff) throw conflict('this chat has no open handoff');
		await resumeAi(tx, row, {});
		return handoff;
	});
}

/**
 * Requests a handoff on behalf of the AI. Does nothing in a test chat, if a person already has the chat, or if the latest
 * handoff was missed and the visitor hasn't written since. Returns the handoff, or undefined. Doesn't check permissions.
 */
export async function requestHandoffForAi(
	ctx: Ctx,
	chatSessionId: number,
	reason: string | null,
): Promise<Handoff | undefined> {
	const row = await resolveSession(ctx, String(chatSessionId), 'no key update');
	if (row.channel === 'test' || (row.ai_paused && !row.handoff_deadline_at)) return undefined;
	if (row.is_handoff_missed && !(await hasWrittenSinceLatestHandoff(ctx, row))) return undefined;
	return openHandoff(ctx, row, { requested_by: 'ai', reason });
}

/** Stores a handoff of a locked chat session, or returns the open one. */
async function openHandoff(ctx: Ctx, row: SessionRow, request: HandoffRequest): Promise<Handoff> {
	if (row.handoff_deadline_at) {
		const [open] = await findOpenHandoffs(ctx, row.id);
		if (open) return presentHandoff(open, row.public_id);
	}
	if (row.ai_paused) throw conflict('a person is already in this chat');
	const site = await getSite(ctx, { id: row.site_id });
	const now = ctx.app.clock();
	const isWithinBusinessHours = isOpenAt(site.business_hours, now);
	const waitSeconds = isWithinBusinessHours
		? (request.wait_seconds ?? site.handoff.wait_seconds)
		: 0;
	const deadline_at = new Date(now.getTime() + waitSeconds * 1_000);
	const [stored] = await ctx.db
		.insert(handoffs)
		.values({
			chat_session_id: row.id,
			site_id: row.site_id,
			reason: request.reason,
			message_id: row.last_visitor_message_id,
			requested_by: request.requested_by,
			requested_at: now,
			deadline_at,
		})
		.returning();
	if (!stored) throw new Error('a handoff was not stored');
	const handoff = presentHandoff(stored, row.public_id);
	await recordHandoff(ctx, 'handoff.requested', handoff, row.id);
	if (!isWithinBusinessHours) return (await missHandoff(ctx, row, site)) ?? handoff;
	await pauseSession(ctx, row, { handoff_deadline_at: deadline_at });
	const session = await findSession(ctx, row.id);
	if (session) await record(ctx, 'session.updated', { session });
	return handoff;
}

/** Marks the open handoff as missed, informs the visitor and resumes the AI. */
async function missHandoff(ctx: Ctx, row: SessionRow, site: SiteRow): Promise<Handoff | undefined> {
	const handoff = await endHandoff(ctx, row, { outcome: 'missed' });
	if (!handoff) return undefined;
	const now = ctx.app.clock();
	await storeMessages(asSystem(ctx), [
		{
			chat_session_id: row.id,
			session_id: row.public_id,
			// Messenger can't show notices, only messages.
			sender: row.channel === 'messenger' ? 'ai' : 'system',
			message: describeAbsence(site, row.context, now),
			created_at: now,
		},
	]);
	await resumeAi(ctx, row, { is_handoff_missed: true, repeatsLast: true });
	return handoff;
}

const BATCH_SIZE = 100;

/** Marks up to 100 overdue handoffs as missed and returns their number. Safe to run concurrently in several processes. */
export async function sweepHandoffs(ctx: Ctx): Promise<number> {
	const now = ctx.app.clock();
	const due = await ctx.db
		.select({ chat_session_id: handoffs.chat_session_id })
		.from(handoffs)
		.where(and(isNull(handoffs.outcome), lte(handoffs.deadline_at, now)))
		.orderBy(asc(handoffs.deadline_at))
		.limit(BATCH_SIZE);
	let missed = 0;
	for (const { chat_session_id } of due) {
		// Before the chat session is locked, someone may have taken the handoff or another process may have ended it.
		const ended = await inTransaction(createSystemContext(ctx.app), async (tx) => {
			const row = await lockOverdue(tx, chat_session_id, now);
			return row && missHandoff(tx, row, await getSite(tx, { id: row.site_id }));
		});
		if (ended) missed += 1;
	}
	return missed;
}

async function lockOverdue(ctx: Ctx, id: number, now: Date): Promise<SessionRow | undefined> {
	const [row] = await ctx.db
		.select()
		.from(chat_sessions)
		.where(and(eq(chat_sessions.id, id), lte(chat_sessions.handoff_deadline_at, now)))
		.for('no key update');
	return row;
}

const findOpenHandoffs = (ctx: Ctx, chatSessionId: number) =>
	ctx.db
		.select()
		.from(handoffs)
		.where(and(eq(handoffs.chat_session_id, chatSessionId), isNull(handoffs.outcome)));

/** Returns whether the visitor has written since the chat session's latest handoff ended. */
async function hasWrittenSinceLatestHandoff(ctx: Ctx, row: SessionRow): Promise<boolean> {
	const [latest] = await ctx.db
		.select({ message_id: handoffs.message_id })
		.from(handoffs)
		.where(eq(handoffs.chat_session_id, row.id))
		.orderBy(desc(handoffs.id))
		.limit(1);
	return (row.last_visitor_message_id ?? 0) > (latest?.message_id ?? 0);
}

const MAX_WAITING = 50;

/** Returns the visitors who are waiting for a person, earliest deadline first. */
export async function listWaitingVisitors(ctx: Ctx): Promise<WaitingVisitor[]> {
	requireTeam(ctx, 'sessions:read');
	const rows = await ctx.db
		.select({
			handoff: handoffs,
			session_id: chat_sessions.public_id,
			visitor_name: leads.name,
			site_name: sites.name,
		})
		.from(handoffs)
		.innerJoin(chat_sessions, eq(chat_sessions.id, handoffs.chat_session_id))
		.innerJoin(sites, eq(sites.id, handoffs.site_id))
		.leftJoin(leads, eq(leads.chat_session_id, handoffs.chat_session_id))
		.where(isNull(handoffs.outcome))
		.orderBy(asc(handoffs.deadline_at))
		.limit(MAX_WAITING);
	return rows.map(({ handoff, session_id, visitor_name, site_name }) => ({
		...presentHandoff(handoff, session_id),
		visitor_name,
		site_name,
	}));
}
