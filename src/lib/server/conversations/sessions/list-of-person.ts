import { sql } from 'drizzle-orm';
import type { Session } from '#lib/contract/session.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { readSessions } from './present.ts';
import { resolveHandle, type SessionHandle, type SessionRef } from './resolve.ts';

const MAX_SESSIONS = 20;

/** Other chat sessions whose lead has the same email or phone number, last activity first, at most 20; throws NotFound. */
export async function listSessionsOfPerson(ctx: Ctx, ref: SessionRef): Promise<Session[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readSessionsOfPerson(await resolveHandle(ctx, ref)));
}

/** Read by leads_email and leads_phone. */
export const readSessionsOfPerson = ({ id }: SessionHandle): Read<Session[]> =>
	readSessions(sql`
		where chat_sessions.id <> ${id} and chat_sessions.channel <> 'test' and chat_sessions.id in (
			select chat_session_id from leads
			where lower(email) = (select lower(email) from leads where chat_session_id = ${id})
			union
			select chat_session_id from leads where phone = (select phone from leads where chat_session_id = ${id})
		)
		order by chat_sessions.last_activity_at desc, chat_sessions.id desc limit ${MAX_SESSIONS}`);
