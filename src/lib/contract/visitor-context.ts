import { z } from 'zod';
import { timestamp } from './common.ts';
import { widgetLanguage } from './greeting.ts';
import { truncatedString, truncateText, truncatedUrlString } from './text.ts';
import { CLICK_IDS, readTrackedParams, TRACKED_PARAMS } from './tracking.ts';

/** The visitor's current page. */
export const visitorPage = z.object({
	page_url: truncatedUrlString(2000),
	page_title: truncatedString(300).optional(),
});
export type VisitorPage = z.input<typeof visitorPage>;

/** A page the visitor viewed, and when they opened it. */
export const seenPage = z.object({
	page_url: z.string(),
	page_title: z.string().optional(),
	at: timestamp,
});
export type SeenPage = z.infer<typeof seenPage>;

/** Accepts what integrations send: numbers and booleans as text, and lists, of which the first item counts. Drops anything else. */
const lenient = <T extends z.ZodType<string>>(schema: T) =>
	z.preprocess(toText, schema.optional()).optional();

function toText(input: unknown): unknown {
	const first: unknown = Array.isArray(input) ? input[0] : input;
	if (typeof first === 'number' || typeof first === 'boolean') return String(first);
	return typeof first === 'string' ? first : undefined;
}

const MAX_SHORT_TEXT = 200;
const shortText = lenient(truncatedString(MAX_SHORT_TEXT));
const url = lenient(truncatedUrlString(2000));

type TrackedParam = (typeof TRACKED_PARAMS)[number];
const isUtm = (name: TrackedParam) => name.startsWith('utm_');
/** Click ids may be longer than those of any ad network, because a truncated id can't be matched. */
const getMaxLength = (name: TrackedParam) => (isUtm(name) ? MAX_SHORT_TEXT : 2000);
const trackedFields = Object.fromEntries(
	TRACKED_PARAMS.map((name) => [name, lenient(truncatedString(getMaxLength(name)))]),
) as Record<TrackedParam, typeof shortText>;

/** How a visit started. */
const touch = z
	.object({ url: truncatedUrlString(2000), referrer: url, at: timestamp.optional() })
	.optional()
	// The value comes from page storage, which any script can write to. An invalid value must not block a chat.
	.catch(undefined);

/** The page and device of a visitor, as the browser reports them. Unknown keys are dropped, long values truncated. */
export const visitorContext = z
	.object({
		page_url: url,
		page_title: lenient(truncatedString(300)),
		landing_url: url,
		referrer: url,
		...trackedFields,
		/** The first and latest visit through a campaign or another site. */
		first_touch: touch,
		last_touch: touch,
		pages_seen: z.number().int().min(1).max(100_000).optional().catch(undefined),
		/** Messenger only: the ad that started the conversation, and the `ref` of the link. */
		ad_id: shortText,
		ad_title: lenient(truncatedString(300)),
		messenger_ref: lenient(truncatedString(300)),
		/** Messenger only: the Facebook shop product that started the conversation. */
		messenger_product: shortText,
		language: lenient(truncatedString(35)),
		/** The language that the widget is shown in, which the page may set. */
		widget_language: widgetLanguage.optional().catch(undefined),
		/** The key of the greeting that was shown next to the launcher. */
		greeting_key: lenient(truncatedString(60)),
		time_zone: lenient(truncatedString(64)),
		device: z.enum(['phone', 'tablet', 'desktop']).optional().catch(undefined),
		viewport: lenient(truncatedString(20)),
		user_agent: lenient(truncatedString(500)),
	})
	.meta({ id: 'VisitorContext' });
export type VisitorContext = z.infer<typeof visitorContext>;

/** Reads campaign parameters and click ids from the page's URLs, so that clients don't have to. */
export function readTracking(urls: {
	landing_url?: string | undefined;
	page_url?: string | undefined;
}): VisitorContext {
	const tracked: VisitorContext = {};
	for (const url of [urls.page_url, urls.landing_url]) {
		const params = readTrackedParams(url);
		for (const key of TRACKED_PARAMS) {
			const value = params[key];
			if (value) tracked[key] = truncateText(value, getMaxLength(key));
		}
	}
	return tracked;
}

/** The attribution of a lead, in the format that ad platforms expect. Only known values are included. */
export const attribution = z
	.object({
		/** The ids of the click on an ad, such as `gclid` or `fbclid`. */
		click_ids: z.record(z.string(), z.string()),
		/** The UTM parameters without `utm_`. */
		utm: z.record(z.string(), z.string()),
		landing_url: z.string().nullable(),
		referrer: z.string().nullable(),
		first_touch: touch,
		last_touch: touch,
		/** For conversion APIs that match visitors by browser. */
		user_agent: z.string().nullable(),
	})
	.meta({ id: 'Attribution' });

/** Returns the attribution of a visitor. */
export function getAttribution(context: VisitorContext): z.infer<typeof attribution> {
	const listValues = (names: readonly TrackedParam[]) =>
		names.flatMap((name) => {
			const value = context[name];
			return value ? [[name, value] as const] : [];
		});
	const utm = listValues(TRACKED_PARAMS.filter(isUtm));
	return {
		click_ids: Object.fromEntries(listValues(CLICK_IDS)),
		utm: Object.fromEntries(utm.map(([name, value]) => [name.replace('utm_', ''), value])),
		landing_url: context.landing_url ?? context.page_url ?? null,
		referrer: context.referrer ?? null,
		first_touch: context.first_touch,
		last_touch: context.last_touch,
		user_agent: context.user_agent ?? null,
	};
}
