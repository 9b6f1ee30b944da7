import { z } from 'zod';
import { filterText, flag, pageQuery, sessionId, timestamp } from './common.ts';

export const severity = z.enum(['warning', 'error', 'critical']);
export type Severity = z.infer<typeof severity>;

/** One failure reported by, or met while calling, a workflow. */
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

/** The same with what it is too long for in lists. */
export const automationErrorDetail = automationError
	.extend({ stack: z.string().nullable() })
	.meta({ id: 'AutomationErrorDetail' });
export type AutomationErrorDetail = z.infer<typeof automationErrorDetail>;

/** Failures of one workflow, node and cause. */
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
		/** Who resolved it; null for a program, and for who is gone. */
		resolved_by: z.string().nullable(),
		/** The newest failure of the group. */
		last_error: automationError.nullable(),
	})
	.meta({ id: 'ErrorGroup' });
export type ErrorGroup = z.infer<typeof errorGroup>;

export const errorListQuery = pageQuery.extend({
	resolved: flag.optional(),
	workflow: filterText.optional(),
});

export const errorPatch = z.strictObject({ resolved: z.boolean() }).meta({ id: 'ErrorPatch' });
