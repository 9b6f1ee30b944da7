import { z } from 'zod';
import { filterText, flag, pageQuery, sessionId, timestamp } from './common.ts';

export const severity = z.enum(['warning', 'error', 'critical']);
export type Severity = z.infer<typeof severity>;

/** One failure that a workflow reported or that occurred while calling it. */
export const automationError = z
	.object({
		id: z.number().int(),
		group_id: z.number().int(),
		workflow: z.string(),
		node: z.string().nullable(),
		message: z.string(),
		severity,
		session_id: sessionId.nullable(),
		execution_id: z.string().nullable(),
		execution_url: z.string().nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'AutomationError' });
export type AutomationError = z.infer<typeof automationError>;

/** A failure with its stack trace, which lists omit. */
export const automationErrorDetail = automationError
	.extend({ stack: z.string().nullable() })
	.meta({ id: 'AutomationErrorDetail' });
export type AutomationErrorDetail = z.infer<typeof automationErrorDetail>;

/** Failures with the same workflow, node and cause. */
export const errorGroup = z
	.object({
		id: z.number().int(),
		workflow: z.string(),
		node: z.string().nullable(),
		message: z.string(),
		severity,
		count: z.number().int(),
		first_seen_at: timestamp,
		last_seen_at: timestamp,
		resolved_at: timestamp.nullable(),
		/** The user who resolved it. Null for API keys and deleted users. */
		resolved_by: z.string().nullable(),
		/** The most recent failure of the group. */
		last_error: automationError.nullable(),
	})
	.meta({ id: 'ErrorGroup' });
export type ErrorGroup = z.infer<typeof errorGroup>;

export const errorListQuery = pageQuery.extend({
	resolved: flag.optional(),
	workflow: filterText.optional(),
});

export const errorPatch = z.strictObject({ resolved: z.boolean() }).meta({ id: 'ErrorPatch' });
