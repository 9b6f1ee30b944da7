import { z } from 'zod';
import { businessHours } from './calendar.ts';
import { flagRule } from './check.ts';
import { timestamp } from './common.ts';
import { connector, connectorInput } from './connector.ts';
import { MAX_WAIT_SECONDS } from './handoff.ts';
import {
	greetingBubble,
	greetingBubbleInput,
	textPerLanguage,
	wholeNumber,
	formText,
} from './greeting.ts';
import { authHeaderInput, webhookUrl } from './outbound-call.ts';
import {
	exactOrigin,
	greetingVariant,
	language,
	picture,
	question,
	site,
	siteKey,
	theme,
} from './site.ts';

const removeDuplicates = <T>(items: T[]) => [...new Set(items)];

export const accent = z
	.string()
	.trim()
	.toLowerCase()
	.regex(/^#[0-9a-f]{6}$/, 'enter a color like #0b6e5f');

const country = z
	.string()
	.trim()
	.toUpperCase()
	.regex(/^[A-Z]{2}$/, 'enter a country code like DE');

/** The appearance of the widget. */
const siteLook = z
	.strictObject({
		header_text: formText(120),
		accent,
		theme,
		language,
		launcher: z.strictObject({
			position: z.enum(['left', 'right']),
			text: formText(40).nullable(),
		}),
	})
	.meta({ id: 'SiteLook' });
export type SiteLook = z.infer<typeof siteLook>;

/** The assistant's name and logo in the widget; null for none. */
const siteAssistant = z
	.strictObject({ name: formText(40).nullable(), logo: picture.nullable() })
	.meta({ id: 'SiteAssistant' });
export type SiteAssistant = z.infer<typeof siteAssistant>;

/** The site's texts in other languages, each for visitors who read that language. */
const siteTranslations = z
	.strictObject({
		header_text: textPerLanguage(120),
		launcher_text: textPerLanguage(40),
		greeting: textPerLanguage(1000),
		ai_disclosure: textPerLanguage(300),
		consent: textPerLanguage(2000),
		fallback_reply: textPerLanguage(1000),
	})
	.partial()
	.meta({ id: 'SiteTranslations' });
export type SiteTranslations = z.infer<typeof siteTranslations>;

/** A message next to the launcher, shown after a delay until the widget is opened. Replaces the greeting bubble. */
const siteInvitation = z.strictObject({
	delay_s: wholeNumber(1, 3600),
	text: formText(300),
});
export type SiteInvitation = z.infer<typeof siteInvitation>;

/** The details that a chat needs before the AI can complete it: none, an email address or phone number, or all required answers. */
const completionNeeds = z.enum(['nothing', 'contact', 'required_questions']);
export type CompletionNeeds = z.infer<typeof completionNeeds>;

/** The steps of a new site's setup guide, in order. */
export const SETUP_STEPS = ['look', 'questions', 'ai', 'embed'] as const;
const setupStep = z.enum(SETUP_STEPS);
export type SetupStep = z.infer<typeof setupStep>;

const consentInput = z.strictObject({ text: formText(2000), is_required: z.boolean() });

/** The consent text. `version` is when the text last changed. */
const siteConsent = consentInput.extend({ version: timestamp });
export type SiteConsent = z.infer<typeof siteConsent>;

/** How a site's chats reach a person. */
const siteHandoff = z
	.strictObject({
		/** Whether the widget lets visitors ask for a person. */
		visitor_may_ask: z.boolean(),
		/** How long a visitor waits for a person before the AI continues. */
		wait_seconds: wholeNumber(10, MAX_WAIT_SECONDS),
	})
	.meta({ id: 'SiteHandoff' });
export type SiteHandoff = z.infer<typeof siteHandoff>;

/** Overrides of automatic checks. The others are on unless reviewers rejected most of their flags. */
const checkSwitches = z
	.record(flagRule, z.boolean())
	.refine((switches) => Object.keys(switches).length <= 200, 'at most 200 checks');

const linkHost = z
	.string()
	.trim()
	.toLowerCase()
	.transform((text) => URL.parse(text.includes('://') ? text : `https://${text}`)?.hostname ?? '')
	.pipe(z.string().regex(/^(?=.{1,253}$)[^\s.]+(?:\.[^\s.]+)+$/, 'enter a host like calendly.com'));

/** The webhook that judges finished chats. Omit the header's value to keep it. */
const judgeInput = z.strictObject({
	url: webhookUrl,
	auth_header: authHeaderInput.nullable().default(null),
});

const questions = z
	.array(z.object(question.shape).meta({ id: 'QuestionInput' }))
	.max(30)
	.superRefine((list, check) => {
		list.forEach(({ key, type, options }, index) => {
			const addIssue = (name: string, message: string) =>
				check.addIssue({ code: 'custom', path: [index, name], message });
			if (list.findIndex((other) => other.key === key) !== index) {
				addIssue('key', `another question has the key "${key}"`);
			}
			if (type === 'choice' && new Set(options).size < 2)
				addIssue('options', 'add at least two options');
		});
	});

const greetings = z
	.array(z.object(greetingVariant.shape).meta({ id: 'GreetingVariantInput' }))
	.max(6)
	.superRefine((list, check) => {
		const keys = list.map(({ key }) => key);
		if (list.length === 1)
			check.addIssue({ code: 'custom', message: 'add at least two greetings, or none' });
		if (new Set(keys).size < keys.length) {
			check.addIssue({ code: 'custom', message: 'each greeting needs a unique key' });
		}
	});

/** Changes to a site. Omitted settings keep their values. */
export const siteUpdate = z
	.strictObject({
		name: formText(100),
		look: z.strictObject(siteLook.shape).meta({ id: 'SiteLookInput' }),
		/** Null if the AI writes the greeting. */
		greeting: formText(1000).nullable(),
		/** Variants to A/B test instead of `greeting`. */
		greetings,
		invitation: siteInvitation.nullable(),
		assistant: z.strictObject(siteAssistant.shape).meta({ id: 'SiteAssistantInput' }),
		greeting_bubble: greetingBubbleInput,
		translations: z
			.strictObject(siteTranslations.shape)
			.partial()
			.meta({ id: 'SiteTranslationsInput' }),
		ai_disclosure: formText(300).nullable(),
		consent: consentInput.nullable(),
		fallback_reply: formText(1000),
		questions,
		connector: connectorInput,
		max_concurrent_turns: wholeNumber(1, 1000),
		completion_phrases: z.array(formText(200)).max(20).transform(removeDuplicates),
		completion_needs: completionNeeds,
		idle_minutes: wholeNumber(1, 43_200),
		/** Exact origins that may embed the widget. Empty allows any. */
		allowed_origins: z.array(exactOrigin).max(200).transform(removeDuplicates),
		has_storage_before_interaction: z.boolean(),
		/** Null keeps chats indefinitely. */
		retention_days: wholeNumber(1, 36_500).nullable(),
		/** The number of days that AI traces are kept. 0 keeps none. */
		trace_days: wholeNumber(0, 365),
		/** Days without activity after which a visitor's browser starts a new chat. */
		visitor_token_days: wholeNumber(1, 3650),
		developer_emails: z
			.array(z.email('enter an email address').max(254))
			.max(20)
			.transform(removeDuplicates),
		/** The percentage of chats ending without completion that are queued for review. */
		review_sample_percent: wholeNumber(0, 100),
		check_switches: checkSwitches,
		/** Hosts (including subdomains) that the AI may link to, besides the site's own. */
		link_hosts: z.array(linkHost).max(200).transform(removeDuplicates),
		/** Null calls no judge. */
		judge: judgeInput.nullable(),
		/** Hours after completion by which a lead must be contacted. */
		promise_hours: wholeNumber(1, 720),
		handoff: z.strictObject(siteHandoff.shape).meta({ id: 'SiteHandoffInput' }),
		/** When the team can take over chats. Null for always. */
		business_hours: z
			.strictObject(businessHours.shape)
			.meta({ id: 'BusinessHoursInput' })
			.nullable(),
		/** The country of phone numbers without a country code. Null infers it from each visitor's time zone and language. */
		country: country.nullable(),
		/** The completed steps of the setup guide. Null ends it. */
		setup_steps: z.array(setupStep).transform(removeDuplicates).nullable(),
		is_archived: z.boolean(),
	})
	.partial()
	.meta({ id: 'SiteUpdate' });
export type SiteUpdate = z.input<typeof siteUpdate>;

export const siteInput = z
	.strictObject({
		name: formText(100),
		/** Derived from the name if omitted. Cannot be changed later. */
		key: siteKey.optional(),
	})
	.meta({ id: 'SiteInput' });
export type SiteInput = z.input<typeof siteInput>;

/** The settings of a site, without secrets. */
export const siteSettings = site
	.extend({
		look: siteLook,
		greeting: z.string().nullable(),
		greetings: z.array(greetingVariant),
		invitation: siteInvitation.nullable(),
		assistant: siteAssistant,
		greeting_bubble: greetingBubble,
		translations: siteTranslations,
		ai_disclosure: z.string().nullable(),
		consent: siteConsent.nullable(),
		fallback_reply: z.string(),
		questions: z.array(question),
		connector,
		/** Whether AI_WEBHOOK_URL sets the connector at each start. */
		is_connector_from_environment: z.boolean(),
		max_concurrent_turns: z.number().int(),
		completion_phrases: z.array(z.string()),
		completion_needs: completionNeeds,
		idle_minutes: z.number().int(),
		allowed_origins: z.array(z.string()),
		has_storage_before_interaction: z.boolean(),
		retention_days: z.number().int().nullable(),
		trace_days: z.number().int(),
		visitor_token_days: z.number().int(),
		developer_emails: z.array(z.string()),
		review_sample_percent: z.number().int(),
		check_switches: z.record(z.string(), z.boolean()),
		link_hosts: z.array(z.string()),
		judge: z
			.object({ url: z.string(), auth_header: z.object({ name: z.string() }).nullable() })
			.nullable(),
		promise_hours: z.number().int(),
		handoff: siteHandoff,
		business_hours: businessHours.nullable(),
		country: z.string().nullable(),
		/** The completed steps of the setup guide; null once it has ended. */
		setup_steps: z.array(setupStep).nullable(),
		archived_at: timestamp.nullable(),
	})
	.meta({ id: 'SiteSettings' });
export type SiteSettings = z.infer<typeof siteSettings>;

/** A site in the list of sites, with its recent activity. */
export const siteSummary = site
	.extend({
		accent: z.string(),
		connector: z.enum(['scripted', 'n8n', 'openai']),
		/** Chat sessions active in the last seven days, and how many of them are complete. */
		recent_sessions: z.number().int(),
		recent_complete: z.number().int(),
		last_activity_at: timestamp.nullable(),
		endpoints: z.object({ enabled: z.number().int(), disabled: z.number().int() }),
		archived_at: timestamp.nullable(),
	})
	.meta({ id: 'SiteSummary' });
export type SiteSummary = z.infer<typeof siteSummary>;
