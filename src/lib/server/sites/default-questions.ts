import type { Question } from '#lib/contract/site.ts';

/** What a fresh site asks: first what it is about, and who and where only then. */
export const DEFAULT_QUESTIONS: Question[] = [
	{
		key: 'project',
		label: 'Project',
		prompt: 'What would you like help with?',
		type: 'text',
		is_required: true,
		options: [],
	},
	{
		key: 'timeline',
		label: 'Timeline',
		prompt: 'When would you like to start?',
		type: 'choice',
		is_required: true,
		options: ['As soon as possible', 'In the next 3 months', 'Later', 'Just looking'],
	},
	{
		key: 'name',
		label: 'Name',
		prompt: 'What is your name?',
		type: 'text',
		is_required: true,
		options: [],
	},
	{
		key: 'email',
		label: 'Email',
		prompt: 'Which e-mail address can the team reach you at?',
		type: 'email',
		is_required: true,
		options: [],
	},
	{
		key: 'phone',
		label: 'Phone',
		prompt: 'Would you like to add a phone number, in case a call is easier?',
		type: 'phone',
		is_required: false,
		options: [],
	},
];
