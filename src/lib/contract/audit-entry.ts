import { z } from 'zod';
import { pageQuery, sessionId, timestamp } from './common.ts';
import { auditAction } from './events.ts';

const auditActor = z.enum(['user', 'api_key', 'system', 'visitor']);

/** An audit log entry: who did what, and when. */
export const auditEntry = z
	.object({
		id: z.number().int(),
		action: auditAction,
		actor: z.object({
			type: auditActor,
			/** The id of a user or API key. Null for the environment's API key and other actors. */
			id: z.number().int().nullable(),
			/** The name at the time of the action. */
			name: z.string(),
		}),
		/** The chat session concerned; null once it is deleted. */
		session_id: sessionId.nullable(),
		/** The object of the action, such as a site, user or endpoint, with its name at the time. */
		target: z.object({ type: z.string(), id: z.string(), name: z.string() }).nullable(),
		/** What changed, in readable form. Never contains secrets. */
		detail: z.record(z.string(), z.unknown()),
		created_at: timestamp,
	})
	.meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditListQuery = pageQuery.extend({
	user_id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
	action: auditAction.optional(),
	from: timestamp.optional(),
	to: timestamp.optional(),
});
export type AuditListQuery = z.input<typeof auditListQuery>;
