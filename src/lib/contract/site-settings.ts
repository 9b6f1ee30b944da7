import { z } from 'zod';
import { timestamp } from './common.ts';
import { connector, connectorInput } from './connector.ts';
import { exactOrigin } from './origin.ts';
import { greetingVariant, language, question, site, siteKey, theme } from './site.ts';
import { cleanText } from './text.ts';

/** What a person types into a field; its faults are told to them. */
const words = (max: number) =>
	z
		.string()
		.transform((text) => cleanText(text).trim())
		.pipe(z.string().min(1, 'fill this in').max(max, `at most ${max} characters`));
const wholeNumber = (min: number, max: number) => {
	const message = `a whole number from ${min} to ${max}`;
	return z.number(message).int(message).min(min, message).max(max, message);
};
const distinct = <T>(items: T[]) => [...new Set(items)];

export const accent = z
	.string()
	.trim()
	.toLowerCase()
	.regex(/^#[0-9a-f]{6}$/, 'a color like #0b6e5f');

const country = z
	.string()
	.trim()
	.toUpperCase()
	.regex(/^[A-Z]{2}$/, 'a country code like DE');

/** How the widget looks. */
const siteLook = z
	.strictObject({
		header_text: words(120),
		accent,
		theme,
		language,
		launcher: z.strictObject({
			position: z.enum(['left', 'right']),
			text: words(40).nullable(),
		}),
	})
	.meta({ id: 'SiteLook' });
export type SiteLook = z.infer<typeof siteLook>;

/** What the launcher offers after a while, before it is opened. */
const siteInvitation = z.strictObject({
	delay_s: wholeNumber(1, 3600),
	text: words(300),
});
export type SiteInvitation = z.infer<typeof siteInvitation>;

const consentInput = z.strictObject({ text: words(2000), is_required: z.boolean() });

/** What visitors agree to; the version is the time since which the text is this one. */
const siteConsent = consentInput.extend({ version: timestamp });
export type SiteConsent = z.infer<typeof siteConsent>;

const questions = z
	.array(z.object(question.shape).meta({ id: 'QuestionInput' }))
	.max(30)
	.superRefine((list, check) => {
		list.forEach(({ key, type, options }, at) => {
			const fault = (name: string, message: string) =>
				check.addIssue({ code: 'custom', path: [at, name], message });
			if (list.findIndex((other) => other.key === key) !== at) {
				fault('key', `two questions have the key "${key}"`);
			}
			if (type === 'choice' && new Set(options).size < 2)
				fault('options', 'give two answers or more');
		});
	});

const greetings = z
	.array(z.object(greetingVariant.shape).meta({ id: 'GreetingVariantInput' }))
	.max(6)
	.superRefine((list, check) => {
		const keys = list.map(({ key }) => key);
		if (list.length === 1) check.addIssue({ code: 'custom', message: 'give two or more, or none' });
		if (new Set(keys).size < keys.length) {
			check.addIssue({ code: 'custom', message: 'each greeting needs a key of its own' });
		}
	});

/** What an admin may change of a site; each part by itself. */
export const siteUpdate = z
	.strictObject({
		name: words(100),
		look: z.strictObject(siteLook.shape).meta({ id: 'SiteLookInput' }),
		/** null: the AI writes it. */
		greeting: words(1000).nullable(),
		/** Tried against each other in place of the one; empty: none are. */
		greetings,
		invitation: siteInvitation.nullable(),
		ai_disclosure: words(300).nullable(),
		consent: consentInput.nullable(),
		fallback_reply: words(1000),
		questions,
		connector: connectorInput,
		max_concurrent_turns: wholeNumber(1, 1000),
		completion_phrases: z.array(words(200)).max(20).transform(distinct),
		idle_minutes: wholeNumber(1, 43_200),
		/** Exact origins that may embed the widget; empty: any. */
		allowed_origins: z.array(exactOrigin).max(200).transform(distinct),
		has_storage_before_interaction: z.boolean(),
		/** null: for good. */
		retention_days: wholeNumber(1, 36_500).nullable(),
		/** Days without activity after which a visitor's browser starts a new chat. */
		visitor_token_days: wholeNumber(1, 3650),
		developer_emails: z.array(z.email('an email address').max(254)).max(20).transform(distinct),
		/** Of the chats that end without completion, how many in a hundred are reviewed. */
		review_sample_percent: wholeNumber(0, 100),
		/** Within so many hours of its completion a lead is promised to hear from a person. */
		promise_hours: wholeNumber(1, 720),
		/** Whose national phone numbers visitors write; null: guessed from each visitor's time zone and language. */
		country: country.nullable(),
		is_archived: z.boolean(),
	})
	.partial()
	.meta({ id: 'SiteUpdate' });
export type SiteUpdate = z.input<typeof siteUpdate>;

export const siteInput = z
	.strictObject({
		name: words(100),
		/** Made from the name when it is not given; it never changes. */
		key: siteKey.optional(),
	})
	.meta({ id: 'SiteInput' });
export type SiteInput = z.input<typeof siteInput>;

/** A site as its admins see it; secrets can only be set. */
export const siteSettings = site
	.extend({
		look: siteLook,
		greeting: z.string().nullable(),
		greetings: z.array(greetingVariant),
		invitation: siteInvitation.nullable(),
		ai_disclosure: z.string().nullable(),
		consent: siteConsent.nullable(),
		fallback_reply: z.string(),
		questions: z.array(question),
		connector,
		/** AI_WEBHOOK_URL decides the connector at every start. */
		is_connector_from_environment: z.boolean(),
		max_concurrent_turns: z.number().int(),
		completion_phrases: z.array(z.string()),
		idle_minutes: z.number().int(),
		allowed_origins: z.array(z.string()),
		has_storage_before_interaction: z.boolean(),
		retention_days: z.number().int().nullable(),
		visitor_token_days: z.number().int(),
		developer_emails: z.array(z.string()),
		review_sample_percent: z.number().int(),
		promise_hours: z.number().int(),
		country: z.string().nullable(),
		archived_at: timestamp.nullable(),
	})
	.meta({ id: 'SiteSettings' });
export type SiteSettings = z.infer<typeof siteSettings>;

/** A site in the list of all, with what happened there lately. */
export const siteSummary = site
	.extend({
		accent: z.string(),
		connector: z.enum(['scripted', 'n8n', 'openai']),
		/** Chat sessions with any activity in the last seven days, and how many of them are complete. */
		recent_sessions: z.number().int(),
		recent_complete: z.number().int(),
		last_activity_at: timestamp.nullable(),
		endpoints: z.object({ enabled: z.number().int(), disabled: z.number().int() }),
		archived_at: timestamp.nullable(),
	})
	.meta({ id: 'SiteSummary' });
export type SiteSummary = z.infer<typeof siteSummary>;
