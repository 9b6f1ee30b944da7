import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { cleanString } from './text.ts';

/** The automatic checks of finished chats, with their texts on screen. */
export const CHECK_RULES = {
	asked_known: {
		title: 'Asked for known details',
		explanation: 'The AI asks for something that the visitor has already given.',
	},
	value_missing: {
		title: 'Missed detail',
		explanation: 'The visitor gave an email, phone number or answer that the lead doesn’t have.',
	},
	repeated_question: {
		title: 'Repeated question',
		explanation: 'The AI repeats a question although the visitor replied to it.',
	},
	completed_without_contact: {
		title: 'Completed without contact',
		explanation: 'The AI ends the chat, but the lead has neither an email nor a phone number.',
	},
	wrong_language: {
		title: 'Wrong language',
		explanation: 'The AI answers in a different language than the visitor’s.',
	},
	promise_outside_hours: {
		title: 'Promise outside hours',
		explanation: 'The AI promises a reply at a time outside business hours.',
	},
	visitor_repeats: {
		title: 'Visitor repeats themselves',
		explanation: 'The visitor says the same thing again, or that they have already said it.',
	},
	visitor_complains: {
		title: 'Complaint',
		explanation: 'The visitor is annoyed by an answer or says that it is wrong.',
	},
	person_wanted: {
		title: 'Asked for a person',
		explanation: 'The visitor asks for a person, but no handoff is requested.',
	},
	answer_too_long: {
		title: 'Very long answer',
		explanation: 'The answer is longer than visitors are likely to read.',
	},
	answer_empty: {
		title: 'Empty answer',
		explanation: 'The AI’s answer has no words, or is a placeholder or code.',
	},
	foreign_link: {
		title: 'Link to another site',
		explanation:
			'The AI links to a host that is neither the site’s own nor allowed in its settings.',
	},
} as const satisfies Record<string, { title: string; explanation: string }>;

export type CheckRule = keyof typeof CHECK_RULES;
export const checkRule = z.enum(Object.keys(CHECK_RULES) as [CheckRule, ...CheckRule[]]);

/** A rule is off by default once this many of its flags were reviewed and less than this share of them were confirmed. */
export const MIN_REVIEWED_FLAGS = 20;
export const MIN_PRECISION = 0.5;

/** The prefix of a judge's rules, so that they never collide with the built-in ones. */
export const JUDGE_PREFIX = 'judge:';

/** Returns a rule's title for display. */
export function getRuleTitle(rule: string): string {
	const known = checkRule.safeParse(rule).data;
	if (known) return CHECK_RULES[known].title;
	return `Judge: ${rule.slice(JUDGE_PREFIX.length).replaceAll('_', ' ')}`;
}

/** A built-in rule, or a judge's. */
export const flagRule = z
	.string()
	.max(80)
	.refine(
		(rule) => Object.hasOwn(CHECK_RULES, rule) || rule.startsWith(JUDGE_PREFIX),
		'unknown check',
	);

const flagSource = z.enum(['rule', 'judge']);
export type FlagSource = z.infer<typeof flagSource>;
const flagVerdict = z.enum(['confirmed', 'rejected']);
export type FlagVerdict = z.infer<typeof flagVerdict>;

/** A problem that an automatic check found in a chat session. */
export const flag = z
	.object({
		id: z.number().int(),
		/** A built-in rule, or `judge:` and the name from the site's judge. */
		rule: z.string(),
		/** The rule's name on screen. */
		title: z.string(),
		source: flagSource,
		/** The message with the problem. Null if it concerns the whole chat. */
		message_id: z.number().int().nullable(),
		reason: z.string(),
		/** The decision of a review or a dismissal. Null before a decision. */
		verdict: flagVerdict.nullable(),
		/** The person or API key that dismissed the flag, and the time. Null if the flag isn't dismissed. */
		dismissed: z.object({ by: z.string(), at: timestamp }).nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'Flag' });
export type Flag = z.infer<typeof flag>;

/** A flag in a list, with a quote of the message. */
export const quotedFlag = flag
	.extend({
		/** The first 300 characters of the message. Null if the flag concerns the whole chat. */
		quote: z.string().nullable(),
	})
	.meta({ id: 'QuotedFlag' });
export type QuotedFlag = z.infer<typeof quotedFlag>;

/** All flags of a chat session after one of them changed. */
export const flagChange = z.object({ session_id: sessionId, flags: z.array(flag) });

export const flagPatch = z
	.strictObject({
		/** True dismisses the flag as a false positive; false restores it. */
		dismissed: z.boolean(),
	})
	.meta({ id: 'FlagPatch' });
export type FlagPatch = z.input<typeof flagPatch>;

/** A rule's flags that reviewers confirmed and rejected, and its precision. */
const precisionShape = {
	/** Flags of the last 28 days. */
	recent: z.number().int(),
	confirmed: z.number().int(),
	rejected: z.number().int(),
	/** The share of confirmed flags, 0 to 1. Null before the first decision. */
	precision: z.number().nullable(),
};

/** A rule with its precision, overall and by site. */
export const checkSummary = z
	.object({
		rule: z.string(),
		title: z.string(),
		/** Null for a rule of a judge. */
		explanation: z.string().nullable(),
		source: flagSource,
		...precisionShape,
		sites: z.array(
			z.object({
				site: z.string(),
				site_name: z.string(),
				...precisionShape,
				is_on: z.boolean(),
				/** Whether an admin turned the rule on or off. Null if its precision decides. */
				switched: z.boolean().nullable(),
			}),
		),
	})
	.meta({ id: 'CheckSummary' });
export type CheckSummary = z.infer<typeof checkSummary>;

/** The judge's name for the kind of problem it found. */
const judgeRule = cleanString(60, 1);
const judgeReason = cleanString(500);

/** A judge's answer: flags, or whether the chat passes. */
export const judgeAnswer = z.union([
	z.object({
		flags: z
			.array(
				z.object({
					rule: judgeRule,
					message_id: z.number().int().positive().nullish(),
					reason: judgeReason,
				}),
			)
			.max(50),
	}),
	z.object({ pass: z.boolean(), reason: judgeReason.optional() }),
]);
export type JudgeAnswer = z.infer<typeof judgeAnswer>;
