import { z } from 'zod';
import { sender, timestamp } from './common.ts';
import type { WebhookEvent } from './events.ts';
import { handoff } from './handoff.ts';
import { lead } from './lead.ts';
import { outcome, outcomeStage } from './outcome.ts';
import { review } from './review.ts';
import { session } from './session.ts';
import { suiteRun } from './suite.ts';
import { attribution } from './visitor-context.ts';

const message = z.object({ sender, message: z.string(), timestamp });

const chat = {
	session,
	lead: lead.nullable(),
	/** All messages, oldest first. */
	transcript: z.array(message),
};
const version = {
	/** The version of the lead; 1 without a lead. Drop a body with a lower version than the last one you accepted. */
	version: z.number().int().min(1),
};

const reviewed = {
	...chat,
	/** `pinned` marks the message that the review is about. */
	transcript: z.array(message.extend({ id: z.number().int(), pinned: z.boolean() })),
	review,
};

/** The data of a delivery, where it differs from most events'. */
const data: Partial<Record<WebhookEvent, z.ZodRawShape>> = {
	'review.submitted': reviewed,
	'review.issue': reviewed,
	'handoff.requested': { ...chat, handoff },
	'handoff.taken': { ...chat, handoff },
	'handoff.missed': { ...chat, handoff },
	'lead.completed': {
		...chat,
		...version,
		/** The built-in AI completed the chat, because the site's AI failed. */
		rescued: z.boolean(),
	},
	'lead.updated': {
		...chat,
		lead,
		...version,
		/** The fields that changed since the delivery before this one. */
		changed: z.array(z.string()),
		/** The webhook id of the delivery before this one. */
		amends: z.string(),
	},
	'suite_run.finished': { suite_run: suiteRun },
	'lead.outcome': {
		...chat,
		outcome,
		/** The stage before this one. */
		previous: outcomeStage.nullable(),
		attribution,
	},
	'lead.withdrawn': { reason: z.string(), session: chat.session, lead: chat.lead },
};

/** Returns the schema of a delivery's signed body. */
export const webhookPayload = (event: WebhookEvent) =>
	z.object({ type: z.literal(event), timestamp, data: z.object(data[event] ?? chat) });
