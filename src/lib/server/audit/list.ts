import { and, desc, eq, gte, lt } from 'drizzle-orm';
import { auditListQuery, type AuditEntry, type AuditListQuery } from '$lib/contract/audit-entry';
import type { Page } from '$lib/contract/common';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { toPage } from '../cursor';
import { afterCursor } from '../db/keyset';
import { audit_entries, chat_sessions } from '../db/schema';
import { parse } from '../parse';
import { presentEntry } from './present';

/** What people and programs did, newest first, as keyset pages (indexes audit_entries_list, …_user, …_action). For admins. */
export async function listAuditEntries(ctx: Ctx, input: AuditListQuery): Promise<Page<AuditEntry>> {
	requireAdmin(ctx);
	const { limit, cursor, user_id, action, from, to } = parse(auditListQuery, input);
	const { created_at, id } = audit_entries;
	const rows = await ctx.db
		.select({ entry: audit_entries, session_id: chat_sessions.public_id })
		.from(audit_entries)
		.leftJoin(chat_sessions, eq(chat_sessions.id, audit_entries.chat_session_id))
		.where(
			and(
				user_id === undefined ? undefined : eq(audit_entries.user_id, user_id),
				action === undefined ? undefined : eq(audit_entries.action, action),
				from === undefined ? undefined : gte(created_at, new Date(from)),
				to === undefined ? undefined : lt(created_at, new Date(to)),
				cursor === undefined ? undefined : afterCursor(created_at, id, cursor),
			),
		)
		.orderBy(desc(created_at), desc(id))
		.limit(limit + 1);
	return toPage(
		rows.map(({ entry, session_id }) => presentEntry(entry, session_id)),
		limit,
		(entry) => entry.created_at,
	);
}
