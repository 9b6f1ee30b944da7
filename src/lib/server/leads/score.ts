import type { Question } from '$lib/contract/site';

/** The rules, as the admin sees them: what it is worth to know a field. Together 100. */
export const SCORE_RULES = {
	email: 25,
	phone: 25,
	name: 10,
	company: 10,
	/** Shared evenly by the site's required questions; a site that requires nothing gives it whole. */
	required_answers: 30,
} as const;

/** How much is known of a visitor, 0 to 100: `known` has core fields and answers by key. */
export function scoreLead(
	known: ReadonlyMap<string, string>,
	questions: Pick<Question, 'key' | 'is_required'>[],
): number {
	if (known.size === 0) return 0;
	const { required_answers, ...core } = SCORE_RULES;
	const required = questions.filter((question) => question.is_required);
	const answered = required.filter((question) => known.has(question.key)).length;
	const share = required.length === 0 ? 1 : answered / required.length;
	const contact = Object.entries(core)
		.filter(([field]) => known.has(field))
		.reduce((sum, [, points]) => sum + points, 0);
	return Math.round(contact + share * required_answers);
}
