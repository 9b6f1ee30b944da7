import { z } from 'zod';
import { completionStatus, sender, sessionId, timestamp } from './common.ts';
import { message, type Message } from './message.ts';
import type { Session } from './session.ts';
import { siteKey } from './site.ts';
import { MESSAGE_MAX_LENGTH, trimmedString } from './text.ts';
import { visitorContext } from './visitor-context.ts';

export const visitorToken = z.string().min(1).max(200);

/** What a visitor may see of a message: nothing of the integration behind it. */
export const widgetMessage = message
	.pick({
		id: true,
		sender: true,
		message: true,
		timestamp: true,
		author: true,
		client_message_id: true,
		is_fallback: true,
		quick_replies: true,
	})
	.meta({ id: 'WidgetMessage' });
export type WidgetMessage = z.infer<typeof widgetMessage>;

/** Returns what a visitor may see of a message. */
export const toWidgetMessage = (message: Message): WidgetMessage => ({
	id: message.id,
	sender: message.sender,
	message: message.message,
	timestamp: message.timestamp,
	author: message.author,
	client_message_id: message.client_message_id,
	is_fallback: message.is_fallback,
	quick_replies: message.quick_replies,
});

export const widgetSession = z
	.object({
		session_id: sessionId,
		completion_status: completionStatus,
		/** The name of the person who has taken over, or null while the AI answers. */
		agent: z.string().nullable(),
		created_at: timestamp,
		/** It is known how to reach the visitor. */
		has_contact: z.boolean(),
		/** The version of the site's consent text that the visitor has agreed to. */
		consent_version: timestamp.nullable(),
	})
	.meta({ id: 'WidgetSession' });
export type WidgetSession = z.infer<typeof widgetSession>;

/** Returns what a visitor may see of their chat session. */
export const toWidgetSession = (session: Session): WidgetSession => ({
	session_id: session.session_id,
	completion_status: session.completion_status,
	agent: session.ai_paused ? (session.assignee?.name ?? '') : null,
	created_at: session.created_at,
	has_contact: session.has_contact,
	consent_version: session.consent?.version ?? null,
});

/** What a visitor agrees to: the version of the site's text that they were shown. */
export const consentInput = z.object({ version: timestamp });
export type ConsentInput = z.infer<typeof consentInput>;

/** A field that people never see: what fills it in is a script, which gets no answer of the AI. */
export const decoy = z.string().max(200).optional();

export const startSessionInput = z
	.object({
		site: siteKey,
		context: visitorContext.optional(),
		/** Made by the client: the same id again gives the same chat session. */
		client_session_id: z.uuid().optional(),
		/** Made by the client, kept for all its chats: the same visitor is given the same of several greetings. */
		visitor_id: z.uuid().optional(),
		website: decoy,
	})
	.meta({ id: 'StartSessionInput' });
export type StartSessionInput = z.infer<typeof startSessionInput>;

export const startedSession = z
	.object({ session_id: sessionId, token: visitorToken, created_at: timestamp })
	.meta({ id: 'StartedSession' });

export const sendMessageInput = z
	.object({
		message: trimmedString(MESSAGE_MAX_LENGTH, 0).optional(),
		session_id: sessionId.optional(),
		token: visitorToken.optional(),
		site: siteKey.optional(),
		client_message_id: z.uuid().optional(),
		context: visitorContext.optional(),
		/** The version of the site's consent text that the visitor has agreed to. */
		consent_version: timestamp.optional(),
		website: decoy,
	})
	.meta({ id: 'SendMessageInput' });
export type SendMessageInput = z.infer<typeof sendMessageInput>;

export const sendMessageResult = z
	.object({
		success: z.literal(true),
		session_id: sessionId,
		token: visitorToken,
		/** The visitor's message; null when the call only started the chat. */
		message_id: z.number().int().nullable(),
		/** The answer's text; null while a person of the team is answering. */
		response: z.string().nullable(),
		reply: z.object({ id: z.number().int(), sender, message: z.string(), timestamp }).nullable(),
		completion_status: completionStatus,
		fallback: z.boolean(),
		quick_replies: z.array(z.string()),
	})
	.meta({ id: 'SendMessageResult' });
export type SendMessageResult = z.infer<typeof sendMessageResult>;

export const history = z
	.object({ session: widgetSession, messages: z.array(widgetMessage) })
	.meta({ id: 'History' });
export type History = z.infer<typeof history>;
