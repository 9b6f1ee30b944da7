import type { Question } from '$lib/contract/site';

/** What a fresh site asks: what it is about first, the way to get back to the visitor once there is interest. */
export const DEFAULT_QUESTIONS: Question[] = [
	{ key: 'project', label: 'Project', type: 'text', is_required: true, options: [], prompt: 'What would you like help with?' },
	{
		key: 'start',
		label: 'Start',
		type: 'choice',
		is_required: true,
		options: ['As soon as possible', 'In the next 3 months', 'Later', 'Just looking'],
		prompt: 'When would you like to start?',
	},
	{ key: 'name', label: 'Name', type: 'text', is_required: true, options: [] },
	{ key: 'email', label: 'E-mail', type: 'email', is_required: true, options: [] },
	{ key: 'phone', label: 'Phone', type: 'phone', is_required: false, options: [] },
];
