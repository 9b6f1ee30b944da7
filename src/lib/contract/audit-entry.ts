import { z } from 'zod';
import { pageQuery, sessionId, timestamp } from './common.ts';
import { auditAction } from './events.ts';

const auditActor = z.enum(['user', 'api_key', 'system', 'visitor']);

/** One act: who did what to what, when. */
export const auditEntry = z
	.object({
		id: z.number().int(),
		action: auditAction,
		actor: z.object({
			type: auditActor,
			/** The id of a user or of an API key; null for the environment's key and everybody else. */
			id: z.number().int().nullable(),
			/** The name at the time. */
			name: z.string(),
		}),
		/** The chat session that it concerns, while that exists. */
		session_id: sessionId.nullable(),
		/** What it was done to, by the name at the time: a site, a user, an endpoint. */
		target: z.object({ type: z.string(), id: z.string(), name: z.string() }).nullable(),
		/** What changed, for people to read; never a secret. */
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
