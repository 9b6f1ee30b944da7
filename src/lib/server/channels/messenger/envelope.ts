import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cleanString } from '#lib/contract/text.ts';

const graphId = z.coerce.string().regex(/^[\w.-]{1,64}$/);
const party = z.object({ id: graphId });
const mid = cleanString(500, 1);
const referral = z.object({
	ref: z.string().optional(),
	source: z.string().optional(),
	ad_id: z.coerce.string().optional(),
	ads_context_data: z.object({ ad_title: z.string().optional() }).optional().catch(undefined),
});
export type Referral = z.infer<typeof referral>;

/** Of one item what is understood; what else it has is nobody's business here. */
export const item = z.object({
	sender: party,
	recipient: party,
	timestamp: z.number().optional(),
	message: z
		.object({
			mid,
			text: z.string().optional(),
			quick_reply: z.object({ payload: z.string() }).optional().catch(undefined),
			attachments: z
				.array(
					z.object({
						type: z.string(),
						title: z.string().nullish().catch(undefined),
						payload: z.object({ url: z.string().nullish() }).nullish().catch(undefined),
					}),
				)
				.max(100)
				.optional()
				.catch([]),
			is_echo: z.boolean().optional(),
			metadata: z.string().optional().catch(undefined),
			referral: referral.optional().catch(undefined),
		})
		.optional(),
	postback: z
		.object({
			mid: mid.optional(),
			title: z.string().optional(),
			payload: z.string().optional(),
			referral: referral.optional().catch(undefined),
		})
		.optional(),
	referral: referral.optional(),
});
export type Item = z.infer<typeof item>;

const items = z.array(z.unknown()).max(1000).optional().catch(undefined);
export const envelope = z.object({
	object: z.string(),
	entry: z
		.array(
			z.object({
				id: graphId,
				time: z.number().optional(),
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
