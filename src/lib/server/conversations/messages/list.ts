import { sql } from 'drizzle-orm';
import type { Message } from '#lib/contract/message.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { presentMessage, SELECT_MESSAGES, storedMessages } from './present.ts';

/** A transcript is never read whole beyond this: the newest messages are given. */
export const TRANSCRIPT_LIMIT = 2000;

/** The messages of a chat session in their order: all (the newest 2,000), or those after a message id. */
export async function listMessages(
	ctx: Ctx,
	sessionId: string,
	options: { after?: number; limit?: number } = {},
): Promise<Message[]> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:read');
	const limit = options.limit ?? TRANSCRIPT_LIMIT;
	const ofSession = sql`m.chat_session_id = (select id from chat_sessions where public_id = ${sessionId})`;
	const { rows } = await ctx.db.execute(
		options.after === undefined
			? sql`select * from (${sql.raw(SELECT_MESSAGES)} where ${ofSession} order by m.id desc limit ${limit}) newest order by id`
			: sql`${sql.raw(SELECT_MESSAGES)} where ${ofSession} and m.id > ${options.after} order by m.id limit ${limit}`,
	);
	return storedMessages.parse(rows).map(presentMessage);
}
