import {
	CORE_LEAD_FIELDS,
	LEAD_SCORE,
	LONG_OVERDUE_MS,
	canScoreCompany,
	toFieldLabel,
} from '#lib/contract/constants.ts';
import type { Lead, LeadProvenance } from '#lib/contract/lead.ts';
import { formatLongDuration } from '#lib/client/format/times.ts';

export interface LeadField {
	key: string;
	label: string;
	/** Null if not answered. */
	value: string | null;
	/** The value formatted for display, if different. */
	display?: string | null;
	provenance: LeadProvenance | null;
}

/**
 * Lists a lead's fields in display order: name, email and phone, the company if the site asks for it or it is known, then
 * the site's other questions, then all other answers.
 */
export function listLeadFields(
	lead: Lead | null,
	questions: readonly { key: string; label: string }[],
): LeadField[] {
	const labelByKey = new Map(questions.map((question) => [question.key, question.label]));
	const keys = new Set<string>([
		...CORE_LEAD_FIELDS.filter((key) => key !== 'company' || labelByKey.has(key) || lead?.company),
		...labelByKey.keys(),
		...Object.keys(lead?.answers ?? {}),
	]);
	return [...keys].map((key) => {
		const core = CORE_LEAD_FIELDS.find((name) => name === key);
		return {
			key,
			label: core ? toFieldLabel(core) : (labelByKey.get(key) ?? toFieldLabel(key)),
			value: (core ? lead?.[core] : lead?.answers[key]) ?? null,
			...(core === 'phone' && { display: lead?.phone_display ?? null }),
			provenance: lead?.provenance[key] ?? null,
		};
	});
}

interface ScoreRule {
	label: string;
	points: number;
	max: number;
}

/** Breaks a lead's score down by rule, as the server computes it. */
export function listScoreRules(
	lead: Lead | null,
	questions: readonly { key: string; is_required: boolean }[],
): ScoreRule[] {
	const { required_answers, ...core } = LEAD_SCORE;
	const hasCompany = canScoreCompany(Boolean(lead?.company), questions);
	const answerPoints = hasCompany ? required_answers : required_answers + core.company;
	const scoredFields = CORE_LEAD_FIELDS.filter((field) => field !== 'company' || hasCompany);
	const rules = scoredFields
		.map((field) => ({
			label: toFieldLabel(field),
			points: lead?.[field] ? core[field] : 0,
			max: core[field],
		}))
		.sort((a, b) => b.max - a.max);
	const required = questions.filter((question) => question.is_required);
	const answered = required.filter(({ key }) => hasValue(lead, key)).length;
	const share = required.length === 0 ? 1 : answered / required.length;
	const hasScore = lead !== null && lead.score > 0;
	return [
		...rules,
		{
			label: required.length
				? `Required questions (${answered} of ${required.length})`
				: 'No required questions',
			points: hasScore ? Math.round(share * answerPoints * 10) / 10 : 0,
			max: answerPoints,
		},
	];
}

function hasValue(lead: Lead | null, key: string): boolean {
	const core = CORE_LEAD_FIELDS.find((field) => field === key);
	return Boolean(core ? lead?.[core] : lead?.answers[key]);
}

/** Replies due sooner than this are highlighted. */
const SOON_MS = 2 * 60 * 60_000;

type ReplyDue =
	| { state: 'none' }
	| { state: 'contacted' | 'open' | 'soon' | 'overdue' | 'long_overdue'; label: string };

/** Returns whether a lead still needs a reply, and by when; `none` before its chat is complete. */
export function getReplyDue(
	lead: Pick<Lead, 'promise_due_at' | 'first_contact_at'>,
	now: number,
): ReplyDue {
	if (lead.first_contact_at) return { state: 'contacted', label: 'Contacted' };
	if (!lead.promise_due_at) return { state: 'none' };
	const remainingMs = Date.parse(lead.promise_due_at) - now;
	if (remainingMs <= 0) {
		const state = remainingMs > -LONG_OVERDUE_MS ? 'overdue' : 'long_overdue';
		return { state, label: `${formatLongDuration(-remainingMs)} overdue` };
	}
	return {
		state: remainingMs < SOON_MS ? 'soon' : 'open',
		label: `Due in ${formatLongDuration(remainingMs)}`,
	};
}
