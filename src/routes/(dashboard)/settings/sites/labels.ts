import type { Question } from '#lib/contract/site.ts';

export const QUESTION_TYPES: { value: Question['type']; label: string }[] = [
	{ value: 'text', label: 'Text' },
	{ value: 'email', label: 'Email' },
	{ value: 'phone', label: 'Phone' },
	{ value: 'number', label: 'Number' },
	{ value: 'choice', label: 'Choice' },
];

export const LANGUAGES = [
	{ value: 'auto', label: 'Match visitor' },
	{ value: 'en', label: 'English' },
	{ value: 'es', label: 'Spanish' },
	{ value: 'fr', label: 'French' },
	{ value: 'de', label: 'German' },
	{ value: 'pt', label: 'Portuguese' },
	{ value: 'ar', label: 'Arabic' },
] as const;
