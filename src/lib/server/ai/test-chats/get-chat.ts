import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { connectorTrial, connectorType } from '#lib/contract/connector.ts';
import type { TestChat, TestTurn } from '#lib/contract/test-chat.ts';
import { turnOutcome } from '#lib/contract/turn.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { resolveTestChat } from './internal.ts';

/** Beyond these the oldest turns are left out; each may have 16 KB of an answer. */
const MOST_TURNS = 60;

/** A test chat with its messages, lead and newest 60 turns, oldest first. Throws NotFound, and Conflict for a chat of a real visitor. */
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

const stored = z.object({
	turn_id: z.string(),
	action: z.enum(['start', 'message']),
	connector: connectorType,
	message_id: z.coerce.number().nullable(),
	started_at: z.coerce.date(),
	outcome: turnOutcome.nullable(),
	trial: connectorTrial.nullable(),
});

async function readTurns(ctx: Ctx, chatSessionId: number): Promise<TestTurn[]> {
	const { rows } = await ctx.db.execute(sql`
		select t.turn_id, t.action, t.connector, t.message_id, t.started_at, t.outcome, trial.trial
		from ai_turns t left join turn_trials trial on trial.turn_id = t.turn_id
		where t.chat_session_id = ${chatSessionId} order by t.id desc limit ${MOST_TURNS}`);
	return z
		.array(stored)
		.parse(rows)
		.map((row) => ({ ...row, started_at: row.started_at.toISOString() }))
		.reverse();
}
