import { cleanText, cutText, hasVisible, MESSAGE_MAX_LENGTH } from '#lib/contract/text.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Attachment, Item, Referral } from './envelope.ts';

const KINDS: Record<string, string> = {
	image: 'a picture',
	audio: 'a voice message',
	video: 'a video',
	file: 'a file',
	sticker: 'a sticker',
	location: 'a location',
	reel: 'a reel',
	ig_reel: 'a reel',
	post: 'a post',
	ig_post: 'a post',
	ig_reel_share: 'a reel',
	story_mention: 'a mention in a story',
	ig_story: 'a story',
	ephemeral: 'a picture that vanishes',
	share: 'a link',
	fallback: 'a link',
	template: 'a card',
	product: 'a product',
	appointment_booking: 'an appointment',
};
/** Templates by their `template_type`; all others are cards. */
const TEMPLATES: Record<string, string> = {
	button: 'a message with buttons',
	receipt: 'a receipt',
	product: 'a product',
	open_graph: 'a link',
	coupon: 'a coupon',
	customer_feedback: 'a survey',
	airline_boardingpass: 'a boarding pass',
	airline_itinerary: 'an itinerary',
};
const UNSUPPORTED = '[sent something that Messenger does not pass on]';

/** Marks the payloads of our own quick replies: what follows is the whole option, of which the title may be cut. */
export const OPTION = 'option:';

/** What the visitor said, attachments in words; empty when it is nothing that can be read. */
export function wordsOf({ message, postback }: Item): string {
	if (postback) return isGetStarted(postback) ? '' : wordsOfButton(postback);
	const payload = message?.quick_reply?.payload;
	if (payload?.startsWith(OPTION)) return clip(payload.slice(OPTION.length));
	const text = hasVisible(message?.text ?? '') ? (message?.text ?? '') : '';
	const given = message?.attachments ?? [];
	const { sticker_id } = message ?? {};
	const attachments =
		given.length === 0 && sticker_id !== undefined
			? [{ type: 'sticker', payload: { sticker_id } }]
			: given;
	const sent = withoutTwins(attachments).map((one) => wordsOfAttachment(one, text));
	const words = clip([text, ...sent].filter(Boolean).join('\n'));
	if (words !== '') return words;
	if (message?.is_unsupported) return UNSUPPORTED;
	return payload === undefined ? '' : wordsOfButton({ payload });
}

