import { z } from 'zod';
import { timestamp } from './common.ts';
import { widgetBubble, textPerLanguage, widgetLanguage } from './greeting.ts';
import { readImageSize } from './image-size.ts';
import { MAX_QUICK_REPLIES } from './message.ts';
import { cleanString } from './text.ts';

/** Accepts capitals, because editors of pages change a key that is pasted. */
export const siteKey = z
	.string()
	.trim()
	.toLowerCase()
	.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'use only a-z, 0-9, - and _');

const questionType = z.enum(['text', 'email', 'phone', 'number', 'choice']);

/** One question that a site's AI asks to qualify a lead. */
export const question = z
	.object({
		key: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
		label: cleanString(200, 1),
		/** How the scripted AI asks the question. Derived from the label if omitted. */
		prompt: cleanString(500).optional(),
		type: questionType.default('text'),
		is_required: z.boolean().default(true),
		options: z.array(cleanString(80, 1)).max(MAX_QUICK_REPLIES).default([]),
		/** Translations for the built-in AI. The number of options must match the question's. */
		translations: z
			.partialRecord(
				widgetLanguage,
				z.strictObject({
					prompt: cleanString(500).optional(),
					options: z.array(cleanString(80, 1)).max(MAX_QUICK_REPLIES).optional(),
				}),
			)
			.optional(),
	})
	.meta({ id: 'Question' });
export type Question = z.infer<typeof question>;

/** A question, as sent to AI webhooks. */
export const workflowQuestion = question
	.pick({ key: true, label: true })
	.extend({ type: questionType, required: z.boolean(), options: z.array(z.string()).optional() })
	.meta({ id: 'WorkflowQuestion' });
export type WorkflowQuestion = z.infer<typeof workflowQuestion>;

/** Converts a question for AI webhooks; `options` is omitted if there are none. */
export const toWorkflowQuestion = (question: Question): WorkflowQuestion => ({
	key: question.key,
	label: question.label,
	type: question.type,
	required: question.is_required,
	...(question.options.length > 0 && { options: question.options }),
});

/** One of several greetings in an A/B test. */
export const greetingVariant = z
	.object({
		key: z.string().regex(/^[a-z0-9_-]{1,40}$/),
		text: cleanString(2000, 1),
		translations: textPerLanguage(2000).optional(),
	})
	.meta({ id: 'GreetingVariant' });
export type GreetingVariant = z.infer<typeof greetingVariant>;

export const language = z.enum(['auto', ...widgetLanguage.options]);
export const theme = z.enum(['auto', 'light', 'dark']);

/** The maximum width and height of a picture: even a small file can take gigabytes once a browser decodes it. */
export const MAX_PICTURE_SIDE_PX = 4096;

/** Returns whether a data URL contains an image of at most the maximum size. */
function isDisplayable(dataUrl: string): boolean {
	let data: string;
	try {
		data = atob(dataUrl.slice(dataUrl.indexOf(',') + 1));
	} catch {
		return false;
	}
	const size = readImageSize(Uint8Array.from(data, (char) => char.charCodeAt(0)));
	return size !== undefined && Math.max(size.width, size.height) <= MAX_PICTURE_SIDE_PX;
}

/** An image as a data URL of at most 12,000 characters; the dashboard scales logos and photos down to fit. */
export const picture = z
	.string()
	.max(12_000, 'use a smaller picture')
	.regex(/^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/, {
		error: 'use a PNG, JPEG or WebP',
		abort: true,
	})
	.refine(isDisplayable, `use a PNG, JPEG or WebP of at most ${MAX_PICTURE_SIDE_PX} pixels a side`);

/** The public part of a site that its widget loads: appearance and texts, no secrets. */
export const widgetConfig = z
	.object({
		site: siteKey,
		header_text: z.string(),
		/** A fixed greeting, shown immediately. Null if the AI writes the greeting. */
		greeting: z.string().nullable(),
		accent: z.string().regex(/^#[0-9a-f]{6}$/i),
		/** The text color on the accent, with a contrast of at least 4.5:1. */
		accent_ink: z.string(),
		theme,
		language,
		launcher: z.object({ position: z.enum(['left', 'right']), text: z.string().nullable() }),
		questions: z.array(z.object({ key: z.string(), label: z.string() })),
		/** A message shown next to the launcher after a delay, if any. */
		invitation: z.object({ delay_s: z.number().int(), text: z.string() }).nullable(),
		/** The assistant's appearance. `initials` is empty if it has no name. */
		assistant: z.object({ name: z.string(), initials: z.string(), logo: z.string().nullable() }),
		/** The greeting next to the closed widget's launcher. Null to show none. */
		greeting_bubble: widgetBubble.nullable(),
		/** Labels next to the launcher. */
		texts: z.object({ close: z.string(), unread: z.string() }),
		/** Tells the visitor that they are chatting with an AI. Null shows nothing. */
		ai_disclosure: z.string().nullable(),
		/** The consent text, required before any personal detail or, with `is_required`, before any message. */
		consent: z
			.object({ text: z.string(), is_required: z.boolean(), version: timestamp })
			.nullable(),
		/** Whether the visitor may ask for a person. */
		may_ask_for_person: z.boolean(),
		/** If false, nothing is stored in the browser before the visitor interacts. */
		has_storage_before_interaction: z.boolean(),
	})
	.meta({ id: 'WidgetConfig' });
export type WidgetConfig = z.infer<typeof widgetConfig>;

export const site = z
	.object({
		id: z.number().int(),
		key: siteKey,
		name: z.string(),
		created_at: timestamp,
	})
	.meta({ id: 'Site' });
export type Site = z.infer<typeof site>;

/** Returns why a text is not a valid origin, or undefined if it is. */
function findOriginProblem(text: string): string | undefined {
	if (text.includes('*')) {
		return 'wildcards are not supported: list each origin, or leave the list empty to allow every page';
	}
	if (!/^https?:\/\//i.test(text)) return 'start with https:// or http://';
	const url = URL.parse(text);
	if (!url) return 'enter an origin such as https://www.example.com';
	if (url.username || url.password) return 'remove the username and password';
	if (url.hostname.startsWith('[')) return 'IPv6 addresses are not supported: use a host name';
	if (url.pathname !== '/' || url.search || url.hash) {
		return `remove everything after the host: ${url.origin}`;
	}
	return undefined;
}

/** An origin as browsers send it: scheme, host and port. Normalizes case and a trailing slash. */
export const exactOrigin = z
	.string()
	.trim()
	.max(300)
	.superRefine((text, check) => {
		const message = findOriginProblem(text);
		if (message) check.addIssue({ code: 'custom', message });
	})
	.transform((text) => URL.parse(text)?.origin ?? text);
