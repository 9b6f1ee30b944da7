import { sql } from 'drizzle-orm';
import type { Message } from '#lib/contract/message.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import type { SessionRef } from '../sessions/index.ts';
import { presentMessage, SELECT_MESSAGES, storedMessages } from './present.ts';

/** How many messages are read at most, the newest ones. */
export const TRANSCRIPT_LIMIT = 2000;

interface MessageRange {
	/** Only messages after this id. */
	after?: number;
	limit?: number;
}

/** Returns a chat session's messages, oldest first: the newest 2,000, or those after a message id. */
export async function listMessages(
	ctx: Ctx,
	session: SessionRef,
	range: MessageRange = {},
): Promise<Message[]> {
	const sessionId = typeof session === 'string' ? session : session.session_id;
	requireVisitorOrTeam(ctx, sessionId, 'sessions:read');
	return runRead(ctx.db, readMessages(session, range));
}

/** Returns the query of these messages, to run together with other reads. Checks no permission. */
export function readMessages(
	session: SessionRef,
	{ after, limit }: MessageRange = {},
): Read<Message[]> {
	const id =
		typeof session === 'string'
			? sql`(select id from chat_sessions where public_id = ${session})`
			: sql`${session.id}`;
	const ofSession = sql`${sql.raw(SELECT_MESSAGES)} where m.chat_session_id = ${id}`;
	const max = limit ?? TRANSCRIPT_LIMIT;
	return {
		query:
			after === undefined
				? sql`select * from (${ofSession} order by m.id desc limit ${max}) newest order by id`
				: sql`${ofSession} and m.id > ${after} order by m.id limit ${max}`,
		parse: (rows) => storedMessages.parse(rows).map(presentMessage),
	};
}
