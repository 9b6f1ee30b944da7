import { z } from 'zod';
import { automationError, errorGroup } from './automation-error.ts';
import { flagChange } from './check.ts';
import { sessionId, timestamp } from './common.ts';
import { act, event } from './define-event.ts';
import { handoffEvents } from './handoff-events.ts';
import { lead, type Lead } from './lead.ts';
import { mail } from './mail.ts';
import { message, partialReply, replyDelta, replyStarted } from './message.ts';
import { note } from './note.ts';
import { outcomeEvents } from './outcome-events.ts';
import { review, reviewLockChange } from './review.ts';
import { openChat, session, type Session } from './session.ts';
import { settingsEvents } from './settings-events.ts';
import { suiteEvents } from './suite-events.ts';
import { replay } from './test-chat.ts';
import {
	toWidgetMessage,
	toWidgetSession,
	visitorToken,
	widgetMessage,
	widgetSession,
} from './widget.ts';

const sessionPayload = <Shape extends z.ZodRawShape>(shape: Shape) =>
	z.object({ session_id: sessionId, ...shape });
const bySession = ({ session }: { session: Session }) => session.id;
/** A chat can be completed again after its completion was undone. */
const byCompletion = ({ session: { id, completions_undone: undone } }: { session: Session }) =>
	undone === 0 ? id : `${id}:${undone}`;
const hasContact = (lead: Lead | null) => Boolean(lead?.email ?? lead?.phone);

/**
 * Declares every event once: its payload, its audience, its text in the audit log and in the activity of a chat session,
 * and the webhooks it triggers. `all-events.ts` derives everything else. Names are noun, dot, past tense.
 */
