import type { Connector } from '#lib/contract/connector.ts';
import type { WebhookEvent } from '#lib/contract/delivery.ts';
import type { Question } from '#lib/contract/site.ts';

export const AI_NAMES: Record<Connector['type'], string> = {
	scripted: 'Built-in script',
	n8n: 'n8n webhook',
	openai: 'OpenAI-compatible API',
};

export const QUESTION_TYPES: { value: Question['type']; label: string }[] = [
	{ value: 'text', label: 'Text' },
	{ value: 'email', label: 'E-mail' },
	{ value: 'phone', label: 'Phone' },
	{ value: 'number', label: 'Number' },
	{ value: 'choice', label: 'Choice' },
];

/** What can be sent to an endpoint, and when that is. */
export const EVENTS: { value: WebhookEvent; text: string }[] = [
	{ value: 'lead.completed', text: 'A chat is complete: the finished lead.' },
	{ value: 'lead.abandoned', text: 'The visitor went silent, but left an e-mail or phone.' },
	{ value: 'session.created', text: 'A chat begins.' },
	{ value: 'session.completed', text: 'A chat is complete.' },
	{ value: 'review.issue', text: 'A review found an issue.' },
	{ value: 'review.submitted', text: 'Any decision of a review.' },
];

export const LANGUAGES = [
	{ value: 'auto', label: 'The visitor’s own' },
	{ value: 'en', label: 'English' },
	{ value: 'es', label: 'Spanish' },
	{ value: 'fr', label: 'French' },
	{ value: 'de', label: 'German' },
	{ value: 'pt', label: 'Portuguese' },
	{ value: 'ar', label: 'Arabic' },
] as const;
