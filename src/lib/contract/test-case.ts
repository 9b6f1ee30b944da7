import { z } from 'zod';
import { MAX_CASE_CHECKS, MAX_CASE_LINES } from './constants.ts';
import { filterText, pageQuery, sessionId, timestamp, urlInteger } from './common.ts';
import { leadFieldName } from './lead.ts';
import { webhookUrl } from './outbound-call.ts';
import { siteKey } from './site.ts';
import {
	cleanString,
	truncatedString,
	truncatedUrlString,
	messageText,
	trimmedString,
} from './text.ts';

/** The maximum number of cases in a suite, and in one import. */
export const MAX_SUITE_CASES = 1_000;

/** The answer that a check reads: the one to the visitor's nth message, 0 for the greeting. If omitted, the check reads every answer. */
const line = z.number().int().min(0).max(MAX_CASE_LINES).optional();
const shortText = trimmedString(1_000);
/** A regular expression in RE2 syntax, which has no lookaround or backreferences. Matches any part, ignoring case. */
const pattern = trimmedString(500);
const key = leadFieldName;

/** A condition that must hold after a case has run. */
export const caseCheck = z
	.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('completed') }),
		z.strictObject({ type: z.literal('not_completed') }),
		z.strictObject({ type: z.literal('field_equals'), key, value: cleanString(2_000, 1) }),
		z.strictObject({ type: z.literal('field_present'), key }),
		z.strictObject({ type: z.literal('field_absent'), key }),
		z.strictObject({ type: z.literal('answer_contains'), line, text: shortText }),
		z.strictObject({ type: z.literal('answer_matches'), line, pattern }),
		z.strictObject({ type: z.literal('answer_excludes'), line, text: shortText }),
		z.strictObject({ type: z.literal('answer_not_matches'), line, pattern }),
		/** An ISO 639-1 code such as `de`. Answers too short for detection are ignored. */
		z.strictObject({ type: z.literal('language'), code: z.string().regex(/^[a-z]{2}$/) }),
		/** The chat is complete after at most this many visitor messages, or ends without a completion. */
		z.strictObject({
			type: z.literal('max_turns'),
			n: z.number().int().min(1).max(MAX_CASE_LINES),
		}),
		z.strictObject({ type: z.literal('no_fallback') }),
		/** No answer exceeded the site's time limit, or these seconds if given. */
		z.strictObject({
			type: z.literal('answered_in_time'),
			seconds: z.number().int().min(1).max(300).optional(),
		}),
		z.strictObject({ type: z.literal('handoff'), requested: z.boolean() }),
		/** A webhook that gets the transcript and returns `{ pass, reason }`. */
		z.strictObject({ type: z.literal('judge'), url: webhookUrl }),
	])
	.meta({ id: 'CaseCheck' });
export type CaseCheck = z.infer<typeof caseCheck>;

/** The situation in which a case starts. */
export const caseContext = z
	.strictObject({
		page_url: truncatedUrlString(2_000).optional(),
		referrer: truncatedUrlString(2_000).optional(),
		/** The language of the visitor's browser, such as `de-DE`. */
		language: truncatedString(35).optional(),
		time_zone: truncatedString(64).optional(),
		/** Lead fields that are known before the first message. */
		known: z.record(leadFieldName, cleanString(2_000, 1)).optional(),
		/** Whether the visitor writes first, so that the AI does not greet. */
		visitor_starts: z.boolean().optional(),
	})
	.meta({ id: 'CaseContext' });
export type CaseContext = z.infer<typeof caseContext>;

const content = {
	/** The visitor's messages, each sent after the previous one was answered. */
	lines: z.array(messageText).min(1).max(MAX_CASE_LINES),
	checks: z.array(caseCheck).max(MAX_CASE_CHECKS),
	/** The answer that the AI should give, for reviewers and judges. */
	expected: trimmedString(4_000).nullable(),
	/** The line that `expected` answers; null for the whole chat. */
	expected_line: z.number().int().min(0).max(MAX_CASE_LINES).nullable(),
};
const title = trimmedString(200);

