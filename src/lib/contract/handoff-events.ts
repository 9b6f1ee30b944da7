import { z } from 'zod';
import { sessionId } from './common.ts';
import { event } from './define-event.ts';
import { handoff, type Handoff } from './handoff.ts';

const payload = z.object({ session_id: sessionId, handoff });
const byHandoff = ({ handoff }: { handoff: Handoff }) => handoff.id;
const called = (reason: unknown) =>
	typeof reason === 'string' ? `called a person: ${reason}` : 'called a person';

/** The events of handoffs: a part of the table in `events.ts`. */
export const handoffEvents = {
	/** A person was called into a chat. Outside business hours its outcome is known at once. */
	'handoff.requested': event(payload, {
		agents: 'team',
		audit: 'called a person into a chat',
		activity: ['agent', ({ detail: { reason } }) => called(reason)],
		webhooks: {
			'handoff.requested': {
				label: 'Person requested',
				hint: 'The AI, the visitor or your team calls a person into a chat.',
				key: byHandoff,
			},
		},
	}),
	'handoff.taken': event(payload, {
		agents: 'team',
		webhooks: {
			'handoff.taken': {
				label: 'Person joined',
				hint: 'A person who was called takes over the chat.',
				key: byHandoff,
			},
		},
	}),
	'handoff.missed': event(payload, {
		agents: 'team',
		audit: 'reported that no one came into a chat in time',
		activity: ['ai', 'let the AI go on, since no one came in time'],
		webhooks: {
			'handoff.missed': {
				label: 'Person missed',
				hint: 'No one takes over the chat in time.',
				key: byHandoff,
			},
		},
	}),
	'handoff.cancelled': event(payload, {
		agents: 'team',
		audit: 'no longer wanted a person in a chat',
		activity: ['ai', 'no longer wanted a person'],
	}),
};
