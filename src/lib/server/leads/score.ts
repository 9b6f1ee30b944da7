import { LEAD_SCORE } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';

/** How much is known of a visitor, 0 to 100: `known` has core fields and answers by key. */
export function scoreLead(
	known: ReadonlyMap<string, string>,
	questions: Pick<Question, 'key' | 'is_required'>[],
): number {
	if (known.size === 0) return 0;
	const { required_answers, ...core } = LEAD_SCORE;
	const required = questions.filter((question) => question.is_required);
	const answered = required.filter((question) => known.has(question.key)).length;
	const share = required.length === 0 ? 1 : answered / required.length;
	const contact = Object.entries(core)
		.filter(([field]) => known.has(field))
		.reduce((sum, [, points]) => sum + points, 0);
	return Math.round(contact + share * required_answers);
}
