import { and, desc, eq, gte, lt } from 'drizzle-orm';
import { type AuditEntry, type AuditListQuery, auditListQuery } from '#lib/contract/audit-entry.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { readFromReplica } from '#lib/server/core/db/reads.ts';
import { audit_entries, chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { presentEntry } from './unchecked.ts';

/** Returns a page of audit entries, newest first (indexes audit_entries_list, …_user, …_action). Requires an admin. */
export async function listAuditEntries(ctx: Ctx, input: AuditListQuery): Promise<Page<AuditEntry>> {
	requireAdmin(ctx);
	const { limit, cursor, user_id, action, from, to } = parse(auditListQuery, input);
	const { created_at, id } = audit_entries;
	const condition = and(
		user_id === undefined ? undefined : eq(audit_entries.user_id, user_id),
		action === undefined ? undefined : eq(audit_entries.action, action),
		from === undefined ? undefined : gte(created_at, new Date(from)),
		to === undefined ? undefined : lt(created_at, new Date(to)),
		cursor === undefined ? undefined : afterCursor(created_at, id, cursor),
	);
	const rows = await readFromReplica(ctx, ({ db }) =>
		db
			.select({ entry: audit_entries, session_id: chat_sessions.public_id })
			.from(audit_entries)
			.leftJoin(chat_sessions, eq(chat_sessions.id, audit_entries.chat_session_id))
			.where(condition)
			.orderBy(desc(created_at), desc(id))
			.limit(limit + 1),
	);
	return toPage(
		rows.map(({ entry, session_id }) => presentEntry(entry, session_id)),
		limit,
		(entry) => entry.created_at,
	);
}
