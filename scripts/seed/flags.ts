import type { CheckRule } from '#lib/contract/check.ts';
import type { ReviewReason } from '#lib/contract/review.ts';
import type { chat_flags } from '#lib/server/core/db/schema/index.ts';
import { HOUR } from './calendar.ts';
import type { Chat, SeedMessage } from './chat.ts';
import { Random } from './random.ts';
import type { ReviewRow } from './reviews.ts';
import { pickMember, type Team } from './team.ts';

type FlagRow = Omit<typeof chat_flags.$inferSelect, 'id'>;

/** Who wrote the message at fault, and how the check puts it. */
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
	answer_empty: ['ai', 'The AI’s answer is no text for a visitor.'],
	foreign_link: ['ai', 'The AI links to maps.test, which is not one of the site’s hosts.'],
};
/** The check that finds what a reviewer complained about. */
const BY_REASON: Record<ReviewReason, CheckRule> = {
	asked_twice: 'asked_known',
	missed_field: 'value_missing',
	wrong_language: 'wrong_language',
	ended_early: 'completed_without_contact',
	too_pushy: 'repeated_question',
	wrong_information: 'promise_outside_hours',
	other: 'answer_too_long',
};
/** What checks find by mistake; the last one so often that it is off. */
const FALSE_ALARMS: readonly (readonly [CheckRule, number])[] = [
	['foreign_link', 8],
	['visitor_complains', 3],
	['answer_too_long', 2],
	['repeated_question', 1],
	['value_missing', 1],
];
const UNREVIEWED: readonly (readonly [CheckRule, number])[] = [
	['asked_known', 4],
	['repeated_question', 3],
	['value_missing', 2],
];

/** Generates the flags of an ended chat, with the verdicts of its reviews. */
export function flagChat(
	chat: Chat,
	team: Team,
	{ ended, reviews, now }: { ended: Date; reviews: readonly ReviewRow[]; now: Date },
): FlagRow[] {
	const random = new Random(`flags ${chat.session_id}`);
	const issue = reviews.find(({ qa_status }) => qa_status === 'issue');
	if (issue) {
		const rule = BY_REASON[issue.reasons[0] ?? 'other'];
		return random.chance(0.7) ? [flagOf(random, chat, rule, ended, 'confirmed')] : [];
	}
	const isPassed = reviews.length > 0;
	if (!random.chance(isPassed ? 0.07 : 0.1)) return [];
	const rule = random.weighted(isPassed ? FALSE_ALARMS : UNREVIEWED);
	const flag = flagOf(random, chat, rule, ended, isPassed ? 'rejected' : null);
	if (!isPassed && flag.message_id === null) return [];
	const dismissed_at = new Date(ended.getTime() + random.int(1, 9) * HOUR);
	if (!isPassed || dismissed_at > now || !random.chance(0.4)) return [flag];
	const by = pickMember(random, team.agents);
	return [{ ...flag, dismissed_at, dismissed_by_id: by.id, dismissed_by: by.name }];
}

/** Whether a check may well have found something in a message: the AI asks, or the visitor gives a value. */
const isLikely = ({ by, text, facts }: SeedMessage): boolean =>
	by === 'ai' ? text.includes('?') : facts.length > 0;

function flagOf(
	random: Random,
	chat: Chat,
	rule: CheckRule,
	created_at: Date,
	verdict: FlagRow['verdict'],
): FlagRow {
	const [by, reason] = FINDINGS[rule];
	const messages = chat.messages.filter((message) => message.by === by && isLikely(message));
	const atFault = messages.length > 1 ? random.pick(messages.slice(1)) : undefined;
	return {
		chat_session_id: chat.id,
		site_id: chat.site.id,
		rule,
		source: 'rule',
		message_id: atFault?.id ?? null,
		reason,
		verdict,
		dismissed_at: null,
		dismissed_by_id: null,
		dismissed_by: null,
		created_at,
	};
}
