import { z } from 'zod';
import { auditAction } from './audit-entry.ts';
import { automationError, errorGroup } from './automation-error.ts';
import { sessionId } from './common.ts';
import { delivery } from './delivery.ts';
import { lead, leadFields, leadUpdate } from './lead.ts';
import { mail } from './mail.ts';
import { message } from './message.ts';
import { note } from './note.ts';
import type { ErrorCode } from './problem.ts';
import { review, reviewLockChange } from './review.ts';
import { person, session } from './session.ts';
import { site } from './site.ts';
import { replay } from './test-chat.ts';
import { messageText } from './text.ts';
import { visitorPage } from './visitor-context.ts';
import {
	consentInput,
	decoy,
	startSessionInput,
	visitorToken,
	widgetMessage,
	widgetSession,
} from './widget.ts';

/** The answer to every request on a socket. */
export type Ack<T> = { ok: true; data: T } | { ok: false; error: Refusal };

/** Why a request was not done; `retry_after`: seconds after which it may be asked again. */
export interface Refusal {
	code: ErrorCode;
	message: string;
	retry_after?: number;
}

/** A reply that is being written: its text so far and the next `seq`. */
export const replySoFar = z.object({
	reply_id: z.uuid(),
	text: z.string(),
	next_seq: z.number().int(),
});
export type ReplySoFar = z.infer<typeof replySoFar>;

export const replyStarted = z.object({ session_id: sessionId, reply_id: z.uuid() });
/** A piece of an answer that is being written; `seq` counts from 0, so that a gap shows. */
export const replyDelta = z.object({
	session_id: sessionId,
	reply_id: z.uuid(),
	seq: z.number().int(),
	text: z.string(),
});
const typingChanged = z.object({
	session_id: sessionId,
	sender: z.enum(['visitor', 'ai', 'agent']),
	is_typing: z.boolean(),
});
export type ReplyStarted = z.infer<typeof replyStarted>;
export type ReplyDelta = z.infer<typeof replyDelta>;
export type TypingChanged = z.infer<typeof typingChanged>;

/** The people of the team who have a chat session open; nobody any more when there are none. */
export const openChat = z.object({ session_id: sessionId, people: z.array(person) });
export type OpenChat = z.infer<typeof openChat>;

/** Live events may have been missed for a while; whoever listens catches up by id, as after a reconnect. */
const liveResumed = z.object({});

/** Facts of the namespace `/widget`. */
export const widgetFacts = {
	'live.resumed': liveResumed,
	'session.started': z.object({
		session_id: sessionId,
		token: visitorToken,
		session: widgetSession,
		messages: z.array(widgetMessage),
		reply: replySoFar.nullable(),
	}),
	'session.updated': z.object({ session: widgetSession }),
	'message.created': z.object({ session_id: sessionId, message: widgetMessage }),
	'reply.started': replyStarted,
	'reply.delta': replyDelta,
	/** `message` is null when the reply was dropped. */
	'reply.finished': z.object({
		session_id: sessionId,
		reply_id: z.uuid(),
		message: widgetMessage.nullable(),
	}),
	'typing.changed': typingChanged,
	'agent.joined': z.object({ session_id: sessionId, name: z.string() }),
	'agent.left': z.object({ session_id: sessionId }),
};

/** Facts of the namespace `/agents`. */
export const agentFacts = {
	'live.resumed': liveResumed,
	'session.created': z.object({ session }),
	'session.updated': z.object({ session }),
	'session.completed': z.object({ session }),
	'session.deleted': z.object({ session_id: sessionId }),
	'message.created': z.object({ session_id: sessionId, message }),
	/** Notes are the team's alone: `/widget` has no such fact. */
	'note.created': z.object({ session_id: sessionId, note }),
	'note.updated': z.object({ session_id: sessionId, note }),
	'note.deleted': z.object({ session_id: sessionId, note_id: z.number().int() }),
	'review.submitted': z.object({ session_id: sessionId, review }),
	/** The chat session waits in the review queue now. */
	'review.queued': z.object({ session_id: sessionId }),
	'review.lock_changed': reviewLockChange,
	/** Nobody of the team was in touch as soon as it was promised. */
	'lead.overdue': z.object({ session_id: sessionId, lead }),
	'lead.updated': z.object({ session_id: sessionId, lead }),
	'delivery.updated': z.object({ delivery }),
	/** With its group as it is now, which a resolved one has left. */
	'error.recorded': z.object({ error: automationError, group: errorGroup }),
	'error.resolved': z.object({ group: errorGroup }),
	'error.reopened': z.object({ group: errorGroup }),
	/** To those who watch the test chat. */
	'trial.finished': z.object({ session_id: sessionId, turn_id: z.uuid() }),
	/** To the user whose replay it is. */
	'replay.updated': z.object({ replay }),
	/** To admins alone. */
	'mail.updated': z.object({ mail }),
	/** To admins alone: the audit log has one entry more. */
	'audit.added': z.object({ action: auditAction }),
	/** To this user's own sockets: an auth session of theirs has ended, or may do something else now. */
	'user.signed_out': z.object({ user_id: z.number().int() }),
	'site.updated': z.object({ site }),
	'visitor.presence': z.object({
		session_id: sessionId,
		is_online: z.boolean(),
		page_url: z.string().nullable(),
	}),
	'agent.presence': openChat,
	/** Told to whoever connects: who is there already, the newest 1,000 visitors. */
	'presence.told': z.object({
		agents: z.array(openChat),
		visitors: z.array(z.object({ session_id: sessionId, page_url: z.string().nullable() })),
	}),
	'reply.started': replyStarted,
	'reply.delta': replyDelta,
	'reply.finished': z.object({
		session_id: sessionId,
		reply_id: z.uuid(),
		message: message.nullable(),
	}),
	'typing.changed': typingChanged,
};

