import { z } from 'zod';
import { sessionId, sessionPayload, timestamp } from './common.ts';
import { defineEvent } from './define-event.ts';
import { cleanString, messageText } from './text.ts';

export const handoffOutcome = z.enum(['taken', 'missed', 'cancelled']);
export type HandoffOutcome = z.infer<typeof handoffOutcome>;

/** A request for a person to join a chat. */
export const handoff = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		/** Why a person is needed, as stated by the requester. */
		reason: z.string().nullable(),
		requested_by: z.enum(['ai', 'visitor', 'agent', 'api']),
		requested_at: timestamp,
		/** Until when someone can take the handoff. Equals `requested_at` outside the site's business hours. */
		deadline_at: timestamp,
		/** Null while the visitor is waiting. */
		outcome: handoffOutcome.nullable(),
		/** When the handoff was taken, missed or canceled. */
		ended_at: timestamp.nullable(),
		/** The name of the person who took the handoff. */
		taken_by: z.string().optional(),
	})
	.meta({ id: 'Handoff' });
export type Handoff = z.infer<typeof handoff>;

const reason = cleanString(500);
export const MAX_WAIT_SECONDS = 3600;

/** An open handoff, with the names shown in lists. */
export const waitingVisitor = handoff
	.extend({ visitor_name: z.string().nullable(), site_name: z.string() })
	.meta({ id: 'WaitingVisitor' });
export type WaitingVisitor = z.infer<typeof waitingVisitor>;

export const handoffInput = z
	.strictObject({
		reason: reason.optional(),
		/** How long the visitor waits for a person. Defaults to the site's setting. */
		wait_seconds: z.number().int().min(10).max(MAX_WAIT_SECONDS).optional(),
	})
	.meta({ id: 'HandoffInput' });
export type HandoffInput = z.input<typeof handoffInput>;

/** The name of a person who answers from another system. */
const personName = cleanString(100, 1);

export const takeOverInput = z
	.strictObject({
		/** The name of the person who takes over. API keys must set it; for a signed-in user, it is their own name. */
		name: personName.optional(),
		/**
		 * The agent who has the chat according to the caller, as in `session.agent`; null for no one. Rejected if someone else has
		 * taken it over in the meantime. If an API key omits it, only chats without an agent can be taken over.
		 */
		from: z.string().max(200).nullable().optional(),
	})
	.meta({ id: 'TakeOverInput' });
export type TakeOverInput = z.input<typeof takeOverInput>;

/** A message from a person who answers from another system. */
export const agentReplyInput = z
	.strictObject({
		message: messageText,
		name: personName,
		/** The message's id in the other system. Repeating it stores nothing and returns the same message. */
		external_id: z.string().trim().min(1).max(200).optional(),
	})
	.meta({ id: 'AgentReplyInput' });
export type AgentReplyInput = z.input<typeof agentReplyInput>;

const payload = sessionPayload({ handoff });
const getHandoffKey = ({ handoff }: { handoff: Handoff }) => handoff.id;
const describeRequest = (reason: unknown) =>
	typeof reason === 'string' ? `asked for a person: ${reason}` : 'asked for a person';

/** Handoff events: part of the table in `events.ts`. */
export const handoffEvents = {
	/** A person was asked to join a chat. Outside business hours the payload already has the outcome. */
	'handoff.requested': defineEvent(payload, {
		agents: 'team',
		audit: 'requested a handoff',
		activity: ['agent', ({ detail: { reason } }) => describeRequest(reason)],
		webhooks: {
			'handoff.requested': {
				label: 'Handoff requested',
				hint: 'The AI, the visitor or your team asks for a person.',
				key: getHandoffKey,
			},
		},
	}),
	'handoff.taken': defineEvent(payload, {
		agents: 'team',
		webhooks: {
			'handoff.taken': {
				label: 'Handoff taken',
				hint: 'A person takes over the chat.',
				key: getHandoffKey,
			},
		},
	}),
	'handoff.missed': defineEvent(payload, {
		agents: 'team',
		audit: 'recorded that no one joined a chat in time',
		activity: ['ai', 'let the AI continue, since no one joined in time'],
		webhooks: {
			'handoff.missed': {
				label: 'Handoff missed',
				hint: 'No one takes over the chat in time.',
				key: getHandoffKey,
			},
		},
	}),
	'handoff.cancelled': defineEvent(payload, {
		agents: 'team',
		audit: 'canceled a handoff',
		activity: ['ai', 'canceled the handoff'],
	}),
};
