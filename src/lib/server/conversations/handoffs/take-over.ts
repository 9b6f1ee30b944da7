import { eq, sql } from 'drizzle-orm';
import {
	agentReplyInput,
	type AgentReplyInput,
	takeOverInput,
	type TakeOverInput,
} from '#lib/contract/handoff.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Session } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findByExternalId, requireReplyWindow, storeMessages } from '../messages/unchecked.ts';
import { findSession, resolveSession, type SessionRow } from '../sessions/unchecked.ts';
import { endHandoff } from './end-handoff.ts';

/** A person who talks to visitors; `id` is null if they aren't a Frontdesk user. */
interface Person {
	id: number | null;
	name: string;
}

/**
 * Assigns the chat session to the calling user, or to the person named by an API key, and pauses the AI: no new turn starts,
 * and a running one drops its reply. Takes an open handoff. Throws `not_found`, and `conflict` if someone other than `from`
 * has taken over. Without `from`, a user can take over from anyone, an API key from no one.
 */
export async function takeOver(ctx: Ctx, id: string, input: TakeOverInput = {}): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const { name, from } = parse(takeOverInput, input);
	const person = toPerson(ctx, name);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		const holder = await findHolder(tx, row);
		const canReplace = from === undefined ? person.id !== null : from === holder;
		if (holder !== null && holder !== person.name && !canReplace) {
			throw createHeldByColleagueError(holder);
		}
		return assignToPerson(tx, row, person);
	});
}

function toPerson({ actor }: Ctx, name: string | undefined): Person {
	if (actor.type === 'user') return { id: actor.id, name: actor.name };
	if (name === undefined)
		throw forbidden('an API key must give the name of the person who takes over');
	return { id: null, name };
}

/** Returns the name of the person who has the chat; null if the AI answers or the visitor is waiting for someone. */
async function findHolder(ctx: Ctx, row: SessionRow): Promise<string | null> {
	if (!row.ai_paused || row.handoff_deadline_at) return null;
	const session = await findSession(ctx, row.id);
	return session?.agent ?? null;
}

/** Creates the error for a takeover while another person has the chat. */
const createHeldByColleagueError = (holder: string) =>
	conflict(`${holder || 'someone else'} has taken over this chat`);

/** Pauses the AI and assigns a locked chat session to a person. Doesn't check permissions. */
async function assignToPerson(ctx: Ctx, row: SessionRow, person: Person): Promise<Session> {
	await endHandoff(ctx, row, { outcome: 'taken', person });
	await pauseSession(ctx, row, {
		assignee_id: person.id,
		agent_name: person.id === null ? person.name : null,
		is_handoff_missed: false,
	});
	const session = await findSession(ctx, row.id);
	if (!session) throw notFound(`chat session ${row.public_id}`);
	const detail = person.id === null ? { agent: person.name } : {};
	await audit(ctx, { action: 'session.taken_over', chat_session_id: row.id, detail });
	await record(ctx, 'agent.joined', {
		session_id: session.session_id,
		name: person.name,
		photo: session.agent_photo,
	});
	await record(ctx, 'session.updated', { session });
	return session;
}

/** Pauses the AI of a locked chat session: no new turn starts, and a running one loses its claim and drops its reply. */
export async function pauseSession(
	ctx: Ctx,
	{ id }: SessionRow,
	changes: Partial<SessionRow>,
): Promise<void> {
	await ctx.db
		.update(chat_sessions)
		.set({
			ai_paused: true,
			is_awaiting_reply: false,
			turn_id: null,
			turn_lease_until: null,
			handoff_deadline_at: null,
			...changes,
		})
		.where(eq(chat_sessions.id, id));
}

/**
 * Hands the chat session back to the AI, which replies immediately unless the latest message is its own or a teammate's.
 * Cancels an open handoff. Throws `not_found`.
 */
export async function handBack(ctx: Ctx, id: string): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (row.ai_paused) {
			await endHandoff(tx, row, { outcome: 'cancelled' });
			await audit(tx, { action: 'session.handed_back', chat_session_id: row.id });
			await record(tx, 'agent.left', { session_id: row.public_id });
			// A handback ends a rescue: the site's own AI is tried again.
			await resumeAi(tx, row, { assignee_id: null, agent_name: null, is_rescued: false });
		}
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		return session;
	});
}

