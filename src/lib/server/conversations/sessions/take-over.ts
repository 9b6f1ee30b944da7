import { and, eq, sql } from 'drizzle-orm';
import type { Session } from '#lib/contract/session.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { forbidden, notFound } from '#lib/server/core/errors.ts';
import { findSession } from './get.ts';
import { byId, bySessionId } from './present.ts';

/**
 * Assigns the chat session to the calling user and pauses the AI: no turn starts from now on, and a running one drops its
 * reply. Also takes over from a colleague. Throws `not_found`, and `forbidden` unless the caller is a user.
 */
export async function takeOver(ctx: Ctx, id: string): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const { actor } = ctx;
	if (actor.type !== 'user') throw forbidden('only a user can take over a chat session');
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(chat_sessions)
			.set({
				ai_paused: true,
				assignee_id: actor.id,
				is_awaiting_reply: false,
				turn_id: null,
				turn_lease_until: null,
			})
			.where(bySessionId(id))
			.returning({ id: chat_sessions.id });
		const session = row && (await findSession(tx, row.id));
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		await audit(tx, { action: 'session.taken_over', chat_session_id: session.id });
		await record(tx, 'agent.joined', { session_id: session.session_id, name: actor.name });
		await record(tx, 'session.updated', { session });
		return session;
	});
}

/** The last message that isn't the visitor's; the visitor's later ones are unanswered. */
const LAST_ANSWER = sql`(select id from messages where chat_session_id = ${chat_sessions.id} and sender <> 'visitor'
	order by id desc limit 1)`;

/**
 * Hands the chat session back to the AI, which replies at once unless the last message is its own or a teammate's. Throws
 * `not_found`.
 */
export async function handBack(ctx: Ctx, id: string): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(chat_sessions)
			.set({
				ai_paused: false,
				assignee_id: null,
				is_awaiting_reply: sql`coalesce(${chat_sessions.last_message_sender} = 'visitor', true)`,
				answered_through_id: sql`case when ${chat_sessions.last_message_sender} = 'visitor'
					then ${LAST_ANSWER} else ${chat_sessions.last_visitor_message_id} end`,
			})
			.where(and(bySessionId(id), eq(chat_sessions.ai_paused, true)))
			.returning({
				id: chat_sessions.id,
				site_id: chat_sessions.site_id,
				is_awaiting_reply: chat_sessions.is_awaiting_reply,
			});
		const session = await findSession(tx, row?.id ?? id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		if (!row) return session;
		await audit(tx, { action: 'session.handed_back', chat_session_id: session.id });
		await record(tx, 'agent.left', { session_id: session.session_id });
		await record(tx, 'session.updated', { session });
		if (row.is_awaiting_reply) {
			await record(tx, 'turn.due', {
				session_id: session.session_id,
				chat_session_id: row.id,
				site_id: row.site_id,
			});
		}
		return session;
	});
}

/**
 * Pauses the AI, as after a takeover, until a teammate hands the chat session back; for somebody who answers outside of
 * Frontdesk, such as in the inbox of a Facebook page. Checks no permission.
 */
export async function pauseAi(ctx: Ctx, chatSessionId: number, name: string): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(chat_sessions)
			.set({ ai_paused: true, is_awaiting_reply: false, turn_id: null, turn_lease_until: null })
			.where(and(byId(chatSessionId), eq(chat_sessions.ai_paused, false)))
			.returning({ id: chat_sessions.id });
		const session = row && (await findSession(tx, row.id));
		if (!session) return;
		await record(tx, 'agent.joined', { session_id: session.session_id, name });
		await record(tx, 'session.updated', { session });
	});
}
