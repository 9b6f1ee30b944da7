import {
	CORE_LEAD_FIELDS,
	type Lead,
	type LeadProvenance,
	LEAD_SCORE,
	canScoreCompany,
} from '#lib/contract/lead.ts';
import { longDuration } from '#lib/client/format/times.ts';

export interface LeadField {
	key: string;
	label: string;
	/** Null: not answered. */
	value: string | null;
	/** The value as people read it, where that differs. */
	display?: string | null;
	provenance: LeadProvenance | null;
}

const CORE_LABELS = { name: 'Name', email: 'Email', phone: 'Phone', company: 'Company' };

/**
 * Lists a lead's fields in display order: name, email and phone always, then the site's other questions, then all
 * other answers.
 */
export function leadFields(
	lead: Lead | null,
	questions: readonly { key: string; label: string }[],
): LeadField[] {
	const asked = new Map(questions.map((question) => [question.key, question.label]));
	const keys = new Set<string>([
		...CORE_LEAD_FIELDS.filter((key) => key !== 'company' || asked.has(key) || lead?.company),
		...asked.keys(),
		...Object.keys(lead?.answers ?? {}),
	]);
	return [...keys].map((key) => {
		const core = CORE_LEAD_FIELDS.find((name) => name === key);
		return {
			key,
			label: core ? CORE_LABELS[core] : (asked.get(key) ?? asLabel(key)),
			value: (core ? lead?.[core] : lead?.answers[key]) ?? null,
			...(core === 'phone' && { display: lead?.phone_display ?? null }),
			provenance: lead?.provenance[key] ?? null,
		};
	});
}

/** "roof_size" reads "Roof size". */
function asLabel(key: string): string {
	const words = key.replaceAll(/[_-]+/g, ' ').trim();
	return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface ScoreRule {
	label: string;
	points: number;
	max: number;
}

const LABELS = { email: 'Email', phone: 'Phone', name: 'Name', company: 'Company' };

/** Breaks a lead's score down by rule, as the server computes it. */
export function scoreRules(
	lead: Lead | null,
	questions: readonly { key: string; is_required: boolean }[],
): ScoreRule[] {
	const { required_answers, ...core } = LEAD_SCORE;
	const hasCompany = canScoreCompany(Boolean(lead?.company), questions);
	const forAnswers = hasCompany ? required_answers : required_answers + core.company;
	const counted = CORE_LEAD_FIELDS.filter((field) => field !== 'company' || hasCompany);
	const rules = counted
		.map((field) => ({
			label: LABELS[field],
			points: lead?.[field] ? core[field] : 0,
			max: core[field],
		}))
		.sort((a, b) => b.max - a.max);
	const required = questions.filter((question) => question.is_required);
	const answered = required.filter(({ key }) => isKnown(lead, key)).length;
	const share = required.length === 0 ? 1 : answered / required.length;
	const isAnything = lead !== null && lead.score > 0;
	return [
		...rules,
		{
			label: required.length
				? `Required questions (${answered} of ${required.length})`
				: 'No required questions',
			points: isAnything ? Math.round(share * forAnswers * 10) / 10 : 0,
			max: forAnswers,
		},
	];
}

function isKnown(lead: Lead | null, key: string): boolean {
	const core = CORE_LEAD_FIELDS.find((field) => field === key);
	return Boolean(core ? lead?.[core] : lead?.answers[key]);
}

/** Less time left than this asks for attention. */
const SOON_MS = 2 * 60 * 60_000;

export type ReplyDue =
	{ is: 'none' } | { is: 'contacted' | 'open' | 'soon' | 'overdue'; label: string };

/** Tells whether a lead still needs a reply, and by when; `none` before its chat is complete. */
export function replyDueOf(
	lead: Pick<Lead, 'promise_due_at' | 'first_contact_at'>,
	now: number,
): ReplyDue {
	if (lead.first_contact_at) return { is: 'contacted', label: 'Contacted' };
	if (!lead.promise_due_at) return { is: 'none' };
	const left = Date.parse(lead.promise_due_at) - now;
	if (left <= 0) return { is: 'overdue', label: `${longDuration(-left)} overdue` };
	return { is: left < SOON_MS ? 'soon' : 'open', label: `Due in ${longDuration(left)}` };
}
