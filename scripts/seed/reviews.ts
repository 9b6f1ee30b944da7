import type { QaStatus } from '#lib/contract/common.ts';
import type { ReviewReason } from '#lib/contract/review.ts';
import type { reviews } from '#lib/server/core/db/schema/index.ts';
import { DAY, HOUR } from './calendar.ts';
import type { Chat } from './chat.ts';
import type { Random } from './random.ts';
import { pickMember, type Member, type Team } from './team.ts';

export type ReviewRow = typeof reviews.$inferSelect;

const ISSUES: [ReviewReason, string][] = [
	['asked_twice', 'Asked for the email even though the visitor had given it two messages earlier.'],
	['wrong_information', 'Quoted a price that is not on our price list.'],
	['too_pushy', 'The visitor wanted a call, and the AI kept asking for an email.'],
	['missed_field', 'Closed the chat before the last question was answered.'],
	['too_pushy', 'Asked for the contact twice in a row.'],
	['wrong_language', 'Answered in English although the visitor wrote in another language.'],
	['missed_field', 'Ignored the question about the warranty.'],
	['wrong_information', 'Said that we work on Sundays. We do not.'],
	['ended_early', 'The visitor still had a question when the chat was closed.'],
	['other', 'Not wrong, but three sentences too long.'],
];
/** The better answer that the reviewer suggests for some issues. */
const EXPECTED_ANSWERS: Partial<Record<ReviewReason, string>> = {
	asked_twice: 'Thank you, I have your email. When would be a good time to call?',
	wrong_information: 'I can’t name a price, but the estimate is free.',
	ended_early: 'Before we finish: do you have any other question?',
};
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
	const hasFailedTurn = chat.turns.some(({ outcome }) => outcome !== 'ok');
	const history = new ReviewHistory(random, chat, at);
	const reviewer = pickMember(random, [...team.agents, team.admin]);
	if (!random.chance(0.82)) return [];
	if (!random.chance(hasFailedTurn ? 0.5 : 0.17)) {
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
		const [reason, notes] = this.#random.pick(ISSUES);
		const lastReply = this.#chat.messages.findLast((message) => message.by === 'ai');
		const message_id = this.#random.chance(0.7) ? (lastReply?.id ?? null) : null;
		const expected = EXPECTED_ANSWERS[reason] ?? null;
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
