import { sql } from 'drizzle-orm';
import type { Lead } from '#lib/contract/lead.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { type Read, readRows, runRead } from '../core/db/reads.ts';
import { leads } from '../core/db/schema/index.ts';
import type { SessionHandle, SessionRef } from '../conversations/sessions/index.ts';
import { resolveHandle } from '../conversations/sessions/unchecked.ts';
import { presentLead } from './internal.ts';

/** The lead of a chat session, or null while nothing is known of the visitor; throws NotFound for the chat session. */
export async function findLead(ctx: Ctx, session: SessionRef): Promise<Lead | null> {
	requireTeam(ctx, 'leads:read');
	return runRead(ctx.db, readLead(await resolveHandle(ctx, session)));
}

export const readLead = ({ id, session_id }: SessionHandle): Read<Lead | null> =>
	readRows(leads, sql`select * from leads where chat_session_id = ${id}`, ([row]) =>
		row ? presentLead(row, session_id) : null,
	);