/** The latest result of a case against its site's AI; candidates and challengers don't count. */
export const lastResult = z.object({
	status: z.enum(['passed', 'flaky', 'failed', 'error']),
	run_id: z.number().int(),
	at: timestamp,
});
export type LastResult = z.infer<typeof lastResult>;

/** A saved conversation with checks. */
export const testCase = z
	.object({
		id: z.number().int(),
		site: siteKey,
		title: z.string(),
		...content,
		lines: z.array(z.string()),
		expected: z.string().nullable(),
		context: caseContext,
		/** The chat that the case was saved from. Null if there is none, or it was deleted. */
		session_id: sessionId.nullable(),
		/** Null before the first run. */
		last_result: lastResult.nullable(),
		created_by: z.string(),
		created_at: timestamp,
		updated_at: timestamp,
	})
	.meta({ id: 'Case' });
export type TestCase = z.infer<typeof testCase>;

/** The content of a case, without its origin: the format of imports and exports. */
export const caseContent = z.strictObject({
	title: title.optional(),
	lines: content.lines,
	context: caseContext.default({}),
	checks: content.checks,
	expected: content.expected.default(null),
	expected_line: content.expected_line.default(null),
});
export type CaseContent = z.output<typeof caseContent>;

/** Returns the content of a case or draft, without id, origin and timestamps. */
export const toCaseContent = ({
	title,
	lines,
	context,
	checks,
	expected,
	expected_line,
}: CaseContent): CaseContent => ({ title, lines, context, checks, expected, expected_line });

export const caseInput = caseContent
	.extend({
		site: siteKey,
		/** The chat that the case is saved from. The visitor's personal details are replaced. */
		from_session: sessionId.optional(),
		/** Suites that the case is added to. */
		suite_ids: z.array(z.number().int().positive()).max(20).optional(),
	})
	.meta({ id: 'CaseInput' });
export type CaseInput = z.input<typeof caseInput>;

export const caseUpdate = z
	.strictObject({
		title,
		...content,
		context: caseContext,
	})
	.partial()
	.meta({ id: 'CaseUpdate' });
export type CaseUpdate = z.input<typeof caseUpdate>;

const replacements = z.array(z.object({ detail: z.string(), by: z.string() }));

/** A case as it will be saved from a chat, with the replacements of the visitor's personal details. */
export const casePreview = caseContent
	.extend({ lines: z.array(z.string()), replaced: replacements })
	.meta({ id: 'CasePreview' });
export type CasePreview = z.infer<typeof casePreview>;

/** A chat as a case, to edit before it is saved. */
export const caseDraft = z
	.object({
		site: siteKey,
		title: z.string(),
		lines: z.array(z.string()),
		context: caseContext,
		checks: z.array(caseCheck),
		expected: z.string().nullable(),
		expected_line: z.number().int().nullable(),
		/** The visitor's personal details in the chat, and their replacements. */
		replaced: replacements,
		/** The site's suites that the case can be added to. */
		suites: z.array(z.object({ id: z.number().int(), name: z.string() })),
		/** Cases already created from this chat. */
		kept: z.array(z.object({ id: z.number().int(), title: z.string() })),
	})
	.meta({ id: 'CaseDraft' });
export type CaseDraft = z.infer<typeof caseDraft>;

const suiteId = urlInteger(1).optional();
export const caseListQuery = pageQuery.extend({ site: filterText.optional(), suite_id: suiteId });

export const caseExportQuery = z.object({ site: filterText, suite_id: suiteId });
export const caseExport = z
	.object({ version: z.literal(1), cases: z.array(caseContent) })
	.meta({ id: 'CaseExport' });
export type CaseExport = z.infer<typeof caseExport>;
export const caseImport = z
	.strictObject({
		site: siteKey,
		version: z.literal(1).optional(),
		/** A suite that the cases are added to. */
		suite_id: z.number().int().positive().optional(),
		cases: z.array(caseContent).min(1).max(MAX_SUITE_CASES),
	})
	.meta({ id: 'CaseImport' });
export const caseImported = z
	.object({ created: z.number().int(), ids: z.array(z.number().int()) })
	.meta({ id: 'CaseImported' });
