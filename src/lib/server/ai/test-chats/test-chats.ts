import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { callReport, connectorType } from '#lib/contract/connector.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Session } from '#lib/contract/session.ts';
import {
	testChatInput,
	testMessageInput,
	type TestChat,
	type TestMessageInput,
	type TestTurn,
} from '#lib/contract/test-chat.ts';
import { turnOutcome } from '#lib/contract/turn.ts';
import { listMessages, sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { getSession, startSession } from '#lib/server/conversations/sessions/index.ts';
import { resolveSession, type SessionRow } from '#lib/server/conversations/sessions/unchecked.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { findLead } from '#lib/server/leads/index.ts';

/**
 * Starts a test chat with a site's AI or its challenger, which greets immediately. Needs `sessions:write`. Throws `not_found`, and
 * `conflict` without a challenger on trial.
 */
export async function startTestChat(
	ctx: Ctx,
	input: z.input<typeof testChatInput>,
): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const { site, arm } = parse(testChatInput, input);
	const { session } = await startSession(ctx, { site }, { channel: 'test', tested_arm: arm });
	return session;
}

/**
 * Sends a message to the AI in the visitor's place, once per `client_message_id`. Needs `sessions:write`. Throws `not_found`,
 * and `conflict` for a visitor's chat.
 */
export async function sendTestMessage(
	ctx: Ctx,
	sessionId: string,
	input: TestMessageInput,
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const message = parse(testMessageInput, input);
	const { id: chat_session_id, public_id: session_id } = await resolveTestChat(ctx, sessionId);
	const sent = await sendVisitorMessage(asSystem(ctx), { chat_session_id, session_id, ...message });
	return sent.message;
}

/** The maximum number of turns returned, since each may contain 16 KB of an answer. */
const MAX_TURNS = 60;

/**
 * Returns a test chat with its messages, lead and newest 60 turns, oldest first. Needs `sessions:read`. Throws `not_found`,
 * and `conflict` for a visitor's chat.
 */
export async function getTestChat(ctx: Ctx, sessionId: string): Promise<TestChat> {
	requireTeam(ctx, 'sessions:read');
	const { id, public_id } = await resolveTestChat(ctx, sessionId);
	const system = asSystem(ctx);
	const chat = { id, session_id: public_id };
	const [session, lead, messages, turns] = await Promise.all([
		getSession(system, public_id),
		findLead(system, chat),
		listMessages(system, chat),
		readTurns(ctx, id),
	]);
	return { session, lead, messages, turns };
}

async function resolveTestChat(ctx: Ctx, sessionId: string): Promise<SessionRow> {
	const session = await resolveSession(ctx, sessionId);
	if (session.channel !== 'test') throw conflict("this is a visitor's chat, not a test chat");
	return session;
}

const turnRowSchema = z.object({
	turn_id: z.string(),
	action: z.enum(['start', 'message']),
	connector: connectorType,
	message_id: z.coerce.number().nullable(),
	started_at: z.coerce.date(),
	outcome: turnOutcome.nullable(),
	trial: callReport.nullable(),
});

async function readTurns(ctx: Ctx, chatSessionId: number): Promise<TestTurn[]> {
	const { rows } = await ctx.db.execute(sql`
		select t.turn_id, t.action, t.connector, t.message_id, t.started_at, t.outcome, report.trial
		from ai_turns t left join turn_trials report on report.turn_id = t.turn_id
		where t.chat_session_id = ${chatSessionId} order by t.id desc limit ${MAX_TURNS}`);
	return z
		.array(turnRowSchema)
		.parse(rows)
		.map((row) => ({ ...row, started_at: row.started_at.toISOString() }))
		.reverse();
}
