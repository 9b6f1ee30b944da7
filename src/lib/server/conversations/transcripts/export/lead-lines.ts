import { CORE_LEAD_FIELDS, type Lead } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';

const CORE_LABELS = { name: 'Name', email: 'E-mail', phone: 'Phone', company: 'Company' };
const NOT_ANSWERED = 'Not answered';

/** Core fields, every question of the site, then what else is known: label and value, `Not answered` where there is none. */
export function leadLines(
	lead: Lead | null,
	questions: Pick<Question, 'key' | 'label'>[],
): [label: string, value: string][] {
	const asked = new Map(questions.map(({ key, label }) => [key, label]));
	const keys = new Set([...CORE_LEAD_FIELDS, ...asked.keys(), ...Object.keys(lead?.answers ?? {})]);
	return [...keys].map((key) => {
		const core = CORE_LEAD_FIELDS.find((name) => name === key);
		const label = core ? CORE_LABELS[core] : (asked.get(key) ?? key);
		const value = core ? lead?.[core === 'phone' ? 'phone_display' : core] : lead?.answers[key];
		return [label, value || NOT_ANSWERED];
	});
}
