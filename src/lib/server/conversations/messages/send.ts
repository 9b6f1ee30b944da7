import { sessionId as sessionIdSchema } from '#lib/contract/common.ts';
import {
	ingestInput,
	type IngestInput,
	type IngestMessage,
	type IngestResult,
} from '#lib/contract/workflows.ts';
import type { Message } from '#lib/contract/message.ts';
import { messageText } from '#lib/contract/text.ts';
import { containsAnyPhrase } from '#lib/markdown/index.ts';
import { parseImportedText } from '#lib/server/ai/connectors/reply/parse-reply.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam, requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import {
	completeSession,
	ensureSession,
	findSession,
	resolveSession,
	type SessionRow,
} from '../sessions/unchecked.ts';
import type { InsertedMessage, NewMessage } from './insert.ts';
import { storeMessage, storeMessages } from './store.ts';

/** The maximum number of a visitor's messages in a chat session, about ten times the usual number. */
export const MAX_VISITOR_MESSAGES = 500;

/**
 * Stores a visitor's message, once per client message id. The AI answers it unless `website`, a hidden field that only bots
 * fill in, has a value. Throws `conflict` if the chat session has the maximum number of messages, and `forbidden` if the site
 * requires a consent that the visitor hasn't given.
 */
export async function sendVisitorMessage(
	ctx: Ctx,
	input: {
		chat_session_id: number;
		session_id: string;
		message: string;
		client_message_id?: string;
		opens_session?: boolean;
		website?: string;
	},
): Promise<InsertedMessage> {
	requireVisitorOrTeam(ctx, input.session_id, 'sessions:write');
	const { website, ...row } = input;
	return storeMessage(ctx, {
		...row,
		message: parse(messageText, input.message),
		sender: 'visitor',
		created_at: ctx.app.clock(),
		wants_reply: !website,
		max_visitor_messages: MAX_VISITOR_MESSAGES,
		needs_consent: true,
	});
}

/**
 * Sends a message from the calling user to the visitor. Throws `conflict` if no one has taken over the chat session, or if
 * Messenger no longer accepts a reply.
 */
export async function sendAgentMessage(
	ctx: Ctx,
	input: { session_id: string; message: string; client_message_id?: string },
): Promise<Message> {
	requireTeam(ctx, 'sessions:write');
	const { actor } = ctx;
	if (actor.type !== 'user') throw forbidden('only a user can write as an agent');
	const session = await resolveSession(ctx, input.session_id);
	if (!session.ai_paused || session.handoff_deadline_at)
		throw conflict('take over the chat session first: the AI is answering it');
	const row: NewMessage = {
		chat_session_id: session.id,
		session_id: session.public_id,
		sender: 'agent',
		message: parse(messageText, input.message),
		author: { id: actor.id, name: actor.name },
		client_message_id: input.client_message_id,
		created_at: ctx.app.clock(),
	};
	if (session.channel !== 'messenger') return (await storeMessage(ctx, row)).message;
	requireReplyWindow(ctx, session);
	// In a transaction, so that the outgoing Messenger message is queued atomically with this one.
	return (await inTransaction(ctx, (tx) => storeMessage(tx, row))).message;
}

/** Throws `conflict` if Messenger no longer accepts a reply to the visitor. */
export function requireReplyWindow(ctx: Ctx, { reply_until }: SessionRow): void {
	if (reply_until && reply_until <= ctx.app.clock()) {
		throw conflict('Facebook accepts replies only within 24 hours of the visitor’s last message');
	}
}

/**
 * Stores messages that another system exchanged with the visitor, once per external id. Creates the chat session if its id is
 * unknown, and detects completions. The AI doesn't answer these messages. Removes reasoning from AI messages, and skips
 * messages that contain nothing else. Throws `invalid`.
 */
export async function ingestMessages(
	ctx: Ctx,
	id: string,
	input: IngestInput,
): Promise<IngestResult> {
	requireTeam(ctx, 'sessions:write');
	const parsed = parse(ingestInput, input);
	const inputs = Array.isArray(parsed) ? parsed : [parsed];
	rejectFutureTimestamps(ctx, inputs);
	const rows = inputs.map(removeReasoning).filter(({ message }) => message !== '');
	const times = rows.flatMap(({ timestamp }) => (timestamp ? [new Date(timestamp)] : []));
	const startedAt = times.toSorted((a, b) => a.getTime() - b.getTime())[0];
	return inTransaction(ctx, async (tx) => {
		const sessionId = /^\d+$/.test(id) ? id : parse(sessionIdSchema, id);
		const row = await ensureSession(tx, sessionId, startedAt);
		const messages = rows.map(({ timestamp, ...message }) => ({
			...message,
			chat_session_id: row.id,
			session_id: row.public_id,
			created_at: timestamp ? new Date(timestamp) : ctx.app.clock(),
		}));
		const results = messages.length > 0 ? await storeMessages(tx, messages) : [];
		const stored = results.filter(({ is_new }) => is_new).length;
		const { completion_phrases } = await getSite(tx, { id: row.site_id });
		const completingMessage = rows.find(
			({ sender, message }) => sender === 'ai' && containsAnyPhrase(message, completion_phrases),
		);
		if (completingMessage) {
			const at = completingMessage.timestamp ? new Date(completingMessage.timestamp) : undefined;
			await completeSession(tx, { chat_session_id: row.id, source: 'ingest', at });
		}
		const session = await findSession(tx, row.id);
		if (!session) throw new Error('a locked chat session was not found');
		return { stored, duplicates: rows.length - stored, session };
	});
}

const removeReasoning = (row: IngestMessage): IngestMessage =>
	row.sender === 'ai' ? { ...row, message: parseImportedText(row.message) } : row;

const MAX_AHEAD_MS = 24 * 3_600_000;

/** Rejects timestamps more than 24 hours ahead, which would stay at the top of every list, but tolerates clock skew. */
function rejectFutureTimestamps(ctx: Ctx, rows: { timestamp?: string | undefined }[]): void {
	const latest = ctx.app.clock().getTime() + MAX_AHEAD_MS;
	const errors = rows.flatMap(({ timestamp }, index) =>
		timestamp && Date.parse(timestamp) > latest
			? [
					{
						path: rows.length > 1 ? `${index}.timestamp` : 'timestamp',
						message: 'is in the future',
					},
				]
			: [],
	);
	if (errors.length > 0) throw new AppError('invalid', 'a timestamp is in the future', { errors });
}
