import { CORE_LEAD_FIELDS, LEAD_SCORE, type Lead } from '#lib/contract/lead.ts';

export interface ScoreRule {
	label: string;
	points: number;
	of: number;
}

const LABELS = { email: 'E-mail', phone: 'Phone', name: 'Name', company: 'Company' };

/** What a lead's score is made of, rule by rule, as the server reckons it. */
export function scoreRules(
	lead: Lead | null,
	questions: readonly { key: string; is_required: boolean }[],
): ScoreRule[] {
	const { required_answers, ...core } = LEAD_SCORE;
	const rules = CORE_LEAD_FIELDS.map((field) => ({
		label: LABELS[field],
		points: lead?.[field] ? core[field] : 0,
		of: core[field],
	})).sort((a, b) => b.of - a.of);
	const required = questions.filter((question) => question.is_required);
	const answered = required.filter(({ key }) => isKnown(lead, key)).length;
	const share = required.length === 0 ? 1 : answered / required.length;
	const isAnything = lead !== null && lead.score > 0;
	return [
		...rules,
		{
			label: required.length
				? `Required questions, ${answered} of ${required.length}`
				: 'No question is required',
			points: isAnything ? Math.round(share * required_answers * 10) / 10 : 0,
			of: required_answers,
		},
	];
}

function isKnown(lead: Lead | null, key: string): boolean {
	const core = CORE_LEAD_FIELDS.find((field) => field === key);
	return Boolean(core ? lead?.[core] : lead?.answers[key]);
}
