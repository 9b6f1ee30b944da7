import type { Question } from '#lib/contract/site.ts';
import type { CompletionNeeds } from '#lib/contract/site-settings.ts';
import type { WebhookEvent } from '#lib/contract/events.ts';
import { DEFAULT_WEBHOOK_EVENTS } from '#lib/contract/webhook-endpoint.ts';
import { DAY, HOUR } from './calendar.ts';
import type { Language } from './script.ts';

type Weights<T> = readonly (readonly [T, number])[];

/** A seeded landing page: its settings, and how its visitors behave. */
export interface SiteTemplate {
	key: string;
	name: string;
	accent: string;
	header_text: string;
	/** The assistant's name. */
	assistant: string | null;
	launcher: { position: 'left' | 'right'; text: string | null };
	origin: string;
	/** Paths and titles of the site's pages, with their relative traffic. */
	pages: Weights<[path: string, title: string]>;
	questions: Question[];
	completion_phrases: string[];
	completion_needs?: CompletionNeeds;
	fallback_reply: string;
	connector: 'n8n' | 'scripted';
	endpoints: { path: string; events: WebhookEvent[] }[];
	languages: Weights<Language>;
	campaigns: string[];
	/** Share of all chat sessions. */
	share: number;
	/** Share of chats without any visitor message. */
	silent_share: number;
	/** Share of the other chats that visitors leave early. */
	early_exit_share: number;
	messenger_share: number;
	phone_share: number;
	/** The median response time of the site's AI. */
	answer_ms: number;
	/** Outages of the site's AI. */
	outages: {
		started_ago_ms: number;
		duration_ms: number;
		outcome: 'timeout' | 'not_registered' | 'bad_status';
	}[];
}

const createQuestion = (
	key: string,
	label: string,
	type: Question['type'] = 'text',
	options: string[] = [],
	is_required = true,
): Question => ({ key, label, type, is_required, options });
const createOptionalQuestion = (key: string, label: string, type: Question['type'] = 'text') =>
	createQuestion(key, label, type, [], false);

const WITHIN_24_HOURS = [
	'within 24 hours',
	'innerhalb von 24 Stunden',
	'en menos de 24 horas',
	'sous 24 heures',
];
const FALLBACK_REPLY =
	'Sorry, I cannot answer right now. Please leave your name and your email or phone number here, and someone from our team will get back to you.';

