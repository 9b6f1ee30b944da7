import { and, asc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { CORE_LEAD_FIELDS } from '#lib/contract/constants.ts';
import {
	MAX_REPLAY_MESSAGES,
	replayStart,
	type Replay,
	type ReplayComparison,
	type ReplaySide,
} from '#lib/contract/test-chat.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { resolveSession, type SessionRow } from '#lib/server/conversations/sessions/unchecked.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { messages, replays } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requirePerson, requireTeam } from '#lib/server/core/permissions.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { advanceReplay, findReplay, recordReplay } from './advance-replay.ts';

/**
 * Starts a replay: sends a stored chat's first 50 visitor messages to the current AI or its challenger, one per turn of a new
 * test chat. Users only. Throws `not_found`, `invalid` if the visitor wrote nothing, and `conflict` while another replay of this user
 * runs, or without a challenger on trial.
 */
export async function startReplay(ctx: Ctx, input: z.input<typeof replayStart>): Promise<Replay> {
	const user_id = requirePerson(ctx);
	const { session_id, arm } = parse(replayStart, input);
	return inTransaction(ctx, async (tx) => {
		const source = await resolveSession(tx, session_id);
		const messagesToSend = await listVisitorMessages(tx, source.id);
		if (messagesToSend.length === 0) {
			throw new AppError('invalid', 'the visitor wrote nothing in this chat');
		}
		const wants_greeting = await isGreeted(tx, source);
		const site = await getSite(tx, { id: source.site_id });
		const started = await startSession(
			tx,
			{ site: site.key, context: source.context },
			{ channel: 'test', wants_greeting, tested_arm: arm },
		);
		const [inserted] = await tx.db
			.insert(replays)
			.values({
				user_id,
				source_id: source.id,
				chat_session_id: started.session.id,
				messages: messagesToSend,
				created_at: tx.app.clock(),
			})
			.onConflictDoNothing()
			.returning({ id: replays.id });
		if (!inserted) {
			throw conflict('another replay of yours is running: wait until it ends, or cancel it');
		}
		if (!wants_greeting) await advanceReplay(tx, started.session.id);
		const replay = await recordReplay(tx, inserted.id);
		if (!replay) throw new Error('a replay was not found after its insert');
		return replay;
	});
}

/** Cancels a replay of this user; a running turn still finishes. Ended replays are unchanged. Throws `not_found`. */
export async function cancelReplay(ctx: Ctx, id: number): Promise<Replay> {
	const user_id = requirePerson(ctx);
	return inTransaction(ctx, async (tx) => {
		const isRunning = and(
			eq(replays.id, id),
			eq(replays.user_id, user_id),
			eq(replays.status, 'running'),
		);
		await tx.db
			.update(replays)
			.set({ status: 'cancelled', finished_at: ctx.app.clock() })
			.where(isRunning);
		const found = await findReplay(tx.db, sql`r.id = ${id} and r.user_id = ${user_id}`);
		if (!found) throw notFound(`replay ${id}`);
		await record(tx, 'replay.updated', found);
		return found.replay;
	});
}

/** Returns this user's running replay, or null. */
export async function findRunningReplay(ctx: Ctx): Promise<Replay | null> {
	const user_id = requirePerson(ctx);
	const found = await findReplay(ctx.db, sql`r.user_id = ${user_id} and r.status = 'running'`);
	return found?.replay ?? null;
}

/** The maximum number of messages compared, more than a replay of 50 messages can have. Only the newest messages of a longer stored chat are compared. */
const MAX_COMPARED_MESSAGES = 400;

/** Returns a replay with both chats: the stored one and the replayed one. Needs `sessions:read`. Throws `not_found`. */
export async function getReplay(ctx: Ctx, id: number): Promise<ReplayComparison> {
	requireTeam(ctx, 'sessions:read');
	const found = await findReplay(ctx.db, sql`r.id = ${id}`);
	if (!found) throw notFound(`replay ${id}`);
	const { replay } = found;
	const [then, now] = await Promise.all([
		replay.source_session_id === null ? null : readSide(ctx, replay.source_session_id),
		readSide(ctx, replay.session_id),
	]);
	return { replay, then, now };
}

/** Lists the messages that a replay of a chat sends, oldest first. Needs `sessions:read`. Throws `not_found`. */
export async function listReplayMessages(ctx: Ctx, sessionId: string): Promise<string[]> {
	requireTeam(ctx, 'sessions:read');
	const { id } = await resolveSession(ctx, sessionId);
	return listVisitorMessages(ctx, id);
}

const figuresSchema = z.object({ turns: z.number(), failures: z.number(), ai_ms: z.number() });

async function readSide(ctx: Ctx, sessionId: string): Promise<ReplaySide> {
	const system = asSystem(ctx);
	const session = await resolveSession(system, sessionId);
	const chat = { id: session.id, session_id: session.public_id };
	const [comparedMessages, lead, { rows }] = await Promise.all([
		listMessages(system, chat, { limit: MAX_COMPARED_MESSAGES }),
		findLead(system, chat),
		ctx.db.execute(sql`
			select count(*)::int as turns, count(*) filter (where outcome not in ('ok', 'dropped'))::int as failures,
				coalesce(sum(extract(epoch from finished_at - started_at) * 1000), 0)::int as ai_ms
			from ai_turns where chat_session_id = ${session.id}`),
	]);
	const core = CORE_LEAD_FIELDS.map((field) => [field, lead?.[field] ?? ''] as const);
	const fields = [...core, ...Object.entries(lead?.answers ?? {})].filter(([, value]) => value);
	return {
		session_id: sessionId,
		completion_status: session.completion_status,
		messages: comparedMessages,
		lead: Object.fromEntries(fields),
		...figuresSchema.parse(rows[0]),
	};
}

/** Lists the text of the first 50 visitor messages, oldest first. */
async function listVisitorMessages(tx: Ctx, chatSessionId: number): Promise<string[]> {
	const rows = await tx.db
		.select({ message: messages.message })
		.from(messages)
		.where(and(eq(messages.chat_session_id, chatSessionId), eq(messages.sender, 'visitor')))
		.orderBy(asc(messages.id))
		.limit(MAX_REPLAY_MESSAGES);
	return rows.map(({ message }) => message);
}

/** Returns whether the chat began with something other than a visitor's message, as it does when the AI greets. */
async function isGreeted(tx: Ctx, { id }: SessionRow): Promise<boolean> {
	const [first] = await tx.db
		.select({ sender: messages.sender })
		.from(messages)
		.where(eq(messages.chat_session_id, id))
		.orderBy(asc(messages.id))
		.limit(1);
	return first?.sender !== 'visitor';
}
