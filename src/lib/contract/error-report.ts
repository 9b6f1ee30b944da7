import { z } from 'zod';
import { severity } from './automation-error.ts';
import { cleanText } from './text.ts';

/** Text of a report: cut to its limit rather than refused, because a failure must reach a person. */
const text = (max: number) =>
	z.string().transform((value) => cleanText(value.slice(0, max)).trim());
/** An id as n8n gives it: text, or a number in samples. */
const idText = (max = 200) => z.union([z.string(), z.number()]).transform(String).pipe(text(max));

/** Something that is left out, rather than refused, when it is not what it should be. */
const lenient = <T extends z.ZodType>(schema: T) =>
	z.union([schema, z.unknown().transform(() => null)]).optional();
const optional = (max: number) => lenient(text(max));
const optionalId = (max = 200) => lenient(idText(max));

const sessionFields = {
	session_id: optionalId(),
	sessionId: optionalId(),
	/** Of the call that Frontdesk made: its failure and this report are one. */
	turn_id: lenient(z.uuid()),
	turnId: lenient(z.uuid()),
};

/** Of an error only what stands here is kept: a node's parameters and credentials, and the context, are dropped. */
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

const workflow = z
	.object({ id: optionalId(), name: optionalId() })
	.refine(({ id, name }) => Boolean(id || name), 'needs an id or a name');

/** What n8n's Error Trigger gives for an execution that failed. */
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

/** What n8n's Error Trigger gives when the workflow's own trigger failed: there is no execution. */
export const triggerReport = z.object({
	trigger: z.object({ error: reportedError }),
	workflow,
	...sessionFields,
});

/** The form for everything that is not n8n. */
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

/** As a Webhook node of n8n passes it on. */
const wrapped = z.object({
	body: z.union([report, z.array(report).length(1)]),
	...sessionFields,
});

/** Every form that POST /api/errors takes: a report, a one-item array of it, or either under `body`. */
export const errorReport = z
	.union([report, wrapped, z.array(z.union([report, wrapped])).length(1)])
	.meta({ id: 'ErrorReport' });
