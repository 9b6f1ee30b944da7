import { z } from 'zod';
import { sessionPayload } from './common.ts';
import { defineAction, defineEvent } from './define-event.ts';
import { lead, outcome, outcomeStage } from './lead.ts';
import { session, type Session } from './session.ts';

/** Returns the key of a completion: a chat can be completed again after its completion was undone. */
export const getCompletionKey = ({
	session: { id, completions_undone: undone },
}: {
	session: Session;
}) => (undone === 0 ? id : `${id}:${undone}`);

const describeOutcome = ({ stage, value, currency }: Record<string, unknown>) => {
	const amount =
		typeof value === 'number' && typeof currency === 'string' ? ` (${currency} ${value})` : '';
	return `marked the lead as ${String(stage)}${amount}`;
};

const outcomeChange = sessionPayload({ outcome, previous: outcomeStage.nullable() });

/** Events of leads: part of the table in `events.ts`. */
export const leadEvents = {
	/** `changed` lists the fields whose values changed; omitted for other changes, such as a first contact. */
	'lead.updated': defineEvent(sessionPayload({ lead, changed: z.array(z.string()).optional() }), {
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
	'lead.withdrawn': defineEvent(z.object({ session, lead: lead.nullable(), reason: z.string() }), {
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
				key: getCompletionKey,
				chain: 'end',
			},
		},
	}),
	/** The lead was not contacted by its deadline. */
	'lead.overdue': defineEvent(sessionPayload({ lead }), {
		agents: 'team',
		webhooks: {
			'lead.overdue': {
				label: 'Lead overdue',
				hint: 'No one replied to a lead by its deadline.',
				key: ({ session_id, lead }) => `${session_id}:${lead.promise_due_at}`,
			},
		},
	}),
	'lead.contacted': defineAction(
		({ contacted }) =>
			contacted === false ? 'marked a lead as not contacted' : 'marked a lead as contacted',
		['lead', 'contacted the lead'],
	),
	/** The outcome of a lead was set or changed. `previous` is the stage before it. */
	'lead.outcome': defineEvent(outcomeChange, {
		agents: 'leads:read',
		audit: describeOutcome,
		activity: ['lead', ({ detail }) => describeOutcome(detail)],
		webhooks: {
			'lead.outcome': {
				label: 'Lead outcome',
				hint: 'A lead was qualified, disqualified, won or lost.',
				key: ({ outcome }) => outcome.id,
			},
		},
	}),
	/** The current outcome was cleared, such as one recorded by mistake. `previous` is its stage. */
	'lead.outcome_cleared': defineEvent(outcomeChange, {
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
	'leads.exported': defineAction('exported leads'),
};
