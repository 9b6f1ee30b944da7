import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cleanString } from '#lib/contract/text.ts';

const graphId = z.coerce.string().regex(/^[\w.-]{1,64}$/);
const party = z.object({ id: graphId });
const mid = cleanString(500, 1);
/** Facebook leaves a value out, or gives null for it, or an empty object. */
const text = z
	.string()
	.nullish()
	.catch(undefined)
	.transform((value) => value ?? undefined)
	.optional();
const id = z
	.union([z.string(), z.number()])
	.nullish()
	.catch(undefined)
	.transform((value) => (value == null ? undefined : String(value)))
	.optional();
/** Milliseconds, in Facebook's own reference also as a text; a few events count in seconds. */
const time = z
	.union([
		z.number(),
		z
			.string()
			.regex(/^\d{9,16}$/)
			.transform(Number),
	])
	.nullish()
	.catch(undefined)
	.transform((value) =>
		value == null ? undefined : value < 100_000_000_000 ? value * 1000 : value,
	)
	.optional();
const referral = z.object({
	ref: text,
	source: text,
	ad_id: id,
	ads_context_data: z.object({ ad_title: text }).nullish().catch(undefined),
});
export type Referral = z.infer<typeof referral>;
const referralOrNone = referral.nullish().catch(undefined);

/** What is shown of a product or of one card of a template. */
const element = z.object({ title: text, subtitle: text, url: text, text });
const elements = z.array(element.catch({})).max(100).nullish().catch(undefined);
const attachment = z.object({
	type: z.string(),
	title: text,
	url: text,
	payload: z
		.object({
			url: text,
			title: text,
			text,
			sticker_id: id,
			coordinates: z.object({ lat: z.number(), long: z.number() }).nullish().catch(undefined),
			product: z.object({ elements }).nullish().catch(undefined),
			elements,
		})
		.nullish()
		.catch(undefined),
});
export type Attachment = z.infer<typeof attachment>;

/** Of one item what is understood; what else it has is nobody's business here. */
export const item = z.object({
	sender: party,
	recipient: party,
	timestamp: time,
	message: z
		.object({
			mid,
			text,
			sticker_id: id,
			is_deleted: z.boolean().nullish().catch(undefined),
			quick_reply: z.object({ payload: z.string() }).nullish().catch(undefined),
			attachments: z
				.array(attachment.nullable().catch(null))
				.max(100)
				.nullish()
				.catch([])
				.transform((list) => (list ?? []).filter((one) => one !== null))
				.optional(),
			is_echo: z.boolean().nullish().catch(undefined),
			metadata: text,
			referral: referralOrNone,
		})
		.nullish(),
	postback: z
		.object({
			mid: mid.nullish().catch(undefined),
			title: text,
			payload: text,
			referral: referralOrNone,
		})
		.nullish()
		.catch(undefined),
	referral: referralOrNone,
});
export type Item = z.infer<typeof item>;

const items = z.array(z.unknown()).max(1000).optional().catch(undefined);
export const envelope = z.object({
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

/** One thing that is to be done, as it is stored. */
export interface NewEvent {
	page_id: string;
	psid: string;
	dedupe_key: string;
	is_standby: boolean;
	payload: string;
	sent_at: Date;
}

/** The items of a batch that mean something here; receipts, reactions and what is unknown do not. */
export function readBatch({ entry }: z.infer<typeof envelope>, now: Date): NewEvent[] {
	return entry.flatMap(({ id, time, messaging = [], standby = [] }) => [
		...messaging.flatMap((raw) => readItem(id, raw, false, time, now)),
		...standby.flatMap((raw) => readItem(id, raw, true, time, now)),
	]);
}

function readItem(
	page_id: string,
	raw: unknown,
	is_standby: boolean,
	time: number | undefined,
	now: Date,
): NewEvent[] {
	const { data } = item.safeParse(raw);
	if (!data || !(data.message ?? data.postback ?? data.referral)) return [];
	// What the visitor took back was said already, or never came.
	if (data.message?.is_deleted) return [];
	const payload = JSON.stringify(data);
	const psid = data.message?.is_echo ? data.recipient.id : data.sender.id;
	const name = data.message?.mid ?? data.postback?.mid ?? payload;
	const key = createHash('sha256').update(`${page_id}\n${psid}\n${name}`).digest('base64url');
	return [
		{
			page_id,
			psid,
			dedupe_key: key,
			is_standby,
			payload,
			sent_at: sentAt(data.timestamp ?? time, now),
		},
	];
}

/** Facebook's time in milliseconds, never later than now. */
function sentAt(time: number | undefined, now: Date): Date {
	const isUsable = time !== undefined && time > 0 && time < now.getTime();
	return isUsable ? new Date(Math.floor(time)) : now;
}

/** An event as it waits to be handled. */
export const storedEvent = z.object({
	id: z.coerce.number(),
	page_id: z.string(),
	psid: z.string(),
	is_standby: z.boolean(),
	payload: z.string(),
	sent_at: z.coerce.date(),
	attempt_count: z.number(),
});
export type StoredEvent = z.infer<typeof storedEvent>;