export const SITES: SiteTemplate[] = [
	{
		key: 'hartmann-roofing',
		name: 'Hartmann Roofing',
		accent: '#9a3e16',
		header_text: 'Tell us about your roof',
		assistant: 'Frieda',
		launcher: { position: 'right', text: 'Ask about your roof' },
		origin: 'https://www.hartmann-roofing.example',
		pages: [
			[['/', 'Hartmann Roofing – roofs that last'], 5],
			[['/repair', 'Roof repair – Hartmann Roofing'], 4],
			[['/new-roof', 'A new roof – Hartmann Roofing'], 3],
			[['/storm-damage', 'Storm damage – Hartmann Roofing'], 2],
		],
		questions: [
			createQuestion('project', 'Project'),
			createQuestion('start', 'Start', 'choice', [
				'As soon as possible',
				'In the next 3 months',
				'Later this year',
			]),
			createQuestion('name', 'Name'),
			createQuestion('email', 'Email', 'email'),
			createOptionalQuestion('phone', 'Phone', 'phone'),
		],
		completion_phrases: WITHIN_24_HOURS,
		completion_needs: 'contact',
		fallback_reply: FALLBACK_REPLY,
		connector: 'n8n',
		endpoints: [
			{ path: '/webhook/new-lead', events: [...DEFAULT_WEBHOOK_EVENTS, 'lead.abandoned'] },
		],
		languages: [
			['en', 80],
			['de', 14],
			['es', 6],
		],
		campaigns: ['storm-repair', 'new-roof-autumn', 'brand'],
		share: 0.34,
		silent_share: 0.27,
		early_exit_share: 0.34,
		messenger_share: 0,
		phone_share: 0.62,
		answer_ms: 2_600,
		outages: [
			{ started_ago_ms: 31 * DAY + 4 * HOUR, duration_ms: 3 * HOUR, outcome: 'timeout' },
			{ started_ago_ms: 9 * DAY + 2 * HOUR, duration_ms: HOUR, outcome: 'bad_status' },
		],
	},
	{
		key: 'lakeside-dental',
		name: 'Lakeside Dental',
		accent: '#1f5fbf',
		header_text: 'Questions, pain, or an appointment?',
		assistant: 'Lina',
		launcher: { position: 'right', text: null },
		origin: 'https://lakeside-dental.example',
		pages: [
			[['/', 'Lakeside Dental'], 6],
			[['/implants', 'Implants – Lakeside Dental'], 3],
			[['/new-patients', 'New patients – Lakeside Dental'], 4],
			[['/emergency', 'Emergency – Lakeside Dental'], 3],
		],
		questions: [
			createQuestion('treatment', 'Treatment', 'choice', [
				'Check-up',
				'Pain or emergency',
				'Implant',
				'Whitening',
				'Braces or aligners',
				'Something else',
			]),
			createQuestion('preferred_time', 'Preferred time'),
			createQuestion('name', 'Name'),
			createQuestion('phone', 'Phone', 'phone'),
			createOptionalQuestion('insurance', 'Insurance'),
			createOptionalQuestion('email', 'Email', 'email'),
		],
		completion_phrases: WITHIN_24_HOURS,
		completion_needs: 'contact',
		fallback_reply: FALLBACK_REPLY,
		connector: 'scripted',
		endpoints: [{ path: '/webhook/appointments', events: DEFAULT_WEBHOOK_EVENTS }],
		languages: [
			['en', 88],
			['es', 12],
		],
		campaigns: ['implants', 'new-patients', 'whitening'],
		share: 0.27,
		silent_share: 0.24,
		early_exit_share: 0.3,
		messenger_share: 0.09,
		phone_share: 0.74,
		answer_ms: 900,
		outages: [],
	},
	{
		key: 'kitchen-atelier',
		name: 'Kitchen Atelier',
		accent: '#6b4f2a',
		header_text: 'Plan your kitchen with us',
		assistant: null,
		launcher: { position: 'left', text: 'Plan your kitchen' },
		origin: 'https://kitchen-atelier.example',
		pages: [
			[['/', 'Kitchen Atelier'], 5],
			[['/gallery', 'Gallery – Kitchen Atelier'], 5],
			[['/prices', 'What a kitchen costs – Kitchen Atelier'], 3],
			[['/fr/', 'Kitchen Atelier – cuisines sur mesure'], 2],
		],
		questions: [
			createQuestion('project', 'Kitchen'),
			createQuestion('style', 'Style', 'choice', ['Modern', 'Classic', 'Scandinavian', 'Not sure']),
			createQuestion('budget', 'Budget'),
			createQuestion('name', 'Name'),
			createQuestion('email', 'Email', 'email'),
			createOptionalQuestion('phone', 'Phone', 'phone'),
		],
		completion_phrases: WITHIN_24_HOURS,
		fallback_reply: FALLBACK_REPLY,
		connector: 'scripted',
		endpoints: [{ path: '/webhook/studio', events: DEFAULT_WEBHOOK_EVENTS }],
		languages: [
			['en', 60],
			['fr', 24],
			['de', 10],
			['es', 6],
		],
		campaigns: ['open-kitchen-day', 'gallery-pins', 'brand'],
		share: 0.2,
		silent_share: 0.31,
		early_exit_share: 0.4,
		messenger_share: 0,
		phone_share: 0.57,
		answer_ms: 1_100,
		outages: [],
	},
	{
		key: 'northbeam-saas',
		name: 'Northbeam',
		accent: '#3d3a8c',
		header_text: 'Talk to Northbeam',
		assistant: 'Beam',
		launcher: { position: 'right', text: 'Questions?' },
		origin: 'https://www.northbeam.example',
		pages: [
			[['/', 'Northbeam – plan people and projects'], 4],
			[['/pricing', 'Pricing – Northbeam'], 5],
			[['/resource-planning', 'Resource planning – Northbeam'], 3],
			[['/compare', 'Northbeam compared'], 2],
		],
		questions: [
			createQuestion('use_case', 'Use case'),
			createQuestion('team_size', 'Team size'),
			createOptionalQuestion('current_tool', 'Current tool'),
			createQuestion('timeline', 'Timeline'),
			createQuestion('name', 'Name'),
			createQuestion('email', 'Work email', 'email'),
			createQuestion('company', 'Company'),
			createOptionalQuestion('phone', 'Phone', 'phone'),
		],
		completion_phrases: [
			'within one business day',
			'innerhalb eines Werktags',
			'en un día laborable',
			'sous un jour ouvré',
		],
		fallback_reply: FALLBACK_REPLY,
		connector: 'n8n',
		endpoints: [
			{ path: '/webhook/crm', events: [...DEFAULT_WEBHOOK_EVENTS, 'lead.abandoned'] },
			{ path: '/webhook/quality', events: ['review.submitted'] },
		],
		languages: [
			['en', 74],
			['de', 12],
			['fr', 8],
			['es', 6],
		],
		campaigns: ['resource-planning', 'float-alternative', 'webinar-november'],
		share: 0.19,
		silent_share: 0.29,
		early_exit_share: 0.36,
		messenger_share: 0,
		phone_share: 0.18,
		answer_ms: 3_400,
		outages: [
			{ started_ago_ms: 16 * DAY + 5 * HOUR, duration_ms: 2 * HOUR, outcome: 'not_registered' },
		],
	},
];
