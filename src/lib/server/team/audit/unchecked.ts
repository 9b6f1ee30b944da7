// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
import { type AuditEntry, describeActivity } from '#lib/contract/audit-entry.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import type { Actor, Ctx } from '#lib/server/core/context.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { recordEvent } from '#lib/server/core/db/transaction.ts';

/** An audit entry to record. `detail` is shown on screen and must not contain secrets. */
interface AuditInput {
	action: AuditAction;
	chat_session_id?: number;
	target?: { type: string; id: string | number; name: string };
	detail?: Record<string, unknown>;
}

/** Records an action in the caller's transaction, and returns the id of the audit entry. */
export async function audit(ctx: Ctx, input: AuditInput): Promise<number> {
	const actor = toEntryActor(ctx.actor);
	const entry = {
		action: input.action,
		actor_type: actor.type,
		user_id: actor.type === 'user' ? actor.id : null,
		api_key_id: actor.type === 'api_key' ? actor.id : null,
		actor_name: actor.name,
		chat_session_id: input.chat_session_id ?? null,
		target_type: input.target?.type ?? null,
		target_id: input.target ? String(input.target.id) : null,
		target_name: input.target?.name ?? null,
		detail: input.detail ?? {},
		created_at: ctx.app.clock(),
	};
	const [row] = await ctx.db
		.insert(audit_entries)
		.values(entry)
		.returning({ id: audit_entries.id });
	if (!row) throw new Error('an audit entry was not stored');
	const event = { name: 'audit.added', payload: { action: input.action } } as const;
	if (ctx.pending) await recordEvent(ctx, event);
	else ctx.app.events.publish(event);
	return row.id;
}

function toEntryActor(actor: Actor): AuditEntry['actor'] {
	switch (actor.type) {
		case 'user':
		case 'enrolling':
			return { type: 'user', id: actor.id, name: actor.name };
		case 'api_key':
			return { type: 'api_key', id: actor.id, name: actor.name };
		case 'system':
			return { type: 'system', id: null, name: 'Frontdesk' };
		case 'visitor':
		case 'anonymous':
			return { type: 'visitor', id: null, name: 'Visitor' };
	}
}

/** Returns an audit entry in the form of the contract. `sessionId` is the public id of its chat session. */
export function presentEntry(
	row: typeof audit_entries.$inferSelect,
	sessionId: string | null,
): AuditEntry {
	const actor = {
		type: row.actor_type,
		id: row.user_id ?? row.api_key_id,
		name: row.actor_name,
	};
	return {
		id: row.id,
		action: row.action,
		actor,
		session_id: sessionId,
		target:
			row.target_type === null
				? null
				: { type: row.target_type, id: row.target_id ?? '', name: row.target_name ?? '' },
		detail: row.detail,
		activity: describeActivity(row.action, { actor, detail: row.detail }),
		created_at: row.created_at.toISOString(),
	};
}
