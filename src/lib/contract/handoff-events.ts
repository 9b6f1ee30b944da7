import { z } from 'zod';
import { sessionId } from './common.ts';
import { event } from './define-event.ts';
import { handoff, type Handoff } from './handoff.ts';

const payload = z.object({ session_id: sessionId, handoff });
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
