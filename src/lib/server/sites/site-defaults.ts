import { DEFAULT_COMPLETION_PHRASE } from '#lib/contract/constants.ts';
import type { Question } from '#lib/contract/site.ts';
import type { sites } from '../core/db/schema/index.ts';
import { DEFAULT_HEADER_TEXT } from './default-texts.ts';

/** The questions of a new site: the project first, contact details last. */
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
		prompt: 'Which email address can the team reach you at?',
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

/** Sites that store exactly this text get its translations. Changing it requires a migration of the stored texts. */
export const DEFAULT_FALLBACK_REPLY =
	'Sorry, I cannot answer right now. Please leave your name and your email or phone number here, and someone from our team will get back to you.';

/** The settings of a new site, where they differ from the defaults of its columns. */
export const SITE_DEFAULTS = {
	look: {
		header_text: DEFAULT_HEADER_TEXT,
		accent: '#0b6e5f',
		theme: 'auto',
		language: 'auto',
		launcher: { position: 'right', text: null },
	},
	questions: DEFAULT_QUESTIONS,
	completion_phrases: [DEFAULT_COMPLETION_PHRASE],
	fallback_reply: DEFAULT_FALLBACK_REPLY,
	connector: { type: 'scripted' },
	setup_steps: [],
} satisfies Partial<typeof sites.$inferInsert>;
