import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import { presentEntry } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, readRows, runRead } from '#lib/server/core/db/reads.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import type { SessionHandle, SessionRef } from '../sessions/index.ts';
import { resolveHandle } from '../sessions/unchecked.ts';

/** Returns a page of what people and programs did with a chat session, newest first. Throws `not_found`. */
export async function listActivity(
	ctx: Ctx,
	session: SessionRef,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<AuditEntry>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(pageQuery, input);
	return runRead(ctx.db, readActivity(await resolveHandle(ctx, session), query));
}

/** Returns the query of such a page, to run together with other reads. Checks no permission. */
export const readActivity = (
	{ id, session_id }: SessionHandle,
	{ limit, cursor }: Pick<z.output<typeof pageQuery>, 'limit' | 'cursor'>,
): Read<Page<AuditEntry>> =>
	readRows(
		audit_entries,
		sql`select * from audit_entries where ${and(
			eq(audit_entries.chat_session_id, id),
			cursor ? lt(audit_entries.id, decodeCursor(cursor).id) : undefined,
		)} order by ${desc(audit_entries.id)} limit ${limit + 1}`,
		(rows) => {
			const entries = rows.map((row) => presentEntry(row, session_id));
			return toPage(entries, limit, (entry) => entry.created_at);
		},
	);
