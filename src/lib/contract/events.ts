import { z } from 'zod';
import { automationError, errorGroup } from './automation-error.ts';
import { sessionPayload, timestamp } from './common.ts';
import { defineAction, defineEvent } from './define-event.ts';
import { handoffEvents } from './handoff.ts';
import type { Lead } from './lead.ts';
import { getCompletionKey, leadEvents } from './lead-events.ts';
import { mail } from './mail.ts';
import { message, note, partialReply, replyDelta, replyStarted } from './message.ts';
import { qualityEvents } from './quality-events.ts';
import { openChat, session, type Session } from './session.ts';
import { settingsEvents } from './settings-events.ts';
import { replay } from './test-chat.ts';
import {
	toWidgetMessage,
	toWidgetSession,
	visitorToken,
	widgetMessage,
	widgetSession,
} from './widget.ts';

const getSessionKey = ({ session }: { session: Session }) => session.id;
const hasContact = (lead: Lead | null) => Boolean(lead?.email ?? lead?.phone);

/**
 * Declares every event once: its payload, its audience, its text in the audit log and in the activity of a chat session,
 * and the webhooks it triggers. Areas with many events declare theirs in separate files, and `all-events.ts` derives
 * everything else. Names are noun, dot, past tense.
 */
export const events = {
	'session.created': defineEvent(z.object({ session }), {
		agents: 'team',
		webhooks: {
			'session.created': { label: 'Chat started', hint: 'A chat starts.', key: getSessionKey },
		},
	}),
	'session.updated': defineEvent(z.object({ session }), {
		agents: 'team',
		visitor: {
			view: z.object({ session: widgetSession }),
			present: ({ session }) => ({ session: toWidgetSession(session) }),
		},
	}),
	'session.completed': defineEvent(z.object({ session }), {
		agents: 'team',
		audit: 'completed a chat',
		activity: ['complete', 'completed it'],
		webhooks: {
			'lead.completed': {
				label: 'Lead completed',
				hint: 'A chat is completed, with its lead.',
				key: getCompletionKey,
				chain: 'start',
			},
			'session.completed': {
				label: 'Chat completed',
				hint: 'A chat is completed.',
				key: getCompletionKey,
			},
		},
	}),
	'session.abandoned': defineEvent(z.object({ session }), {
		webhooks: {
			'lead.abandoned': {
				label: 'Lead abandoned',
				hint: 'The visitor stopped replying, but left an email address or phone number.',
				// If the visitor comes back and leaves more details, the lead is delivered again.
				key: ({ session }, lead) => `${session.id}:${lead?.updated_at ?? ''}`,
				whenLead: hasContact,
			},
		},
	}),
	'session.deleted': defineEvent(sessionPayload({}), {
		agents: 'team',
		visitor: 'sign-out',
		audit: 'permanently deleted a chat: {target}',
	}),
	'session.taken_over': defineAction('took over a chat', ['agent', 'took over']),
	/** The built-in AI answers from now on. */
	'session.rescued': defineAction('switched a chat to the built-in AI', [
		'ai',
		'switched to the built-in AI, since the site’s AI failed',
	]),
	/** The guard has ended the trial of the AI that the chat began with. */
	'session.returned': defineAction('let the champion continue a chat whose challenger failed', [
		'ai',
		'let the champion continue, since the challenger’s trial ended',
	]),
	'session.handed_back': defineAction('handed a chat back to the AI', [
		'ai',
		'handed back to the AI',
	]),
	...handoffEvents,
	'session.assigned': defineAction('assigned a chat', [
		'agent',
		({ actor, detail: { assignee } }) => {
			if (typeof assignee !== 'string') return 'removed the assignment';
			return `assigned it to ${assignee === actor.name ? 'themselves' : assignee}`;
		},
	]),
	'session.archived': defineAction('archived a chat', ['archive', 'archived it']),
	'session.restored': defineAction('restored a chat', ['archive', 'restored it']),
	'session.exported': defineAction('exported a chat', ['export', 'exported it']),
	'session.resume_link_made': defineAction('created a resume link', [
		'link',
		'created a resume link',
	]),
	'session.visitor_signed_out': defineAction('signed a visitor out of a chat', [
		'link',
		'signed the visitor out',
	]),
	/** The tokens of a chat session were revoked. Closes the sockets they opened. */
	'visitor.signed_out': defineEvent(sessionPayload({}), { visitor: 'sign-out' }),
	'visitor.presence': defineEvent(
		sessionPayload({ is_online: z.boolean(), page_url: z.string().nullable() }),
		{ agents: 'team' },
	),
	'visitor.erased': defineAction('erased a visitor'),
	'visitor.exported': defineAction('exported a visitor’s data'),
	'retention.applied': defineAction('erased old chats of {target}'),

	'message.created': defineEvent(sessionPayload({ message }), {
		agents: 'team',
		visitor: {
			view: sessionPayload({ message: widgetMessage }),
			present: ({ session_id, message }) => ({ session_id, message: toWidgetMessage(message) }),
		},
	}),
	'reply.started': defineEvent(replyStarted, { agents: 'watchers', visitor: 'session' }),
	'reply.delta': defineEvent(replyDelta, { agents: 'watchers', visitor: 'session' }),
	/** `message` is null if the reply was discarded. */
	'reply.finished': defineEvent(
		sessionPayload({ reply_id: z.uuid(), message: message.nullable() }),
		{
			agents: 'watchers',
			visitor: {
				view: sessionPayload({ reply_id: z.uuid(), message: widgetMessage.nullable() }),
				present: ({ message, ...reply }) => ({
					...reply,
					message: message && toWidgetMessage(message),
				}),
			},
		},
	),
	'typing.changed': defineEvent(
		sessionPayload({
			sender: z.enum(['visitor', 'ai', 'agent']),
			/** The name of the agent who is typing. Null for other senders, and for programs. */
			author: z.string().nullable(),
			is_typing: z.boolean(),
		}),
		{ agents: 'watchers', visitor: 'session' },
	),
	'agent.joined': defineEvent(sessionPayload({ name: z.string(), photo: z.string().nullable() }), {
		visitor: 'session',
	}),
	'agent.left': defineEvent(sessionPayload({}), { visitor: 'session' }),
	'agent.presence': defineEvent(openChat, { agents: 'connection' }),
	/** Sent to a socket when it connects: the agents online, and the latest 1,000 visitors online. */
	'presence.listed': defineEvent(
		z.object({
			agents: z.array(openChat),
			visitors: z.array(sessionPayload({ page_url: z.string().nullable() })),
		}),
		{ agents: 'connection' },
	),
	/** Sent to a widget when it connects: its chat session, and the messages it has not seen. */
	'session.started': defineEvent(
		sessionPayload({
			token: visitorToken,
			session: widgetSession,
			messages: z.array(widgetMessage),
			reply: partialReply.nullable(),
			/** So that times in the future are right even if the visitor's clock isn't. */
			server_time: timestamp,
		}),
		{ visitor: 'connection' },
	),
	/** Live events may have been missed. Clients catch up by id, as after a reconnect. */
	'live.resumed': defineEvent(z.object({}), { agents: 'everyone', visitor: 'everyone' }),

	...leadEvents,
	'sessions.exported': defineAction('exported chats'),
	'note.created': defineEvent(sessionPayload({ note }), {
		agents: 'team',
		audit: 'left a note',
		activity: ['note', 'left a note'],
	}),
	'note.updated': defineEvent(sessionPayload({ note }), {
		agents: 'team',
		audit: 'changed a note',
		activity: ['note', 'changed a note'],
	}),
	'note.deleted': defineEvent(sessionPayload({ note_id: z.number().int() }), {
		agents: 'team',
		audit: 'deleted a note',
		activity: ['note', 'deleted a note'],
	}),
	...qualityEvents,

	/** Includes the updated group. A resolved group is reopened. */
	'error.recorded': defineEvent(z.object({ error: automationError, group: errorGroup }), {
		agents: 'errors:read',
	}),
	'error.resolved': defineEvent(z.object({ group: errorGroup }), {
		agents: 'errors:read',
		audit: 'resolved an error: {target}',
	}),
	'error.reopened': defineEvent(z.object({ group: errorGroup }), {
		agents: 'errors:read',
		audit: 'reopened an error: {target}',
	}),
	'delivery.replayed': defineAction('resent a delivery: {target}'),
	'mail.updated': defineEvent(z.object({ mail }), { agents: 'admins' }),
	'mail.sent_again': defineAction('resent an email: {target}'),
	'mail.link_viewed': defineAction('viewed the one-time link in an email to {target}'),
	'mail.tested': defineAction('sent a test email to {target}'),

	/** A turn of a test chat ended, and its trace is stored. */
	'trial.finished': defineEvent(sessionPayload({ turn_id: z.uuid() }), { agents: 'watchers' }),
	'replay.updated': defineEvent(z.object({ replay, user_id: z.number().int() }), {
		agents: 'user',
	}),

	...settingsEvents,

	/** New changes have been counted, so `GET /api/stats` and `GET /api/stats/overview` return different figures. */
	'statistics.updated': defineEvent(z.object({}), { agents: 'team' }),
	/** The built-in AI has replaced a site's failing AI since `down_since`; null once the site's AI works again. */
	'ai.status_changed': defineEvent(
		z.object({ site: z.string(), down_since: timestamp.nullable() }),
		{
			agents: 'team',
		},
	),
	/** A site's AI fails repeatedly: `failed` of its last `turns` turns. Published at most once an hour per site. */
	'ai.failing': defineEvent(
		z.object({ site: z.string(), failed: z.number().int(), turns: z.number().int() }),
		{},
	),

	// Internal to a process: a turn is due; Messenger has events to process or messages to send; an alert has messages to queue;
	// push messages are due; a judge is to be called; a database connection broke.
	'turn.due': defineEvent(
		sessionPayload({
			chat_session_id: z.number().int(),
			site_id: z.number().int(),
			/** The challenger that answers, which has its own limit. */
			challenger_id: z.number().int().nullish(),
			/** The site's fixed greeting, which needs no call to the AI. */
			is_fixed_greeting: z.boolean().optional(),
		}),
		{},
	),
	'messenger.received': defineEvent(z.object({}), {}),
	'messenger.queued': defineEvent(z.object({}), {}),
	'alert.created': defineEvent(z.object({}), {}),
	'push.queued': defineEvent(z.object({}), {}),
	'judge.queued': defineEvent(z.object({}), {}),
	'database.lost': defineEvent(z.object({}), {}),
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
