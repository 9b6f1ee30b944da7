import { z } from 'zod';
import { filterText, queryBoolean, pageQuery, sessionId, timestamp } from './common.ts';
import { cleanText } from './text.ts';

export const severity = z.enum(['warning', 'error', 'critical']);
export type Severity = z.infer<typeof severity>;

/** One failure that a workflow reported, or that occurred while calling one. */
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
		/** The name of the user who resolved the group. Null if it is unresolved, or an API key or a deleted user resolved it. */
		resolved_by: z.string().nullable(),
		/** The most recent failure of the group. */
		last_error: automationError.nullable(),
	})
	.meta({ id: 'ErrorGroup' });
export type ErrorGroup = z.infer<typeof errorGroup>;

export const errorListQuery = pageQuery.extend({
	resolved: queryBoolean.optional(),
	workflow: filterText.optional(),
});

export const errorPatch = z.strictObject({ resolved: z.boolean() }).meta({ id: 'ErrorPatch' });

/** Text of a report. Truncated rather than rejected, because an error report must never be lost. */
const text = (max: number) =>
	z.string().transform((value) => cleanText(value.slice(0, max)).trim());
/** An id from n8n: text, or a number in sample data. */
const idText = (max = 200) => z.union([z.string(), z.number()]).transform(String).pipe(text(max));

/** A value that is dropped rather than rejected when invalid. */
const lenient = <T extends z.ZodType>(schema: T) =>
	z.union([schema, z.unknown().transform(() => null)]).optional();
const optional = (max: number) => lenient(text(max));
const optionalId = (max = 200) => lenient(idText(max));

const sessionFields = {
	session_id: optionalId(),
	sessionId: optionalId(),
	/** The turn of the failed call, which merges this report with the failure Frontdesk recorded. */
	turn_id: lenient(z.uuid()),
	turnId: lenient(z.uuid()),
};

/** The fields of an error that are kept. Node parameters, credentials and context are dropped. */
const errorFields = z.object({
	message: optional(4000),
	description: optional(4000),
	stack: optional(20_000),
	name: optional(200),
	level: optional(40),
	node: lenient(z.union([idText(), z.object({ name: idText() }).transform((node) => node.name)])),
});
export type ReportedError = z.output<typeof errorFields>;

const reportedError = z.union([
	text(4000).transform((message): ReportedError => ({ message })),
	errorFields,
]);

/** Both are empty if the workflow was never saved. */
const workflow = z.object({ id: optionalId(), name: optionalId() });

/** The output of n8n's Error Trigger for a failed execution. */
export const executionReport = z.object({
	execution: z.object({
		id: optionalId(),
		url: optionalId(2000),
		error: reportedError,
		lastNodeExecuted: optionalId(),
		mode: optional(40),
	}),
	workflow,
	...sessionFields,
});

/** The output of n8n's Error Trigger when the workflow's own trigger failed, so there is no execution. */
export const triggerReport = z.object({
	trigger: z.object({ error: reportedError }),
	workflow,
	...sessionFields,
});

/** The short form, for sources other than n8n. */
export const plainReport = z.object({
	workflow: idText().pipe(z.string().min(1)),
	node: idText().nullish(),
	message: text(4000).pipe(z.string().min(1)),
	stack: text(20_000).nullish(),
	execution_id: idText().nullish(),
	execution_url: idText(2000).nullish(),
	severity: severity.default('error'),
	...sessionFields,
});

const report = z.union([executionReport, triggerReport, plainReport]);

/** A report forwarded by an n8n Webhook node. */
const wrappedReport = z.object({
	body: z.union([report, z.array(report).length(1)]),
	...sessionFields,
});

/** Every form that POST /api/errors accepts: a report, an array with one report, or either under `body`. */
export const errorReport = z
	.union([report, wrappedReport, z.array(z.union([report, wrappedReport])).length(1)])
	.meta({ id: 'ErrorReport' });
