import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { audit_entries } from '#lib/server/core/db/schema/index.ts';

/** Returns an audit entry in the form of the contract. `sessionId` is the public id of its chat session. */
export const presentEntry = (
	row: typeof audit_entries.$inferSelect,
	sessionId: string | null,
): AuditEntry => ({
	id: row.id,
	action: row.action,
	actor: { type: row.actor_type, id: row.user_id ?? row.api_key_id, name: row.actor_name },
	session_id: sessionId,
	target:
		row.target_type === null
			? null
			: { type: row.target_type, id: row.target_id ?? '', name: row.target_name ?? '' },
	detail: row.detail,
	created_at: row.created_at.toISOString(),
});
