import { z } from 'zod';
import { pageQuery, sessionId, timestamp } from './common.ts';

/** What people and programs do that others may ask about later: noun, dot, past tense. */
export const auditAction = z.enum([
	'session.taken_over',
	'session.handed_back',
	'session.assigned',
	'session.completed',
	'session.archived',
	'session.restored',
	'session.deleted',
	'session.exported',
	'session.resume_link_made',
	'session.visitor_signed_out',
	'visitor.erased',
	'visitor.exported',
	'retention.applied',
	'note.created',
	'note.updated',
	'note.deleted',
	'lead.updated',
	'lead.contacted',
	'leads.exported',
	'sessions.exported',
	'review.submitted',
	'delivery.replayed',
	'error.resolved',
	'error.reopened',
	'site.created',
	'site.updated',
	'site.archived',
	'site.restored',
	'connector.tested',
	'endpoint.created',
	'endpoint.updated',
	'endpoint.deleted',
	'endpoint.secret_rotated',
	'endpoint.tested',
	'canned_reply.created',
	'canned_reply.updated',
	'canned_reply.deleted',
	'user.first_admin_created',
	'user.invited',
	'user.invitation_cancelled',
	'user.joined',
	'user.updated',
	'user.role_changed',
	'user.disabled',
	'user.enabled',
	'user.signed_in',
	'user.signed_out_everywhere',
	'user.password_changed',
	'user.password_reset',
	'user.two_factor_enabled',
	'user.two_factor_disabled',
	'user.two_factor_reset',
	'user.recovery_codes_created',
	'api_key.created',
	'api_key.revoked',
	'mail.sent_again',
	'mail.link_viewed',
	'mail.tested',
	'n8n.connected',
	'n8n.disconnected',
	'messenger.connected',
	'messenger.disconnected',
	'sync.run',
	'settings.updated',
]);
export type AuditAction = z.infer<typeof auditAction>;

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
