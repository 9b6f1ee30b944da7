import { z } from 'zod';
import { REASONS } from '#lib/client/reviews/review-labels.ts';
import { auditAction, type AuditAction, type AuditEntry } from '#lib/contract/audit-entry.ts';

/** What was done, after the name of who did it and before the name of what it was done to. */
const ACTS: Record<AuditAction, string> = {
	'session.taken_over': 'took over a chat',
	'session.handed_back': 'handed a chat back to the AI',
	'session.assigned': 'assigned a chat',
	'session.completed': 'completed a chat',
	'session.archived': 'archived a chat',
	'session.restored': 'restored a chat',
	'session.deleted': 'deleted a chat for good:',
	'session.exported': 'exported a chat',
	'session.resume_link_made': 'made a resume link',
	'session.visitor_signed_out': 'signed the visitor of a chat out',
	'visitor.erased': 'erased a visitor',
	'visitor.exported': 'exported a visitor’s data',
	'retention.applied': 'erased old chats of',
	'note.created': 'left a note',
	'note.updated': 'changed a note',
	'note.deleted': 'deleted a note',
	'lead.updated': 'edited a lead',
	'lead.contacted': 'contacted a lead',
	'leads.exported': 'exported leads',
	'sessions.exported': 'exported chats',
	'review.submitted': 'reviewed a chat',
	'delivery.replayed': 'sent a delivery again:',
	'error.resolved': 'resolved an error:',
	'error.reopened': 'reopened an error:',
	'site.created': 'made the site',
	'site.updated': 'changed the site',
	'site.archived': 'archived the site',
	'site.restored': 'restored the site',
	'connector.tested': 'tested the AI of',
	'endpoint.created': 'made the endpoint',
	'endpoint.updated': 'changed the endpoint',
	'endpoint.deleted': 'deleted the endpoint',
	'endpoint.secret_rotated': 'rotated the secret of',
	'endpoint.tested': 'tested the endpoint',
	'canned_reply.created': 'wrote the canned reply',
	'canned_reply.updated': 'changed the canned reply',
	'canned_reply.deleted': 'deleted the canned reply',
	'user.first_admin_created': 'created the first admin',
	'user.invited': 'invited',
	'user.invitation_cancelled': 'cancelled the invitation of',
	'user.joined': 'joined the team',
	'user.updated': 'changed the name or e-mail of',
	'user.role_changed': 'changed the role of',
	'user.disabled': 'disabled',
	'user.enabled': 'enabled',
	'user.signed_in': 'signed in',
	'user.signed_out_everywhere': 'ended every sign-in of',
	'user.password_changed': 'changed their password',
	'user.password_reset': 'chose a new password by a link',
	'user.two_factor_enabled': 'turned on two-factor authentication',
	'user.two_factor_disabled': 'turned off two-factor authentication',
	'user.two_factor_reset': 'reset the two-factor authentication of',
	'user.recovery_codes_created': 'created new recovery codes',
	'api_key.created': 'made the API key',
	'api_key.revoked': 'revoked the API key',
	'mail.sent_again': 'sent a mail again:',
	'mail.link_viewed': 'viewed the one-time link in a mail to',
	'mail.tested': 'sent a test mail to',
	'n8n.connected': 'connected n8n to the site',
	'n8n.disconnected': 'disconnected n8n from the site',
	'messenger.connected': 'connected the Messenger page',
	'messenger.disconnected': 'removed the token of the Messenger page',
	'sync.run': 'ran a sync',
	'settings.updated': 'changed the settings of',
};

/** The sentence after the name of who did it, with the name of what it was done to apart. */
export function actWords({ action, detail, target }: AuditEntry): { act: string; target: string } {
	if (action === 'user.signed_out_everywhere' && detail['others'] === true) {
		return { act: 'signed out their other browsers', target: '' };
	}
	if (action === 'lead.contacted' && detail['contacted'] === false) {
		return { act: 'took the contact with a lead back', target: '' };
	}
	return target ? { act: ACTS[action], target: target.name } : { act: alone(action), target: '' };
}

/** The act without what it was done to. */
const alone = (action: AuditAction) => ACTS[action].replace(/( of| to| the|:)$/, '');

/** For choosing one kind of act: "Changed the role". */
function labelOf(action: AuditAction): string {
	const words = alone(action);
	return words.charAt(0).toUpperCase() + words.slice(1);
}

export const ACTIONS = auditAction.options
	.map((value) => ({ value, label: labelOf(value) }))
	.sort((a, b) => a.label.localeCompare(b.label));

/** What the act already says. */
const SAID = new Set(['contacted', 'others']);
const LABELS: Record<string, string> = { qa_status: 'to', http_status: 'status' };

const isNothing = (value: unknown) =>
	value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** What an act changed, in a line: "role agent → admin". */
export function detailWords({ detail }: AuditEntry): string {
	return Object.entries(detail)
		.filter(([key, value]) => !SAID.has(key) && !isNothing(value))
		.map(([key, value]) =>
			value === true
				? key.replaceAll('_', ' ')
				: `${LABELS[key] ?? key.replaceAll('_', ' ')} ${valueWords(value)}`,
		)
		.join(' · ');
}

const change = z.object({ from: z.unknown(), to: z.unknown() });
const isReason = (value: string): value is keyof typeof REASONS => Object.hasOwn(REASONS, value);

function valueWords(value: unknown): string {
	if (Array.isArray(value)) return value.map(valueWords).join(', ');
	const { data } = change.safeParse(value);
	if (data) return `${String(data.from)} → ${String(data.to)}`;
	if (typeof value === 'object' && value !== null) return JSON.stringify(value);
	const text = String(value);
	return isReason(text) ? REASONS[text].toLowerCase() : text;
}
