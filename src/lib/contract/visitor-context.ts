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

/** Programs give numbers, lists of one value, or null: a value that is no text never takes its neighbors with it. */
const lenient = <T extends z.ZodType<string>>(schema: T) =>
	z.preprocess(asText, schema.optional()).optional();

function asText(given: unknown): unknown {
	const first: unknown = Array.isArray(given) ? given[0] : given;
	if (typeof first === 'number' || typeof first === 'boolean') return String(first);
	return typeof first === 'string' ? first : undefined;
}

const short = lenient(cutString(200));
const address = lenient(cutUrlString(2000));
/** Longer than any network makes them: one that is cut cannot be matched. */
const clickId = lenient(cutString(2000));

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
		page_title: lenient(cutString(300)),
		landing_url: address,
		referrer: address,
		utm_source: short,
		utm_medium: short,
		utm_campaign: short,
		utm_term: short,
		utm_content: short,
		utm_id: short,
		gad_campaignid: short,
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
		ScCid: clickId,
		srsltid: clickId,
		igshid: clickId,
		irclickid: clickId,
		obclid: clickId,
		dicbo: clickId,
		tblci: clickId,
		mc_eid: clickId,
		_hsenc: clickId,
		/** The first and the last visit to this site by way of a campaign or another site. */
		first_touch: touch,
		last_touch: touch,
		pages_seen: z.number().int().min(1).max(100_000).optional().catch(undefined),
		/** Of a Messenger conversation: the ad that it began at, and the link's own word. */
		ad_id: short,
		ad_title: lenient(cutString(300)),
		messenger_ref: lenient(cutString(300)),
		/** The product of a Facebook shop that a Messenger conversation began at. */
		messenger_product: short,
		language: lenient(cutString(35)),
		time_zone: lenient(cutString(64)),
		device: z.enum(['phone', 'tablet', 'desktop']).optional().catch(undefined),
		viewport: lenient(cutString(20)),
		user_agent: lenient(cutString(500)),
	})
	.meta({ id: 'VisitorContext' });
export type VisitorContext = z.infer<typeof visitorContext>;

/** What advertising and mailing networks put into addresses to know a click again. */
export const CLICK_IDS = [
	...(['gclid', 'gbraid', 'wbraid', 'dclid', 'fbclid', 'msclkid', 'ttclid', 'twclid'] as const),
	...([
		'li_fat_id',
		'rdt_cid',
		'epik',
		'yclid',
		'ScCid',
		'srsltid',
		'igshid',
		'irclickid',
	] as const),
	...(['obclid', 'dicbo', 'tblci', 'mc_eid', '_hsenc'] as const),
];
