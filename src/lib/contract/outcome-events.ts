import { z } from 'zod';
import { sessionId } from './common.ts';
import { event } from './define-event.ts';
import { outcome, outcomeStage } from './outcome.ts';

const payload = z.object({ session_id: sessionId, outcome, previous: outcomeStage.nullable() });

const describe = ({ stage, value, currency }: Record<string, unknown>) => {
	const worth =
		typeof value === 'number' && typeof currency === 'string' ? ` (${currency} ${value})` : '';
	return `marked the lead as ${String(stage)}${worth}`;
};

/** The events of outcomes: a part of the table in `events.ts`. */
export const outcomeEvents = {
	/** It became known what a lead turned into. `previous` is the stage before it. */
	'lead.outcome': event(payload, {
		agents: 'leads:read',
		audit: describe,
		activity: ['lead', ({ detail }) => describe(detail)],
		webhooks: {
			'lead.outcome': {
				label: 'Lead outcome',
				hint: 'A lead was qualified, disqualified, won or lost.',
				key: ({ outcome }) => outcome.id,
			},
		},
	}),
	/** The current outcome was recorded by mistake: there is none now. `previous` is its stage. */
	'lead.outcome_cleared': event(payload, {
		agents: 'leads:read',
		audit: 'cleared the outcome of a lead',
		activity: ['lead', 'cleared the outcome'],
		webhooks: {
			'lead.outcome_cleared': {
				label: 'Lead outcome cleared',
				hint: 'An outcome that was recorded before is cleared.',
				key: ({ outcome }) => outcome.id,
			},
		},
	}),
};
