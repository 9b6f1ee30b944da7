import { api, call } from '#lib/client/api/call.ts';
import { CORE_LEAD_FIELDS, toFieldLabel } from '#lib/contract/constants.ts';
import type { CaseCheck, CaseContext } from '#lib/contract/test-case.ts';
import { formatLanguage } from '#lib/locale.ts';

/** The editable values of a test case. */
export interface CaseValues {
	title: string;
	lines: string[];
	checks: CaseCheck[];
	expected: string | null;
	expected_line: number | null;
	context: CaseContext;
}

export type CheckType = CaseCheck['type'];

export const checkLabels: Record<CheckType, string> = {
	completed: 'Chat is completed',
	not_completed: 'Chat isn’t completed',
	field_equals: 'Field has the value',
	field_present: 'Field is collected',
	field_absent: 'Field isn’t collected',
	answer_contains: 'Answer contains',
	answer_excludes: 'Answer doesn’t contain',
	answer_matches: 'Answer matches the pattern',
	answer_not_matches: 'Answer doesn’t match the pattern',
	language: 'Answers are in the language',
	max_turns: 'Completed after at most',
	no_fallback: 'AI answers every time',
	answered_in_time: 'Answers in time',
	handoff: 'AI requests a handoff',
	judge: 'A judge webhook passes it',
};

export const CHECK_TYPES = Object.entries(checkLabels).map(([value, label]) => ({
	value: value as CheckType,
	label,
}));

export interface FieldOption {
	value: string;
	label: string;
}

/** Fetches the lead fields that a site's AI can collect, with the labels of its questions. */
export async function loadFieldOptions(site: string): Promise<FieldOption[]> {
	const { items } = await call(api.sites[':key'].questions.$get({ param: { key: site } }));
	const others = items.filter(({ key }) => !CORE_FIELDS.some(({ value }) => value === key));
	return [...CORE_FIELDS, ...others.map(({ key, label }) => ({ value: key, label }))];
}

/** The fields that every lead has. */
export const CORE_FIELDS: FieldOption[] = CORE_LEAD_FIELDS.map((key) => ({
	value: key,
	label: toFieldLabel(key),
}));

/** The languages that can be detected, sorted by name. */
const LANGUAGES: FieldOption[] = (
	'am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl ' +
	'no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh'
)
	.split(' ')
	.map((code) => ({ value: code, label: formatLanguage(code) }))
	.sort((a, b) => a.label.localeCompare(b.label, 'en'));

/** Returns the language options. A different language of an existing check, for example set through the API, comes first. */
export const getLanguageOptions = (code: string): FieldOption[] =>
	LANGUAGES.some(({ value }) => value === code)
		? LANGUAGES
		: [{ value: code, label: formatLanguage(code) }, ...LANGUAGES];

/** Returns a check of a type with empty values. */
export function createCheck(type: CheckType): CaseCheck {
	switch (type) {
		case 'field_equals':
			return { type, key: '', value: '' };
		case 'field_present':
		case 'field_absent':
			return { type, key: '' };
		case 'answer_contains':
		case 'answer_excludes':
			return { type, text: '' };
		case 'answer_matches':
		case 'answer_not_matches':
			return { type, pattern: '' };
		case 'language':
			return { type, code: 'en' };
		case 'max_turns':
			return { type, n: 5 };
		case 'handoff':
			return { type, requested: true };
		case 'judge':
			return { type, url: '' };
		case 'completed':
		case 'not_completed':
		case 'no_fallback':
		case 'answered_in_time':
			return { type };
	}
}
