import { z } from 'zod';
import type { agentEvents, widgetEvents } from './all-events.ts';
import { sessionId } from './common.ts';
import { takeOverInput } from './handoff.ts';
import { leadFields, leadUpdate } from './lead.ts';
import { message, partialReply } from './message.ts';
import type { ErrorCode } from './problem.ts';
import { session } from './session.ts';
import { messageText } from './text.ts';
import { visitorPage } from './visitor-context.ts';
import {
	consentInput,
	honeypot,
	startSessionInput,
	visitorToken,
	widgetMessage,
	widgetSession,
} from './widget.ts';

/** The acknowledgement of every request on a socket. */
export type Ack<T> = { ok: true; data: T } | { ok: false; error: AckError };

/** Why a request was rejected. `retry_after` is in seconds. */
export interface AckError {
	code: ErrorCode;
	message: string;
	retry_after?: number;
}

/** The handshake of `/widget`, which continues or starts a chat session. */
export const widgetHandshake = z.union([
	z.object({ session_id: sessionId, token: visitorToken, after: z.number().int().optional() }),
	startSessionInput,
]);

/** The handshake of `/agents`: an API key, or nothing if the auth session cookie is sent. */
export const agentHandshake = z.object({ api_key: z.string().max(200).optional() });

/** The requests of `/widget`. */
export const widgetRequests = {
	'message:send': z.object({
		message: messageText,
		client_message_id: z.uuid(),
		website: honeypot,
	}),
	'history:after': z.object({ after: z.number().int().nonnegative() }),
	'typing:set': z.object({ is_typing: z.boolean() }),
	'page:set': visitorPage,
	'visitor:identify': leadFields,
	'consent:accept': consentInput,
	/** Requests a person. Acknowledged before anyone joins. */
	'handoff:request': z.object({}),
	'handoff:cancel': z.object({}),
};

/** The requests of `/agents`. */
export const agentRequests = {
	'session:watch': z.object({ session_id: sessionId }),
	'session:unwatch': z.object({ session_id: sessionId }),
	'session:take-over': takeOverInput.extend({ session_id: sessionId }),
	'session:hand-back': z.object({ session_id: sessionId }),
	'message:send': z.object({
		session_id: sessionId,
		message: messageText,
		client_message_id: z.uuid().optional(),
	}),
	'typing:set': z.object({ session_id: sessionId, is_typing: z.boolean() }),
	/** The chat session that the user has open, shown to teammates. Null if none. */
	'presence:set': z.object({ session_id: sessionId.nullable() }),
};

/** The response data of requests that return nothing. */
const emptyResponse = z.object({});

/** The data in each `/widget` request's acknowledgement. */
export const widgetResponses = {
	'message:send': z.object({ message: widgetMessage }),
	'history:after': z.object({
		session: widgetSession,
		messages: z.array(widgetMessage),
		reply: partialReply.nullable(),
	}),
	'typing:set': emptyResponse,
	'page:set': emptyResponse,
	'visitor:identify': leadUpdate.pick({ rejected: true }),
	'consent:accept': emptyResponse,
	'handoff:request': emptyResponse,
	'handoff:cancel': emptyResponse,
} satisfies Record<keyof typeof widgetRequests, z.ZodType>;

/** The data in each `/agents` request's acknowledgement. */
export const agentResponses = {
	/** The reply that is streaming, if any. */
	'session:watch': z.object({
		reply: partialReply.nullable(),
	}),
	'session:unwatch': emptyResponse,
	'session:take-over': z.object({ session }),
	'session:hand-back': z.object({ session }),
	'message:send': z.object({ message }),
	'typing:set': emptyResponse,
	'presence:set': emptyResponse,
} satisfies Record<keyof typeof agentRequests, z.ZodType>;

type ResponsesOf<T extends Record<string, z.ZodType>> = { [K in keyof T]: z.infer<T[K]> };
export type WidgetResponses = ResponsesOf<typeof widgetResponses>;
export type AgentResponses = ResponsesOf<typeof agentResponses>;

type Listeners<T extends Record<string, z.ZodType>> = {
	[K in keyof T]: (payload: z.infer<T[K]>) => void;
};
type Requests<T extends Record<string, z.ZodType>, A> = {
	[K in keyof T & keyof A]: (payload: z.input<T[K]>, ack: (response: Ack<A[K]>) => void) => void;
};
export type WidgetEvents = Listeners<typeof widgetEvents>;
export type AgentEvents = Listeners<typeof agentEvents>;
export type WidgetRequests = Requests<typeof widgetRequests, WidgetResponses>;
export type AgentRequests = Requests<typeof agentRequests, AgentResponses>;
