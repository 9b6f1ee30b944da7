import { z } from 'zod';
import { pageQuery, sessionId, anyTimestamp, timestamp, urlInteger } from './common.ts';
import { ACTIVITY_ICONS, type LoggedAction, type Wording } from './define-event.ts';
import { type AuditAction, auditAction, events } from './events.ts';

const auditActor = z.enum(['user', 'api_key', 'system', 'visitor']);

/** An audit log entry: who did what, and when. */
export const auditEntry = z
	.object({
		id: z.number().int(),
		action: auditAction,
		actor: z.object({
			type: auditActor,
			/** The user's or API key's id. Null for the environment's API key, the system and visitors. */
			id: z.number().int().nullable(),
			/** The name at the time of the action. */
			name: z.string(),
		}),
		/** The chat session concerned. Null if there is none, or it was deleted. */
		session_id: sessionId.nullable(),
		/** The object of the action, such as a site, user or endpoint, with its name at the time. */
		target: z.object({ type: z.string(), id: z.string(), name: z.string() }).nullable(),
		/** The changes, in readable form. Never contains secrets. */
		detail: z.record(z.string(), z.unknown()),
		/** The entry in a chat session's activity: an icon, and the text after the actor's name. Null if the activity does not list it. */
		activity: z.object({ icon: z.enum(ACTIVITY_ICONS), text: z.string() }).nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

/** Returns an entry's `activity`. */
export function describeActivity(
	action: AuditAction,
	logged: LoggedAction,
): AuditEntry['activity'] {
	const { activity }: Wording = events[action];
	if (!activity) return null;
	const [icon, wording] = activity;
	return { icon, text: typeof wording === 'function' ? wording(logged) : wording };
}

export const auditListQuery = pageQuery.extend({
	user_id: urlInteger(1).optional(),
	action: auditAction.optional(),
	from: anyTimestamp.optional(),
	to: anyTimestamp.optional(),
});
export type AuditListQuery = z.input<typeof auditListQuery>;
