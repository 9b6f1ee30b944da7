import { z } from 'zod';
import { sessionId, sessionPayload, timestamp } from './common.ts';
import { event } from './define-event.ts';
import { cleanString, messageText } from './text.ts';

export const handoffOutcome = z.enum(['taken', 'missed', 'cancelled']);
export type HandoffOutcome = z.infer<typeof handoffOutcome>;

/** A request for a person to join a chat. */
export const handoff = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		/** Why a person is wanted, in the words of whoever requested it. */
		reason: z.string().nullable(),
		requested_by: z.enum(['ai', 'visitor', 'agent', 'api']),
		requested_at: timestamp,
		/** Until then someone can take it. Equals `requested_at` outside the site's business hours. */
		deadline_at: timestamp,
		/** Null while the visitor is waiting. */
		outcome: handoffOutcome.nullable(),
		/** When it was taken, missed or canceled. */
		ended_at: timestamp.nullable(),
		/** The name of the person who took it. */
		taken_by: z.string().optional(),
	})
	.meta({ id: 'Handoff' });
export type Handoff = z.infer<typeof handoff>;

const reason = cleanString(500);
export const MAX_WAIT_SECONDS = 3600;

/** An open handoff with what a list shows. */
export const waitingVisitor = handoff
	.extend({ visitor_name: z.string().nullable(), site_name: z.string() })
	.meta({ id: 'WaitingVisitor' });
export type WaitingVisitor = z.infer<typeof waitingVisitor>;

export const handoffInput = z
	.strictObject({
		reason: reason.optional(),
		/** How long the visitor waits for a person. The site's setting if omitted. */
		wait_seconds: z.number().int().min(10).max(MAX_WAIT_SECONDS).optional(),
	})
	.meta({ id: 'HandoffInput' });
export type HandoffInput = z.input<typeof handoffInput>;

/** The name of a person who answers outside of Frontdesk. */
const personName = cleanString(100, 1);

export const takeOverInput = z
	.strictObject({
		/** Who takes over. Only for API keys, and required for them: a signed-in user has a name. */
		name: personName.optional(),
		/**
		 * Who has the chat as far as the caller knows, as in `session.agent`: null for no one. Refused if someone else has
		 * taken it over in the meantime. An API key that omits it only takes over chats that no one has.
		 */
		from: z.string().max(200).nullable().optional(),
	})
	.meta({ id: 'TakeOverInput' });
export type TakeOverInput = z.input<typeof takeOverInput>;

/** Words of a person who answers outside of Frontdesk. */
export const agentReplyInput = z
	.strictObject({
		message: messageText,
		name: personName,
		/** The other system's id of the message. Repeating it stores nothing and returns the same message. */
		external_id: z.string().trim().min(1).max(200).optional(),
	})
	.meta({ id: 'AgentReplyInput' });
export type AgentReplyInput = z.input<typeof agentReplyInput>;

const payload = sessionPayload({ handoff });
const byHandoff = ({ handoff }: { handoff: Handoff }) => handoff.id;
const requested = (reason: unknown) =>
	typeof reason === 'string' ? `asked for a person: ${reason}` : 'asked for a person';

/** Handoff events: part of the table in `events.ts`. */
export const handoffEvents = {
	/** A person was asked to join a chat. Outside business hours the payload already has the outcome. */
	'handoff.requested': event(payload, {
		agents: 'team',
		audit: 'requested a handoff',
		activity: ['agent', ({ detail: { reason } }) => requested(reason)],
		webhooks: {
			'handoff.requested': {
				label: 'Handoff requested',
				hint: 'The AI, the visitor or your team asks for a person.',
				key: byHandoff,
			},
		},
	}),
	'handoff.taken': event(payload, {
		agents: 'team',
		webhooks: {
			'handoff.taken': {
				label: 'Handoff taken',
				hint: 'A person takes over the chat.',
				key: byHandoff,
			},
		},
	}),
	'handoff.missed': event(payload, {
		agents: 'team',
		audit: 'recorded that no one joined a chat in time',
		activity: ['ai', 'let the AI continue, since no one joined in time'],
		webhooks: {
			'handoff.missed': {
				label: 'Handoff missed',
				hint: 'No one takes over the chat in time.',
				key: byHandoff,
			},
		},
	}),
	'handoff.cancelled': event(payload, {
		agents: 'team',
		audit: 'canceled a handoff',
		activity: ['ai', 'canceled the handoff'],
	}),
};