/** A button says its title; without one its payload, which may be words or a name in the page's program. */
function wordsOfButton({ title = '', payload = '' }: { title?: string; payload?: string }): string {
	if (hasVisible(title)) return clip(title);
	const words = clip(payload);
	if (words === '' || /^[[{]/.test(words)) return words && '[pressed a button]';
	return /\s|\P{ASCII}/u.test(words) ? words : clip(`[pressed a button: ${words}]`);
}

/** The three sizes of the thumb that Messenger's own button sends. */
const THUMBS = new Set(['369239263222822', '369239343222814', '369239383222810']);
/** Files of Facebook's servers, whose addresses run out: nobody can open them later. */
const MEDIA = new Set(['image', 'audio', 'video', 'file', 'sticker', 'ephemeral', 'story_mention']);

/** A sticker comes as a picture and as a sticker. */
function withoutTwins(attachments: Attachment[]): Attachment[] {
	const seen = new Set<string>();
	return attachments.filter(({ type, payload }) => {
		const sticker = payload?.sticker_id ?? (type === 'sticker' ? payload?.url : undefined);
		if (sticker === undefined) return true;
		const isFirst = !seen.has(sticker);
		seen.add(sticker);
		return isFirst;
	});
}

function wordsOfAttachment(attachment: Attachment, said: string): string {
	const { type = '', title, payload } = attachment;
	if (payload?.sticker_id !== undefined) {
		return THUMBS.has(payload.sticker_id) ? '👍' : '[sent a sticker]';
	}
	const address = MEDIA.has(type) ? undefined : addressOf(attachment.url ?? payload?.url);
	const cards = (payload?.product?.elements ?? payload?.elements ?? []).map((card) =>
		[card.title, card.subtitle, addressOf(card.url), ...wordsOfButtons(card.buttons)]
			.filter(Boolean)
			.join(', '),
	);
	const named = cards.filter(Boolean);
	const details = [
		title ?? payload?.title ?? (named.length > 0 ? undefined : payload?.text),
		type === 'file' ? fileName(payload?.url) : undefined,
		...wordsOfOrder(payload),
		...named,
		...wordsOfButtons(payload?.buttons),
		...wordsOfPlace(payload?.coordinates),
		address !== undefined && said.includes(address) ? undefined : address,
	].filter(Boolean);
	const what = kindOf(attachment, address);
	return `[sent ${what}${details.length > 0 ? `: ${details.join(' – ')}` : ''}]`;
}

function kindOf({ type = '', payload }: Attachment, address: string | undefined): string {
	const unknown = 'an attachment';
	if (payload?.product) return 'a product';
	if (type === 'fallback' && address === undefined) return unknown;
	const template = payload?.template_type ?? '';
	if (Object.hasOwn(TEMPLATES, template)) return TEMPLATES[template] ?? unknown;
	return Object.hasOwn(KINDS, type) ? (KINDS[type] ?? unknown) : unknown;
}

const wordsOfButtons = (buttons: { title?: string; url?: string }[] = []) =>
	buttons.map(({ title, url }) => [title, addressOf(url)].filter(Boolean).join(': '));

const wordsOfOrder = (payload: Attachment['payload']) => [
	payload?.order_number && `order ${payload.order_number}`,
	payload?.summary?.total_cost &&
		['total', payload.summary.total_cost, payload.currency].filter(Boolean).join(' '),
	addressOf(payload?.order_url),
];

/** A place to read, and to open on a map exactly. */
const wordsOfPlace = (place: { lat: number; long: number } | undefined) =>
	place
		? [
				`${place.lat.toFixed(2)}, ${place.long.toFixed(2)}`,
				`https://www.google.com/maps/search/?api=1&query=${place.lat},${place.long}`,
			]
		: [];

/** The name under which a file was sent, which its address ends with. */
function fileName(address: string | undefined): string | undefined {
	if (address === undefined || !URL.canParse(address)) return undefined;
	const last = new URL(address).pathname.split('/').at(-1) ?? '';
	try {
		return cutText(cleanText(decodeURIComponent(last)), 200);
	} catch {
		return cutText(last, 200);
	}
}

/** The page that a link leads to; Facebook puts its own address before those of others. */
function addressOf(address: string | undefined): string | undefined {
	if (address === undefined || !URL.canParse(address)) return undefined;
	const url = new URL(address);
	if (!['http:', 'https:'].includes(url.protocol)) return undefined;
	const isRedirect =
		/^lm?\.(?:facebook|instagram|messenger)\.com$/.test(url.hostname) && url.pathname === '/l.php';
	const target = isRedirect ? url.searchParams.get('u') : null;
	return target !== null && /^https?:/i.test(target) ? target : address;
}

const clip = (text: string) => cleanText(text).trim().slice(0, MESSAGE_MAX_LENGTH).toWellFormed();

/** The button with which Facebook lets everybody begin; its payload is the page's own choice, its title Facebook's. */
const isGetStarted = ({ title = '', payload = '' }: { title?: string; payload?: string }) =>
	/^\s*get started\s*$/i.test(title) ||
	/^<?(?:get[_ -]?started|facebook[_ -]?welcome|welcome(?:[_ -]?message)?\b)/i.test(payload);

/** Where the visitor comes from, as it is kept with the chat session. */
export function attribution(referral: Referral): VisitorContext {
	if (!referral) return {};
	const short = (text: string | undefined, most: number) =>
		text === undefined ? undefined : cleanText(text).slice(0, most).toWellFormed();
	const isAd = referral.source === 'ADS' || referral.ad_id !== undefined;
	return {
		utm_source: 'facebook',
		utm_medium: isAd ? 'ad' : 'messenger',
		ad_id: short(referral.ad_id, 200),
		ad_title: short(referral.ads_context_data?.ad_title, 300),
		messenger_ref: short(referral.ref, 300),
		messenger_product: short(referral.product?.id ?? referral.ads_context_data?.product_id, 200),
	};
}