/** The id of the latest answer from the AI or a person, or 0. Later messages of the visitor are unanswered. */
const LAST_ANSWER = sql`coalesce((select max(id) from messages
	where chat_session_id = ${chat_sessions.id} and sender in ('ai', 'agent')), 0)`;
const HAS_UNANSWERED = sql`coalesce(${chat_sessions.last_visitor_message_id}, 0) > ${LAST_ANSWER}`;
/** The id of the visitor's second-to-last message. */
const BEFORE_LAST = sql`(select max(id) from messages where chat_session_id = ${chat_sessions.id}
	and sender = 'visitor' and id < ${chat_sessions.last_visitor_message_id})`;

/**
 * Returns a locked, paused chat session to the AI, which answers the visitor's messages since the latest answer. With
 * `repeatsLast`, it answers the visitor's latest message again if there is no newer one. Doesn't check permissions.
 */
export async function resumeAi(
	ctx: Ctx,
	{ id, public_id, site_id, arm, challenger_id }: SessionRow,
	{ repeatsLast = false, ...changes }: Partial<SessionRow> & { repeatsLast?: boolean },
): Promise<void> {
	const hasVisitorMessage = sql`${chat_sessions.last_visitor_message_id} is not null`;
	const [row] = await ctx.db
		.update(chat_sessions)
		.set({
			ai_paused: false,
			handoff_deadline_at: null,
			...changes,
			// If there are no messages, the greeting is due.
			is_awaiting_reply: sql`case when ${hasVisitorMessage} then ${repeatsLast} or ${HAS_UNANSWERED}
				else ${LAST_ANSWER} = 0 end`,
			answered_through_id: sql`case when ${HAS_UNANSWERED} then ${LAST_ANSWER}
				when ${repeatsLast} then ${BEFORE_LAST} else ${chat_sessions.last_visitor_message_id} end`,
		})
		.where(eq(chat_sessions.id, id))
		.returning({ is_awaiting_reply: chat_sessions.is_awaiting_reply });
	const session = await findSession(ctx, id);
	if (session) await record(ctx, 'session.updated', { session });
	if (row?.is_awaiting_reply) {
		const due = { session_id: public_id, chat_session_id: id, site_id };
		await record(ctx, 'turn.due', {
			...due,
			challenger_id: arm === 'challenger' ? challenger_id : null,
		});
	}
}

/**
 * Pauses the AI, as a takeover does, until a teammate hands the chat session back. Used when someone answers outside
 * Frontdesk, such as in the inbox of a Facebook Page. Doesn't check permissions.
 */
export async function pauseAi(ctx: Ctx, chatSessionId: number, name: string): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, String(chatSessionId), 'no key update');
		if (!row.ai_paused || row.handoff_deadline_at)
			await assignToPerson(tx, row, { id: null, name });
	});
}

/**
 * Sends a message from a person who answers outside Frontdesk, such as in Slack. Takes over the chat session for them,
 * which pauses the AI. Throws `not_found`, and `conflict` if someone else has the chat session.
 */
export async function sendPersonReply(
	ctx: Ctx,
	id: string,
	input: AgentReplyInput,
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const { message, name, external_id } = parse(agentReplyInput, input);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		// A duplicate reply must not pause an AI that has resumed since.
		const duplicate =
			external_id === undefined ? undefined : await findByExternalId(tx, row.id, external_id);
		if (duplicate) return duplicate;
		requireReplyWindow(tx, row);
		const holder = await findHolder(tx, row);
		if (holder !== null && holder !== name) throw createHeldByColleagueError(holder);
		if (holder === null) await assignToPerson(tx, row, { id: null, name });
		const [stored] = await storeMessages(tx, [
			{
				chat_session_id: row.id,
				session_id: row.public_id,
				sender: 'agent',
				message,
				author: { id: null, name },
				external_id,
				created_at: tx.app.clock(),
			},
		]);
		if (!stored) throw new Error('a reply was not stored');
		return stored.message;
	});
}
