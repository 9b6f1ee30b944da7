import { CORE_LEAD_FIELDS, type Lead } from './lead.ts';
import type { Question } from './site.ts';
import type { CompletionNeeds } from './site-settings.ts';

type Values = Pick<Lead, (typeof CORE_LEAD_FIELDS)[number] | 'answers'>;

/**
 * Returns the keys of the values that a site requires before an AI can complete a chat and that the lead doesn't have, in
 * the site's order. Either email or phone is enough as a contact.
 */
export function missingForCompletion(
	needs: CompletionNeeds,
	questions: readonly Pick<Question, 'key' | 'is_required'>[],
	lead: Values | null,
): string[] {
	const isKnown = (key: string) => {
		const core = CORE_LEAD_FIELDS.find((field) => field === key);
		return Boolean(core ? lead?.[core] : lead?.answers[key]);
	};
	switch (needs) {
		case 'nothing':
			return [];
		case 'contact':
			return ['email', 'phone'].some(isKnown) ? [] : ['email', 'phone'];
		case 'required_questions':
			return questions.flatMap(({ key, is_required }) =>
				is_required && !isKnown(key) ? [key] : [],
			);
	}
}
