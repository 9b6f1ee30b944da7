import { z } from 'zod';
import { timestamp } from './common.ts';
import { cutString, cutUrlString } from './text.ts';

/** The page that a visitor is on now. */
export const visitorPage = z.object({
	page_url: cutUrlString(2000),
	page_title: cutString(300).optional(),
});
export type VisitorPage = z.input<typeof visitorPage>;

/** A page that the visitor has seen, and since when. */
export const seenPage = z.object({
	page_url: z.string(),
	page_title: z.string().optional(),
	at: timestamp,
});
export type SeenPage = z.infer<typeof seenPage>;

const short = cutString(200).optional();
const address = cutUrlString(2000).optional();
/** Longer than any network makes them: one that is cut cannot be matched. */
const clickId = cutString(2000).optional();

/** How one visit began. */
const touch = z
	.object({ url: cutUrlString(2000), referrer: address, at: timestamp.optional() })
	.optional()
	// The page keeps it in a storage that anybody may write to: a broken one must not stop a chat.
	.catch(undefined);

/** What is known of the visitor's page and device without asking. Unknown keys are dropped, long values are cut. */
export const visitorContext = z
	.object({
		page_url: address,
		page_title: cutString(300).optional(),
		landing_url: address,
		referrer: address,
		utm_source: short,
		utm_medium: short,
		utm_campaign: short,
		utm_term: short,
		utm_content: short,
		gclid: clickId,
		gbraid: clickId,
		wbraid: clickId,
		dclid: clickId,
		fbclid: clickId,
		msclkid: clickId,
		ttclid: clickId,
		twclid: clickId,
		li_fat_id: clickId,
		rdt_cid: clickId,
		epik: clickId,
		yclid: clickId,
		/** The first and the last visit to this site by way of a campaign or another site. */
		first_touch: touch,
		last_touch: touch,
		pages_seen: z.number().int().min(1).max(100_000).optional().catch(undefined),
		/** Of a Messenger conversation: the ad that it began at, and the link's own word. */
		ad_id: short,
		ad_title: cutString(300).optional(),
		messenger_ref: cutString(300).optional(),
		language: cutString(35).optional(),
		time_zone: cutString(64).optional(),
		device: z.enum(['phone', 'tablet', 'desktop']).optional().catch(undefined),
		viewport: cutString(20).optional(),
		user_agent: cutString(500).optional(),
	})
	.meta({ id: 'VisitorContext' });
export type VisitorContext = z.infer<typeof visitorContext>;
