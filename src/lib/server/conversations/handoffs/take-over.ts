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

/** A person who talks to visitors; `id` is null outside of Frontdesk. */
interface Person {
	id: number | null;
	name: string;
}

/**
 * Gives the chat session to the calling user, or to the named person of an API key, and pauses the AI: no turn starts from
 * now on, and a running one drops its reply. Takes an open handoff. Throws `not_found`, and `conflict` when someone has
 * taken over whom the caller doesn't know of.
 */
export async function takeOver(ctx: Ctx, id: string, input: TakeOverInput = {}): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const { name, from } = parse(takeOverInput, input);
	const person = personOf(ctx, name);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		const holder = await holderOf(tx, row);
		const isKnown = from === undefined ? person.id !== null : from === holder;
		if (holder !== null && holder !== person.name && !isKnown) {
			throw heldBy(holder);
		}
		return giveTo(tx, row, person);
	});
}

function personOf({ actor }: Ctx, name: string | undefined): Person {
	if (actor.type === 'user') return { id: actor.id, name: actor.name };
	if (name === undefined)
		throw forbidden('an API key must give the name of the person who takes over');
	return { id: null, name };
}

/** Returns the name of the person who has the chat, or null: the AI answers, or the visitor waits for someone. */
async function holderOf(ctx: Ctx, row: SessionRow): Promise<string | null> {
	if (!row.ai_paused || row.handoff_deadline_at) return null;
	const session = await findSession(ctx, row.id);
	return session?.agent ?? null;
}

/** The error for someone who would replace the person who has the chat. */
const heldBy = (holder: string) => conflict(`${holder || 'someone else'} has taken over this chat`);

/** Pauses the AI and assigns a locked chat session to a person. Checks no permission. */
async function giveTo(ctx: Ctx, row: SessionRow, person: Person): Promise<Session> {
	await endHandoff(ctx, row, { outcome: 'taken', person });
	await pause(ctx, row, {
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

/** No turn starts from now on, and a running one loses the chat session. */
export async function pause(
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
 * Hands the chat session back to the AI, which replies at once unless the last message is its own or a teammate's. Cancels
 * an open handoff. Throws `not_found`.
 */
export async function handBack(ctx: Ctx, id: string): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (row.ai_paused) {
			await endHandoff(tx, row, { outcome: 'cancelled' });
			await audit(tx, { action: 'session.handed_back', chat_session_id: row.id });
			await record(tx, 'agent.left', { session_id: row.public_id });
			// A person who hands back gives the site's own AI another try.
			await resumeAi(tx, row, { assignee_id: null, agent_name: null, is_rescued: false });
		}
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		return session;
	});
}

/** The last answer from the AI or a person; the visitor's later messages are unanswered. */
const LAST_ANSWER = sql`coalesce((select max(id) from messages
	where chat_session_id = ${chat_sessions.id} and sender in ('ai', 'agent')), 0)`;
const HAS_UNANSWERED = sql`coalesce(${chat_sessions.last_visitor_message_id}, 0) > ${LAST_ANSWER}`;
/** The visitor's message before their last one. */
const BEFORE_LAST = sql`(select max(id) from messages where chat_session_id = ${chat_sessions.id}
	and sender = 'visitor' and id < ${chat_sessions.last_visitor_message_id})`;

/**
 * Returns a locked, paused chat session to the AI, which answers whatever the visitor wrote since the last answer. With
 * `repeatsLast` it answers the visitor's last message again if there is no newer one. Checks no permission.
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
			// Without any message the greeting is due.
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
 * Pauses the AI, as after a takeover, until a teammate hands the chat session back; for someone who answers outside of
 * Frontdesk, such as in the inbox of a Facebook page. Checks no permission.
 */
export async function pauseAi(ctx: Ctx, chatSessionId: number, name: string): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, String(chatSessionId), 'no key update');
		if (!row.ai_paused || row.handoff_deadline_at) await giveTo(tx, row, { id: null, name });
	});
}

/**
 * Sends the words of a person who answers outside of Frontdesk, such as in Slack. Takes the chat session over for them, so
 * that the AI is paused. Throws `not_found`, and `conflict` when someone else has the chat session.
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
		// A repeated reply must not pause an AI that has been handed the chat back.
		const earlier =
			external_id === undefined ? undefined : await findByExternalId(tx, row.id, external_id);
		if (earlier) return earlier;
		requireReplyWindow(tx, row);
		const holder = await holderOf(tx, row);
		if (holder !== null && holder !== name) throw heldBy(holder);
		if (holder === null) await giveTo(tx, row, { id: null, name });
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
