import { CORE_LEAD_FIELDS, type Lead, type LeadProvenance } from '#lib/contract/lead.ts';

export interface LeadField {
	key: string;
	label: string;
	/** Null: not answered. */
	value: string | null;
	provenance: LeadProvenance | null;
}

const CORE_LABELS = { name: 'Name', email: 'E-mail', phone: 'Phone', company: 'Company' };

/**
 * Every field of a lead in the order it is read: name, e-mail and phone always, then the site's other questions, then
 * what else is known.
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
			provenance: lead?.provenance[key] ?? null,
		};
	});
}

/** "roof_size" reads "Roof size". */
function asLabel(key: string): string {
	const words = key.replaceAll(/[_-]+/g, ' ').trim();
	return words.charAt(0).toUpperCase() + words.slice(1);
}
