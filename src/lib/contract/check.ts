import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { cleanString } from './text.ts';

/** The automatic checks of finished chats, as reviewers read about them. */
export const CHECK_RULES = {
	asked_known: {
		title: 'Asked for a known value',
		explanation: 'The AI asks for something that the visitor has already given.',
	},
	value_missing: {
		title: 'Value not in the lead',
		explanation: 'The visitor gave an email, phone number or answer that the lead doesn’t have.',
	},
	repeated_question: {
		title: 'Same question twice',
		explanation: 'The AI repeats a question although the visitor replied to it.',
	},
	completed_without_contact: {
		title: 'Completed without contact',
		explanation: 'The AI ends the chat, but the lead has neither an email nor a phone number.',
	},
	wrong_language: {
		title: 'Wrong language',
		explanation: 'The AI answers in another language than the visitor writes in.',
	},
	promise_outside_hours: {
		title: 'Promise outside hours',
		explanation: 'The AI promises a reply for a time at which the team isn’t there.',
	},
	visitor_repeats: {
		title: 'Visitor repeats themselves',
		explanation: 'The visitor says the same thing again, or that they have already said it.',
	},
	visitor_complains: {
		title: 'Visitor complains',
		explanation: 'The visitor is annoyed by an answer or says that it is wrong.',
	},
	person_wanted: {
		title: 'Asked for a person',
		explanation: 'The visitor asks for a person, and no one is called.',
	},
	answer_too_long: {
		title: 'Very long answer',
		explanation: 'The AI writes more than a visitor reads in a chat.',
	},
	answer_empty: {
		title: 'Answer without words',
		explanation: 'The AI’s answer has no words, or is a placeholder or code.',
	},
	foreign_link: {
		title: 'Link to another site',
		explanation: 'The AI links to a host that is neither the site’s nor on its list.',
	},
} as const satisfies Record<string, { title: string; explanation: string }>;

export type CheckRule = keyof typeof CHECK_RULES;
export const checkRule = z.enum(Object.keys(CHECK_RULES) as [CheckRule, ...CheckRule[]]);

/** A rule is off by default once people judged this many of its flags and confirmed fewer than this share. */
export const MIN_JUDGED = 20;
export const MIN_PRECISION = 0.5;

/** Marks the rules of a judge, so that they never collide with those above. */
export const JUDGE_PREFIX = 'judge:';

/** Returns the name of a rule on screen. */
export function ruleTitle(rule: string): string {
	const known = checkRule.safeParse(rule).data;
	if (known) return CHECK_RULES[known].title;
	return `Judge: ${rule.slice(JUDGE_PREFIX.length).replaceAll('_', ' ')}`;
}

/** One of the rules above, or one of a judge. */
export const flagRule = z
	.string()
	.max(80)
	.refine(
		(rule) => Object.hasOwn(CHECK_RULES, rule) || rule.startsWith(JUDGE_PREFIX),
		'unknown check',
	);

export const flagSource = z.enum(['rule', 'judge']);
export type FlagSource = z.infer<typeof flagSource>;
export const flagVerdict = z.enum(['confirmed', 'rejected']);
export type FlagVerdict = z.infer<typeof flagVerdict>;

/** A fault that an automatic check found in a chat session. */
export const flag = z
	.object({
		id: z.number().int(),
		/** One of Frontdesk's rules, or `judge:` and the name that the site's judge gave. */
		rule: z.string(),
		/** The rule's name on screen. */
		title: z.string(),
		source: flagSource,
		/** The message at fault. Null if the fault is of the whole chat. */
		message_id: z.number().int().nullable(),
		reason: z.string(),
		/** What a review or a dismissal said about it. Null until then. */
		verdict: flagVerdict.nullable(),
		/** Who dismissed it as no fault, and when. Null if no one did. */
		dismissed: z.object({ by: z.string(), at: timestamp }).nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'Flag' });
export type Flag = z.infer<typeof flag>;

/** All flags of a chat session after one of them changed. */
export const flagChange = z.object({ session_id: sessionId, flags: z.array(flag) });

export const flagPatch = z
	.strictObject({
		/** True says that it is not a fault, false takes that back. */
		dismissed: z.boolean(),
	})
	.meta({ id: 'FlagPatch' });
export type FlagPatch = z.input<typeof flagPatch>;

/** How often a rule was right, by what people decided. */
const precisionShape = {
	/** Flags of the last 28 days. */
	recent: z.number().int(),
	confirmed: z.number().int(),
	rejected: z.number().int(),
	/** The share of confirmed flags, 0 to 1. Null before the first decision. */
	precision: z.number().nullable(),
};

/** A rule with its precision, in all and by site. */
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
				/** What an admin set. Null if it follows the precision. */
				switched: z.boolean().nullable(),
			}),
		),
	})
	.meta({ id: 'CheckSummary' });
export type CheckSummary = z.infer<typeof checkSummary>;

/** The name that a judge gives to what it found. */
const judgeRule = cleanString(60, 1);
const judgeReason = cleanString(500);

/** What a judge answers: flags, or whether the chat passes. */
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
