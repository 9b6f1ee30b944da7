import type { CheckRule } from '#lib/contract/check.ts';
import type { ReviewReason } from '#lib/contract/review.ts';
import type { chat_flags } from '#lib/server/core/db/schema/index.ts';
import { HOUR } from './calendar.ts';
import type { Chat, SeedMessage } from './chat.ts';
import { Random } from './random.ts';
import type { ReviewRow } from './reviews.ts';
import { pickMember, type Team } from './team.ts';

type FlagRow = Omit<typeof chat_flags.$inferSelect, 'id'>;

/** The sender of the flagged message, and the check's wording. */
const FINDINGS: Record<CheckRule, ['ai' | 'visitor', string]> = {
	asked_known: ['ai', 'The AI asks for the email address, which the visitor had already given.'],
	value_missing: ['visitor', 'The visitor gave this phone number, but the lead doesn’t have it.'],
	repeated_question: ['ai', 'The AI repeats a question that the visitor already answered.'],
	completed_without_contact: [
		'ai',
		'The AI ends the chat without an email address or phone number.',
	],
	wrong_language: ['ai', 'The AI answers in English, the visitor writes in German.'],
	promise_outside_hours: [
		'ai',
		'The AI promises a reply for a time outside the site’s business hours.',
	],
	visitor_repeats: ['visitor', 'The visitor says that they have already answered.'],
	visitor_complains: ['visitor', 'The visitor complains about the answers.'],
	person_wanted: ['visitor', 'The visitor asked for a person, but no handoff was requested.'],
	answer_too_long: ['ai', 'The AI’s answer has 1,240 characters.'],
	answer_empty: ['ai', 'The AI’s answer contains no text for a visitor.'],
	foreign_link: ['ai', 'The AI links to maps.test, which is not one of the site’s hosts.'],
};
/** The check that finds each kind of review issue. */
const RULES_BY_REASON: Record<ReviewReason, CheckRule> = {
	asked_twice: 'asked_known',
	missed_field: 'value_missing',
	wrong_language: 'wrong_language',
	ended_early: 'completed_without_contact',
	too_pushy: 'repeated_question',
	wrong_information: 'promise_outside_hours',
	other: 'answer_too_long',
};
/** Checks with false positives, by relative frequency. */
const FALSE_POSITIVES: readonly (readonly [CheckRule, number])[] = [
	['foreign_link', 8],
	['visitor_complains', 3],
	['answer_too_long', 2],
	['repeated_question', 1],
	['value_missing', 1],
];
const UNREVIEWED_RULES: readonly (readonly [CheckRule, number])[] = [
	['asked_known', 4],
	['repeated_question', 3],
	['value_missing', 2],
];

/** Generates the flags of an ended chat, with the verdicts of its reviews. */
export function generateFlags(
	chat: Chat,
	team: Team,
	{ endedAt, reviews, now }: { endedAt: Date; reviews: readonly ReviewRow[]; now: Date },
): FlagRow[] {
	const random = new Random(`flags ${chat.session_id}`);
	const issueReview = reviews.find(({ qa_status }) => qa_status === 'issue');
	if (issueReview) {
		const rule = RULES_BY_REASON[issueReview.reasons[0] ?? 'other'];
		return random.chance(0.7) ? [createFlag(random, chat, rule, endedAt, 'confirmed')] : [];
	}
	const isReviewPassed = reviews.length > 0;
	if (!random.chance(isReviewPassed ? 0.07 : 0.1)) return [];
	const rule = random.pickWeighted(isReviewPassed ? FALSE_POSITIVES : UNREVIEWED_RULES);
	const flag = createFlag(random, chat, rule, endedAt, isReviewPassed ? 'rejected' : null);
	if (!isReviewPassed && flag.message_id === null) return [];
	const dismissed_at = new Date(endedAt.getTime() + random.int(1, 9) * HOUR);
	if (!isReviewPassed || dismissed_at > now || !random.chance(0.4)) return [flag];
	const by = pickMember(random, team.agents);
	return [{ ...flag, dismissed_at, dismissed_by_id: by.id, dismissed_by: by.name }];
}

/** Returns whether a check could plausibly flag a message: a question from the AI, or a visitor's message with lead values. */
const isPlausible = ({ by, text, facts }: SeedMessage): boolean =>
	by === 'ai' ? text.includes('?') : facts.length > 0;

function createFlag(
	random: Random,
	chat: Chat,
	rule: CheckRule,
	created_at: Date,
	verdict: FlagRow['verdict'],
): FlagRow {
	const [by, reason] = FINDINGS[rule];
	const messages = chat.messages.filter((message) => message.by === by && isPlausible(message));
	const flaggedMessage = messages.length > 1 ? random.pick(messages.slice(1)) : undefined;
	return {
		chat_session_id: chat.id,
		site_id: chat.site.id,
		rule,
		source: 'rule',
		message_id: flaggedMessage?.id ?? null,
		reason,
		verdict,
		dismissed_at: null,
		dismissed_by_id: null,
		dismissed_by: null,
		created_at,
	};
}
