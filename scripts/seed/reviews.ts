import type { QaStatus } from '#lib/contract/common.ts';
import type { CheckRule } from '#lib/contract/check.ts';
import type { ReviewReason } from '#lib/contract/review.ts';
import type { reviews } from '#lib/server/core/db/schema/index.ts';
import { DAY, HOUR } from './calendar.ts';
import type { Chat } from './chat.ts';
import type { Random } from './random.ts';
import { pickMember, type Member, type Team } from './team.ts';

export type ReviewRow = typeof reviews.$inferSelect;

interface Issue {
	reason: ReviewReason;
	notes: string;
	/** The better answer that the reviewer suggests. */
	expected?: string;
}
/** A reviewer's issue with a chat, by the rule of its fault. */
const ISSUES: Partial<Record<CheckRule, Issue>> = {
	asked_known: {
		reason: 'asked_twice',
		notes: 'Asked for the email even though the visitor had given it.',
		expected: 'Thank you, I have your email. When would be a good time to call?',
	},
	repeated_question: {
		reason: 'asked_twice',
		notes: 'Asked a question again that the visitor had answered.',
	},
	value_missing: {
		reason: 'missed_field',
		notes: 'The visitor’s answer didn’t make it into the lead.',
	},
	wrong_language: {
		reason: 'wrong_language',
		notes: 'Answered in English, but the visitor writes in another language.',
	},
	visitor_repeats: { reason: 'asked_twice', notes: 'The visitor had to say it twice.' },
	visitor_complains: {
		reason: 'wrong_information',
		notes: 'Didn’t answer what the visitor had asked.',
	},
	person_wanted: {
		reason: 'too_pushy',
		notes: 'The visitor asked for a person, and the AI just went on.',
		expected: 'Of course, I’m getting a teammate for you now.',
	},
	foreign_link: { reason: 'other', notes: 'Shouldn’t send visitors to another website.' },
	completed_without_contact: {
		reason: 'ended_early',
		notes: 'Ended the chat before there was a way to reply.',
		expected: 'Before we finish: where can the team reach you?',
	},
};
const FAILURE_ISSUE: Issue = {
	reason: 'other',
	notes: 'The AI didn’t answer, and nobody followed up.',
};
const MINOR_ISSUES: Issue[] = [
	{ reason: 'other', notes: 'Not wrong, but three sentences too long.' },
	{ reason: 'too_pushy', notes: 'A bit pushy: goes for the contact details right away.' },
];
/** Share of chats in which a reviewer raises an issue. */
const ISSUE_SHARES = { fault: 0.75, harmlessLink: 0.15, failure: 0.3, other: 0.03 };
const FIXES = [
	'Prompt: fields that are known are now listed, with "never ask for these again".',
	'Prices removed from the knowledge base; the AI says that the estimate is free.',
	'A phone number now counts as contact details, so email is optional.',
	'The AI wraps up only once all required fields are filled in.',
	'Language of the last visitor message is passed to the agent node.',
];
const PRAISE = ['Very natural.', 'Good recovery after the unclear answer.', 'Short and kind.'];

/** Generates the reviews of a chat session up to now. */
export function generateReviews(
	random: Random,
	chat: Chat,
	team: Team,
	at: { endedAt: Date; now: Date },
): Omit<ReviewRow, 'id'>[] {
	const history = new ReviewHistory(random, chat, at);
	const reviewer = pickMember(random, [...team.agents, team.admin]);
	if (!random.chance(0.82)) return [];
	if (!random.chance(getIssueShare(chat))) {
		history.add('passed', reviewer, { notes: random.chance(0.08) ? random.pick(PRAISE) : null });
		return history.steps;
	}
	history.addIssue(reviewer);
	const isFixed =
		random.chance(0.8) &&
		history.add('fixed', team.admin, { developer_feedback: random.pick(FIXES) });
	if (isFixed && random.chance(0.7)) history.add('passed', reviewer, { notes: null });
	else if (isFixed && random.chance(0.6)) history.addIssue(reviewer);
	return history.steps;
}

function getIssueShare({ messages, turns }: Chat): number {
	const fault = messages.find((message) => message.fault)?.fault;
	if (fault) return ISSUE_SHARES[fault.rule === 'foreign_link' ? 'harmlessLink' : 'fault'];
	return ISSUE_SHARES[turns.some(({ outcome }) => outcome !== 'ok') ? 'failure' : 'other'];
}

/** Consecutive reviews, none of them in the future. */
class ReviewHistory {
	readonly steps: Omit<ReviewRow, 'id'>[] = [];
	readonly #random: Random;
	readonly #chat: Chat;
	readonly #now: number;
	#time: number;

	constructor(random: Random, chat: Chat, { endedAt, now }: { endedAt: Date; now: Date }) {
		this.#random = random;
		this.#chat = chat;
		this.#now = now.getTime();
		this.#time = endedAt.getTime() + random.around(16 * HOUR, 0.8);
	}

	addIssue(by: Member): boolean {
		const { messages, turns } = this.#chat;
		const faulty = messages.find(({ fault }) => fault);
		const isFailed = turns.some(({ outcome }) => outcome !== 'ok');
		const {
			reason,
			notes,
			expected = null,
		} = (faulty?.fault && ISSUES[faulty.fault.rule]) ??
		(isFailed ? FAILURE_ISSUE : this.#random.pick(MINOR_ISSUES));
		const lastReply = messages.findLast(({ by }) => by === 'ai');
		const message_id = (faulty ?? lastReply)?.id ?? null;
		return this.add('issue', by, { notes, reasons: [reason], message_id, expected });
	}

	/** Adds a review. Returns false if it would be in the future. */
	add(to: QaStatus, by: Member, columns: Partial<ReviewRow>): boolean {
		if (this.#time > this.#now) return false;
		const from: QaStatus = this.steps.at(-1)?.qa_status ?? 'unchecked';
		this.steps.push({
			chat_session_id: this.#chat.id,
			from_status: from,
			qa_status: to,
			reasons: [],
			notes: null,
			developer_feedback: null,
			expected: null,
			message_id: null,
			user_id: by.id,
			reviewer: by.name,
			created_at: new Date(Math.round(this.#time)),
			...columns,
		});
		this.#time += this.#random.around(1.6 * DAY, 0.7);
		return true;
	}
}
