import type { sites } from '../core/db/schema/index.ts';
import { DEFAULT_QUESTIONS } from './default-questions.ts';

export const DEFAULT_FALLBACK_REPLY =
	'Sorry, I cannot answer right now. Please leave your name and your e-mail or phone number here, and someone from our team will get back to you.';

/** What a site has before anybody has set anything. */
export const FRESH_SITE = {
	look: {
		header_text: 'Get in touch with us to discuss your project',
		accent: '#0b6e5f',
		theme: 'auto',
		language: 'auto',
		launcher: { position: 'right', text: null },
	},
	questions: DEFAULT_QUESTIONS,
	completion_phrases: ['within 24 hours'],
	fallback_reply: DEFAULT_FALLBACK_REPLY,
	connector: { type: 'scripted' },
} satisfies Partial<typeof sites.$inferInsert>;
