import { z } from 'zod';
import { filterText, pageQuery, sessionId, timestamp } from './common.ts';
import { leadFieldName } from './lead.ts';
import { webhookUrl } from './outbound-call.ts';
import { siteKey } from './site.ts';
import { cleanString, cutString, cutUrlString, messageText, trimmedString } from './text.ts';

export const MAX_CASE_LINES = 50;
export const MAX_CASE_CHECKS = 30;
/** The number of cases in a suite, and in one import. */
export const MAX_SUITE_CASES = 1_000;

/** The answer that a check reads: to the nth line of the visitor, 0 for the greeting. Every answer if omitted. */
const line = z.number().int().min(0).max(MAX_CASE_LINES).optional();
const words = trimmedString(1_000);
/** A regular expression in RE2 syntax, which has no lookaround or backreferences. Matches any part, ignoring case. */
const pattern = trimmedString(500);
const key = leadFieldName;

/** What must hold after a case has run. */
export const caseCheck = z
	.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('completed') }),
		z.strictObject({ type: z.literal('not_completed') }),
		z.strictObject({ type: z.literal('field_equals'), key, value: cleanString(2_000, 1) }),
		z.strictObject({ type: z.literal('field_present'), key }),
		z.strictObject({ type: z.literal('field_absent'), key }),
		z.strictObject({ type: z.literal('answer_contains'), line, text: words }),
		z.strictObject({ type: z.literal('answer_matches'), line, pattern }),
		z.strictObject({ type: z.literal('answer_excludes'), line, text: words }),
		z.strictObject({ type: z.literal('answer_not_matches'), line, pattern }),
		/** An ISO 639-1 code such as `de`. Answers too short to tell are ignored. */
		z.strictObject({ type: z.literal('language'), code: z.string().regex(/^[a-z]{2}$/) }),
		/** The chat is complete after at most this many messages of the visitor, or ends without a completion. */
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
		page_url: cutUrlString(2_000).optional(),
		referrer: cutUrlString(2_000).optional(),
		/** Of the visitor's browser, such as `de-DE`. */
		language: cutString(35).optional(),
		time_zone: cutString(64).optional(),
		/** Lead fields that are known before the first message. */
		known: z.record(leadFieldName, cleanString(2_000, 1)).optional(),
		/** The visitor writes first: the AI does not greet. */
		visitor_starts: z.boolean().optional(),
	})
	.meta({ id: 'CaseContext' });
export type CaseContext = z.infer<typeof caseContext>;

const content = {
	/** The visitor's messages, each sent after the answer to the one before. */
	lines: z.array(messageText).min(1).max(MAX_CASE_LINES),
	checks: z.array(caseCheck).max(MAX_CASE_CHECKS),
	/** The reply that the AI should have given, for people and for a judge. */
	expected: trimmedString(4_000).nullable(),
	/** The line whose answer that is; null for the chat as a whole. */
	expected_line: z.number().int().min(0).max(MAX_CASE_LINES).nullable(),
};
const title = trimmedString(200);

/** A kept conversation with checks. */
export const testCase = z
	.object({
		id: z.number().int(),
		site: siteKey,
		title: z.string(),
		...content,
		lines: z.array(z.string()),
		expected: z.string().nullable(),
		context: caseContext,
		/** The chat that it was kept from. Null if there is none, or it was deleted. */
		session_id: sessionId.nullable(),
		created_by: z.string(),
		created_at: timestamp,
		updated_at: timestamp,
	})
	.meta({ id: 'Case' });
export type TestCase = z.infer<typeof testCase>;

/** What makes up a case, apart from where it came from: the format of imports and exports. */
export const caseContent = z.strictObject({
	title: title.optional(),
	lines: content.lines,
	context: caseContext.default({}),
	checks: content.checks,
	expected: content.expected.default(null),
	expected_line: content.expected_line.default(null),
});
export type CaseContent = z.output<typeof caseContent>;

/** Returns the content of a case or draft, without its id, origin and times. */
export const contentOf = ({
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
		/** The chat to keep. The personal details of its visitor are replaced. */
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

/** A case as it is kept from a chat, with what replaces the personal details of the visitor. */
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
		/** The visitor's personal details in the chat, and what stands in their place. */
		replaced: replacements,
		/** The site's suites that the case can be added to. */
		suites: z.array(z.object({ id: z.number().int(), name: z.string() })),
		/** Cases that were kept from this chat before. */
		kept: z.array(z.object({ id: z.number().int(), title: z.string() })),
	})
	.meta({ id: 'CaseDraft' });
export type CaseDraft = z.infer<typeof caseDraft>;

const suiteId = z.coerce.number().int().positive().optional();
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
