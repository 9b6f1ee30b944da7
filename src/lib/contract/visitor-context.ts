import { z } from 'zod';
import { timestamp } from './common';
import { cleanString } from './text';

/** The page that a visitor is on now. */
export const visitorPage = z.object({
	page_url: cleanString(2000),
	page_title: cleanString(300).optional(),
});
export type VisitorPage = z.input<typeof visitorPage>;

/** A page that the visitor has seen, and since when. */
export const seenPage = z.object({
	page_url: z.string(),
	page_title: z.string().optional(),
	at: timestamp,
});
export type SeenPage = z.infer<typeof seenPage>;

const short = cleanString(200).optional();
const long = cleanString(2000).optional();

/** How one visit began. */
const touch = z
	.object({ url: cleanString(2000), referrer: long, at: timestamp.optional() })
	.optional()
	// The page keeps it in a storage that anybody may write to: a broken one must not stop a chat.
	.catch(undefined);

/** What is known of the visitor's page and device without asking. Unknown keys are dropped. */
export const visitorContext = z
	.object({
		page_url: long,
		page_title: cleanString(300).optional(),
		landing_url: long,
		referrer: long,
		utm_source: short,
		utm_medium: short,
		utm_campaign: short,
		utm_term: short,
		utm_content: short,
		gclid: short,
		fbclid: short,
		msclkid: short,
		ttclid: short,
		/** The first and the last visit to this site by way of a campaign or another site. */
		first_touch: touch,
		last_touch: touch,
		pages_seen: z.number().int().min(1).max(100_000).optional().catch(undefined),
		/** Of a Messenger conversation: the ad that it began at, and the link's own word. */
		ad_id: short,
		ad_title: cleanString(300).optional(),
		messenger_ref: cleanString(300).optional(),
		language: cleanString(35).optional(),
		time_zone: cleanString(64).optional(),
		device: z.enum(['phone', 'tablet', 'desktop']).optional().catch(undefined),
		viewport: cleanString(20).optional(),
		user_agent: cleanString(500).optional(),
	})
	.meta({ id: 'VisitorContext' });
export type VisitorContext = z.infer<typeof visitorContext>;
