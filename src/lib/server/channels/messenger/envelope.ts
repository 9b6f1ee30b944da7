import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cleanString } from '#lib/contract/text.ts';

const graphId = z.coerce.string().regex(/^[\w.-]{1,64}$/);
const partySchema = z.object({ id: graphId });

/** Parses a missing or malformed value as `undefined`, so that it never invalidates other fields. */
const lenient = <T extends z.ZodType>(schema: T) =>
	schema
		.nullish()
		.catch(undefined)
		.transform((value) => value ?? undefined)
		.optional();
const mid = lenient(cleanString(500, 1));
const text = lenient(z.union([z.string(), z.number()]).transform(String));
const id = text;
const flag = lenient(z.boolean());
const list = <T extends z.ZodType>(entrySchema: T) =>
	lenient(
		z
			.array(entrySchema.nullable().catch(null))
			.max(100)
			.transform((entries) => entries.filter((entry) => entry !== null)),
	);

/** A time in milliseconds. Facebook also sends seconds, ISO dates and numbers as strings. */
const time = lenient(z.union([z.number(), z.string().transform(parseTime)]).transform(toMs));
function parseTime(text: string): number {
	return /^\d{9,16}$/.test(text) ? Number(text) : Date.parse(text);
}
/** Smaller values are times in seconds: as milliseconds this is in 1973, as seconds in the year 5138. */
const MIN_TIME_MS = 100_000_000_000;
function toMs(value: number): number | undefined {
	if (!Number.isFinite(value)) return undefined;
	return value < MIN_TIME_MS ? value * 1000 : value;
}

const referral = lenient(
	z.object({
		ref: text,
		source: text,
		ad_id: id,
		ads_context_data: lenient(z.object({ ad_title: text, product_id: id })),
		/** The shop product that the visitor asks about. */
		product: lenient(z.object({ id })),
	}),
);
export type Referral = z.infer<typeof referral>;

const button = z.object({ title: text, url: text });
/** A product, or one card of a template. */
const element = z.object({
	title: text,
	subtitle: text,
	url: text,
	default_action: lenient(z.object({ url: text })),
	text,
	buttons: list(button),
});
const elements = list(element);
const degrees = z.union([z.number(), z.string().trim().min(1).transform(Number)]);
const coordinates = z.object({
	lat: degrees.pipe(z.number().min(-90).max(90)),
	long: degrees.pipe(z.number().min(-180).max(180)),
});
const attachment = z.object({
	type: text,
	title: text,
	url: text,
	/** The link of a shared page, as Facebook's reference spells it. */
	URL: text,
	payload: lenient(
		z.object({
			url: text,
			title: text,
			text,
			sticker_id: id,
			coordinates: lenient(coordinates),
			product: lenient(z.object({ elements })),
			template_type: text,
			elements,
			buttons: list(button),
			order_number: text,
			order_url: text,
			currency: text,
			summary: lenient(z.object({ total_cost: text })),
		}),
	),
});
export type Attachment = z.infer<typeof attachment>;

/** The fields of an item that Frontdesk uses; all others are dropped. */
export const itemSchema = z.object({
	sender: partySchema,
	recipient: partySchema,
	timestamp: time,
	message: lenient(
		z.object({
			mid,
			text,
			sticker_id: id,
			is_deleted: flag,
			is_unsupported: flag,
			quick_reply: lenient(z.object({ payload: text })),
			attachments: list(attachment),
			is_echo: flag,
			metadata: text,
			referral,
		}),
	),
	postback: lenient(z.object({ mid, title: text, payload: text, referral })),
	referral,
});
export type Item = z.infer<typeof itemSchema>;

const items = lenient(z.array(z.unknown()).max(1000));
export const envelopeSchema = z.object({
	object: z.string(),
	entry: z
		.array(
			z.object({
				id: graphId,
				time,
				messaging: items,
				standby: items,
			}),
		)
		.max(1000),
});

/** A parsed event, before it is stored. */
interface NewEvent {
	page_id: string;
	psid: string;
	dedupe_key: string;
	is_standby: boolean;
	payload: string;
	sent_at: Date;
}

/** Returns a batch's messages, postbacks and referrals; skips receipts, reactions and unknown items. */
export function parseBatch({ entry }: z.infer<typeof envelopeSchema>, now: Date): NewEvent[] {
	return entry.flatMap(({ id, time, messaging = [], standby = [] }) => [
		...messaging.flatMap((raw) => parseItem(id, raw, false, time, now)),
		...standby.flatMap((raw) => parseItem(id, raw, true, time, now)),
	]);
}

function parseItem(
	page_id: string,
	raw: unknown,
	is_standby: boolean,
	time: number | undefined,
	now: Date,
): NewEvent[] {
	const { data } = itemSchema.safeParse(raw);
	if (!data || !(data.message ?? data.postback ?? data.referral)) return [];
	// The visitor unsent a message, which was already handled or never arrived.
	if (data.message?.is_deleted) return [];
	const payload = JSON.stringify(data);
	const psid = data.message?.is_echo ? data.recipient.id : data.sender.id;
	const identity = data.message?.mid ?? data.postback?.mid ?? payload;
	const key = createHash('sha256').update(`${page_id}\n${psid}\n${identity}`).digest('base64url');
	return [
		{
			page_id,
			psid,
			dedupe_key: key,
			is_standby,
			payload,
			sent_at: getSentAt(data.timestamp ?? time, now),
		},
	];
}

/** Returns when an event was sent; the current time if unknown or in the future. */
function getSentAt(time: number | undefined, now: Date): Date {
	const isUsable = time !== undefined && time > 0 && time < now.getTime();
	return isUsable ? new Date(Math.floor(time)) : now;
}

/** A stored event that is due. */
export const storedEventSchema = z.object({
	id: z.coerce.number(),
	page_id: z.string(),
	psid: z.string(),
	is_standby: z.boolean(),
	payload: z.string(),
	sent_at: z.coerce.date(),
	attempt_count: z.number(),
});
export type StoredEvent = z.infer<typeof storedEventSchema>;
