import { z } from 'zod';
import { timestamp } from './common.ts';
import { MAX_QUICK_REPLIES } from './message.ts';
import { cleanString } from './text.ts';

export const siteKey = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'a-z, 0-9, - and _ only');

const questionType = z.enum(['text', 'email', 'phone', 'number', 'choice']);

/** One item of a site's qualification list. */
export const question = z
	.object({
		key: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
		label: cleanString(200, 1),
		/** How the scripted AI asks it; by default it is made from the label. */
		prompt: cleanString(500).optional(),
		type: questionType.default('text'),
		is_required: z.boolean().default(true),
		options: z.array(cleanString(80, 1)).max(MAX_QUICK_REPLIES).default([]),
	})
	.meta({ id: 'Question' });
export type Question = z.infer<typeof question>;

/** One of several greetings that are tried against each other. */
export const greetingVariant = z
	.object({ key: z.string().regex(/^[a-z0-9_-]{1,40}$/), text: cleanString(2000, 1) })
	.meta({ id: 'GreetingVariant' });
export type GreetingVariant = z.infer<typeof greetingVariant>;

export const language = z.enum(['auto', 'en', 'es', 'fr', 'de', 'pt', 'ar']);
export const theme = z.enum(['auto', 'light', 'dark']);

/** What the widget may know of its site: look and texts, no secrets. */
export const widgetConfig = z
	.object({
		site: siteKey,
		header_text: z.string(),
		/** A fixed greeting shown at once; null when the AI writes it. */
		greeting: z.string().nullable(),
		accent: z.string().regex(/^#[0-9a-f]{6}$/i),
		/** For text on the accent: white or black, with a contrast of 4.5:1 or more. */
		accent_ink: z.string(),
		theme,
		language,
		launcher: z.object({ position: z.enum(['left', 'right']), text: z.string().nullable() }),
		questions: z.array(z.object({ key: z.string(), label: z.string() })),
		/** What the launcher offers after so many seconds; null: nothing. */
		invitation: z.object({ delay_s: z.number().int(), text: z.string() }).nullable(),
		/** Tells the visitor that an AI answers; null: nothing is said. */
		ai_disclosure: z.string().nullable(),
		/** What the visitor agrees to before any personal field; with `is_required` before any message. */
		consent: z
			.object({ text: z.string(), is_required: z.boolean(), version: timestamp })
			.nullable(),
		/** false: nothing is kept in the browser before the visitor has done something. */
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