export const events = {
	'session.created': event(z.object({ session }), {
		agents: 'team',
		webhooks: {
			'session.created': { label: 'Chat started', hint: 'A chat starts.', key: bySession },
		},
	}),
	'session.updated': event(z.object({ session }), {
		agents: 'team',
		visitor: {
			view: z.object({ session: widgetSession }),
			present: ({ session }) => ({ session: toWidgetSession(session) }),
		},
		announcesActs: true,
	}),
	'session.completed': event(z.object({ session }), {
		agents: 'team',
		audit: 'completed a chat',
		activity: ['complete', 'completed it'],
		webhooks: {
			'lead.completed': {
				label: 'Lead completed',
				hint: 'A chat is complete, with its lead.',
				key: byCompletion,
				chain: 'start',
			},
			'session.completed': {
				label: 'Chat completed',
				hint: 'A chat is complete.',
				key: byCompletion,
			},
		},
	}),
	'session.abandoned': event(z.object({ session }), {
		webhooks: {
			'lead.abandoned': {
				label: 'Lead abandoned',
				hint: 'The visitor stopped replying, but left an email address or phone number.',
				// A visitor who comes back and leaves more details is delivered again.
				key: ({ session }, lead) => `${session.id}:${lead?.updated_at ?? ''}`,
				whenLead: hasContact,
			},
		},
	}),
	'session.deleted': event(sessionPayload({}), {
		agents: 'team',
		visitor: 'sign-out',
		audit: 'permanently deleted a chat: {target}',
	}),
	'session.taken_over': act('took over a chat', ['agent', 'took over']),
	/** The built-in AI answers from now on. */
	'session.rescued': act('switched a chat to the built-in AI', [
		'ai',
		'switched to the built-in AI, since the site’s AI failed',
	]),
	/** The guard has ended the trial of the AI that the chat began with. */
	'session.returned': act('let the champion continue a chat whose challenger failed', [
		'ai',
		'let the champion continue, since the challenger’s trial was ended',
	]),
	'session.handed_back': act('handed a chat back to the AI', ['ai', 'handed back to the AI']),
	...handoffEvents,
	'session.assigned': act('assigned a chat', [
		'agent',
		({ actor, detail: { assignee } }) => {
			if (typeof assignee !== 'string') return 'removed the assignment';
			return `assigned it to ${assignee === actor.name ? 'themselves' : assignee}`;
		},
	]),
	'session.archived': act('archived a chat', ['archive', 'archived it']),
	'session.restored': act('restored a chat', ['archive', 'restored it']),
	'session.exported': act('exported a chat', ['export', 'exported it']),
	'session.resume_link_made': act('created a resume link', ['link', 'created a resume link']),
	'session.visitor_signed_out': act('signed a visitor out of a chat', [
		'link',
		'signed the visitor out',
	]),
	/** The tokens of a chat session were revoked. Closes the sockets they opened. */
	'visitor.signed_out': event(sessionPayload({}), { visitor: 'sign-out' }),
	'visitor.presence': event(
		sessionPayload({ is_online: z.boolean(), page_url: z.string().nullable() }),
		{ agents: 'team' },
	),
	'visitor.erased': act('erased a visitor'),
	'visitor.exported': act('exported a visitor’s data'),
	'retention.applied': act('erased old chats of {target}'),

	'message.created': event(sessionPayload({ message }), {
		agents: 'team',
		visitor: {
			view: sessionPayload({ message: widgetMessage }),
			present: ({ session_id, message }) => ({ session_id, message: toWidgetMessage(message) }),
		},
	}),
	'reply.started': event(replyStarted, { agents: 'watchers', visitor: 'session' }),
	'reply.delta': event(replyDelta, { agents: 'watchers', visitor: 'session' }),
	/** `message` is null if the reply was discarded. */
	'reply.finished': event(sessionPayload({ reply_id: z.uuid(), message: message.nullable() }), {
		agents: 'watchers',
		visitor: {
			view: sessionPayload({ reply_id: z.uuid(), message: widgetMessage.nullable() }),
			present: ({ message, ...reply }) => ({
				...reply,
				message: message && toWidgetMessage(message),
			}),
		},
	}),
	'typing.changed': event(
		sessionPayload({ sender: z.enum(['visitor', 'ai', 'agent']), is_typing: z.boolean() }),
		{ agents: 'watchers', visitor: 'session' },
	),
	'agent.joined': event(sessionPayload({ name: z.string() }), { visitor: 'session' }),
	'agent.left': event(sessionPayload({}), { visitor: 'session' }),
	'agent.presence': event(openChat, { agents: 'connection' }),
	/** Sent to a socket when it connects: the agents online, and the latest 1,000 visitors online. */
	'presence.told': event(
		z.object({
			agents: z.array(openChat),
			visitors: z.array(sessionPayload({ page_url: z.string().nullable() })),
		}),
		{ agents: 'connection' },
	),
	/** Sent to a widget when it connects: its chat session, and the messages it has not seen. */
	'session.started': event(
		sessionPayload({
			token: visitorToken,
			session: widgetSession,
			messages: z.array(widgetMessage),
			reply: partialReply.nullable(),
		}),
		{ visitor: 'connection' },
	),
	/** Live events may have been missed. Clients catch up by id, as after a reconnect. */
	'live.resumed': event(z.object({}), { agents: 'everyone', visitor: 'everyone' }),

	/** `changed` lists the fields whose values changed; other changes, such as a first contact, leave it out. */
	'lead.updated': event(sessionPayload({ lead, changed: z.array(z.string()).optional() }), {
		agents: 'team',
		audit: 'edited a lead',
		activity: ['lead', 'edited the lead'],
		webhooks: {
			'lead.updated': {
				label: 'Lead updated',
				hint: 'A lead changes after its lead.completed delivery.',
				key: ({ lead }) => `${lead.id}:${lead.version}`,
				when: ({ changed = [] }) => changed.length > 0,
				chain: 'amend',
				gatherMs: 60_000,
			},
		},
	}),
	/** The completion of a chat was undone. */
	'lead.withdrawn': event(z.object({ session, lead: lead.nullable(), reason: z.string() }), {
		agents: 'team',
		audit: 'undid the completion of a chat',
		activity: [
			'complete',
			({ detail: { reason } }) =>
				typeof reason === 'string' ? `undid the completion: ${reason}` : 'undid the completion',
		],
		webhooks: {
			'lead.withdrawn': {
				label: 'Lead withdrawn',
				hint: 'The completion of a delivered lead is undone.',
				key: byCompletion,
				chain: 'end',
			},
		},
	}),
	/** The lead was not contacted by its deadline. */
	'lead.overdue': event(sessionPayload({ lead }), {
		agents: 'team',
		webhooks: {
			'lead.overdue': {
				label: 'Lead overdue',
				hint: 'No one replied to a lead by its deadline.',
				key: ({ session_id, lead }) => `${session_id}:${lead.promise_due_at}`,
			},
		},
	}),
	'lead.contacted': act(
		({ contacted }) =>
			contacted === false ? 'marked a lead as not contacted' : 'marked a lead as contacted',
		['lead', 'contacted the lead'],
	),
	...outcomeEvents,
	'leads.exported': act('exported leads'),
	'sessions.exported': act('exported chats'),
	'note.created': event(sessionPayload({ note }), {
		agents: 'team',
		audit: 'left a note',
		activity: ['note', 'left a note'],
	}),
	'note.updated': event(sessionPayload({ note }), {
		agents: 'team',
		audit: 'changed a note',
		activity: ['note', 'changed a note'],
	}),
	'note.deleted': event(sessionPayload({ note_id: z.number().int() }), {
		agents: 'team',
		audit: 'deleted a note',
		activity: ['note', 'deleted a note'],
	}),
	'review.submitted': event(sessionPayload({ review }), {
		agents: 'team',
		audit: 'reviewed a chat',
		webhooks: {
			'review.submitted': {
				label: 'Review',
				hint: 'A reviewer decides on a chat.',
				key: ({ review }) => review.id,
			},
			'review.issue': {
				label: 'Review issue',
				hint: 'A review found an issue.',
				key: ({ review }) => review.id,
				when: ({ review }) => review.qa_status === 'issue',
			},
		},
	}),
	/** The chat session was added to the review queue. */
	'review.queued': event(sessionPayload({}), { agents: 'team' }),
	'review.lock_changed': event(reviewLockChange, { agents: 'team' }),
	/** The automatic checks of a finished chat found something, or no longer find it. */
	'session.flagged': event(flagChange, { agents: 'team' }),
	'flag.dismissed': event(flagChange, {
		agents: 'team',
		audit: 'dismissed a flag',
		activity: ['review', ({ detail: { rule } }) => `dismissed the flag “${String(rule)}”`],
	}),
	'flag.restored': event(flagChange, {
		agents: 'team',
		audit: 'restored a flag',
		activity: ['review', ({ detail: { rule } }) => `restored the flag “${String(rule)}”`],
	}),

	/** Includes the updated group. A resolved group is reopened. */
	'error.recorded': event(z.object({ error: automationError, group: errorGroup }), {
		agents: 'errors:read',
	}),
	'error.resolved': event(z.object({ group: errorGroup }), {
		agents: 'errors:read',
		audit: 'resolved an error: {target}',
	}),
	'error.reopened': event(z.object({ group: errorGroup }), {
		agents: 'errors:read',
		audit: 'reopened an error: {target}',
	}),
	'delivery.replayed': act('resent a delivery: {target}'),
	'mail.updated': event(z.object({ mail }), { agents: 'admins' }),
	'mail.sent_again': act('resent an email: {target}'),
	'mail.link_viewed': act('viewed the one-time link in an email to {target}'),
	'mail.tested': act('sent a test email to {target}'),

	/** A turn of a test chat ended, and its trace is stored. */
	'trial.finished': event(sessionPayload({ turn_id: z.uuid() }), { agents: 'watchers' }),
	'replay.updated': event(z.object({ replay, user_id: z.number().int() }), { agents: 'user' }),

	...suiteEvents,
	...settingsEvents,

	/** The built-in AI answers for a site's, which is down since then; null once it works again. */
	'ai.status_changed': event(z.object({ site: z.string(), down_since: timestamp.nullable() }), {
		agents: 'team',
	}),
	/** A site's AI fails repeatedly: `failed` of its last `turns` answers. At most once an hour for each site. */
	'ai.failing': event(
		z.object({ site: z.string(), failed: z.number().int(), turns: z.number().int() }),
		{},
	),

	// Internal to a process: a turn is due; Messenger has events to process or messages to send; an alert has messages to queue;
	// push messages are due; a judge is to be called; a database connection broke.
	'turn.due': event(
		sessionPayload({
			chat_session_id: z.number().int(),
			site_id: z.number().int(),
			/** The challenger that answers, which has a limit of its own. */
			challenger_id: z.number().int().nullish(),
			/** The site's fixed greeting, which needs no call to the AI. */
			is_fixed_greeting: z.boolean().optional(),
		}),
		{},
	),
	'messenger.received': event(z.object({}), {}),
	'messenger.queued': event(z.object({}), {}),
	'alert.created': event(z.object({}), {}),
	'push.queued': event(z.object({}), {}),
	'judge.queued': event(z.object({}), {}),
	'database.lost': event(z.object({}), {}),
};

type Table = typeof events;
type NamesWith<Property extends string> = {
	[Name in keyof Table]: Table[Name] extends Record<Property, unknown> ? Name : never;
}[keyof Table];
type KeyOfUnion<T> = T extends unknown ? keyof T & string : never;

/** The actions that the audit log records. */
export type AuditAction = NamesWith<'audit'>;
const isAuditAction = (name: keyof Table): name is AuditAction => 'audit' in events[name];
export const auditAction = z.enum((Object.keys(events) as (keyof Table)[]).filter(isAuditAction));

/** The webhooks that endpoints subscribe to. */
export type WebhookEvent = KeyOfUnion<Table[NamesWith<'webhooks'>]['webhooks']>;
export const webhookEvent = z.enum(
	Object.values(events).flatMap((row) =>
		'webhooks' in row ? (Object.keys(row.webhooks) as WebhookEvent[]) : [],
	),
);