/** Handshake of `/widget`: continue a chat session, or start one. */
export const widgetHandshake = z.union([
	z.object({ session_id: sessionId, token: visitorToken, after: z.number().int().optional() }),
	startSessionInput,
]);

/** Handshake of `/agents`: an API key, or nothing when the auth-session cookie is there. */
export const agentHandshake = z.object({ api_key: z.string().max(200).optional() });

/** Requests of `/widget`. */
export const widgetRequests = {
	'message:send': z.object({ message: messageText, client_message_id: z.uuid(), website: decoy }),
	'history:after': z.object({ after: z.number().int().nonnegative() }),
	'typing:set': z.object({ is_typing: z.boolean() }),
	'page:set': visitorPage,
	'visitor:identify': leadFields,
	'consent:accept': consentInput,
};

/** Requests of `/agents`. */
export const agentRequests = {
	'session:watch': z.object({ session_id: sessionId }),
	'session:unwatch': z.object({ session_id: sessionId }),
	'session:take-over': z.object({ session_id: sessionId }),
	'session:hand-back': z.object({ session_id: sessionId }),
	'message:send': z.object({
		session_id: sessionId,
		message: messageText,
		client_message_id: z.uuid().optional(),
	}),
	'typing:set': z.object({ session_id: sessionId, is_typing: z.boolean() }),
	/** The chat session that this person has open, which colleagues are shown; null: none. */
	'presence:set': z.object({ session_id: sessionId.nullable() }),
};

/** Nothing to tell: the request was done. */
const done = z.object({});

/** What each request of `/widget` is answered with when it succeeds. */
export const widgetAnswers = {
	'message:send': z.object({ message: widgetMessage }),
	'history:after': z.object({
		session: widgetSession,
		messages: z.array(widgetMessage),
		reply: replySoFar.nullable(),
	}),
	'typing:set': done,
	'page:set': done,
	'visitor:identify': leadUpdate.pick({ rejected: true }),
	'consent:accept': done,
} satisfies Record<keyof typeof widgetRequests, z.ZodType>;

/** What each request of `/agents` is answered with when it succeeds. */
export const agentAnswers = {
	/** The reply that is being written now, if there is one. */
	'session:watch': z.object({
		reply: replySoFar.nullable(),
	}),
	'session:unwatch': done,
	'session:take-over': z.object({ session }),
	'session:hand-back': z.object({ session }),
	'message:send': z.object({ message }),
	'typing:set': done,
	'presence:set': done,
} satisfies Record<keyof typeof agentRequests, z.ZodType>;

type Answers<T extends Record<string, z.ZodType>> = { [K in keyof T]: z.infer<T[K]> };
export type WidgetAnswers = Answers<typeof widgetAnswers>;
export type AgentAnswers = Answers<typeof agentAnswers>;

type Facts<T extends Record<string, z.ZodType>> = {
	[K in keyof T]: (payload: z.infer<T[K]>) => void;
};
type Requests<T extends Record<string, z.ZodType>, A> = {
	[K in keyof T & keyof A]: (payload: z.input<T[K]>, ack: (answer: Ack<A[K]>) => void) => void;
};
export type WidgetFacts = Facts<typeof widgetFacts>;
export type AgentFacts = Facts<typeof agentFacts>;
export type WidgetRequests = Requests<typeof widgetRequests, WidgetAnswers>;
export type AgentRequests = Requests<typeof agentRequests, AgentAnswers>;
