import { and, desc, eq, lt } from 'drizzle-orm';
import type { z } from 'zod';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import { presentEntry } from '#lib/server/team/audit/index.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/cursor.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { resolveSession } from '../sessions/index.ts';

/** A page of what people and programs did with a chat session, newest first; throws NotFound. */
export async function listActivity(
	ctx: Ctx,
	sessionId: string,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<AuditEntry>> {
	requireTeam(ctx, 'sessions:read');
	const { limit, cursor } = parse(pageQuery, input);
	const session = await resolveSession(ctx, sessionId);
	const rows = await ctx.db
		.select()
		.from(audit_entries)
		.where(
			and(
				eq(audit_entries.chat_session_id, session.id),
				cursor ? lt(audit_entries.id, decodeCursor(cursor).id) : undefined,
			),
		)
		.orderBy(desc(audit_entries.id))
		.limit(limit + 1);
	const entries = rows.map((row) => presentEntry(row, session.public_id));
	return toPage(entries, limit, (entry) => entry.created_at);
}
