import { MESSAGE_MAX_LENGTH } from '#lib/contract/constants.ts';
import { cleanText, truncateText, hasVisibleText } from '#lib/contract/text.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Attachment, Item, Referral } from './envelope.ts';

const ATTACHMENT_LABELS: Record<string, string> = {
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
	ephemeral: 'a disappearing picture',
	share: 'a link',
	fallback: 'a link',
	template: 'a card',
	product: 'a product',
	appointment_booking: 'an appointment',
};
/** Labels by `template_type`; other templates are cards. */
const TEMPLATE_LABELS: Record<string, string> = {
	button: 'a message with buttons',
	receipt: 'a receipt',
	product: 'a product',
	open_graph: 'a link',
	coupon: 'a coupon',
	customer_feedback: 'a survey',
	airline_boardingpass: 'a boarding pass',
	airline_itinerary: 'an itinerary',
};
const UNSUPPORTED = '[sent something that Messenger does not forward]';

/** The prefix of the payloads of Frontdesk's quick replies. The full option follows, because titles are shortened. */
export const OPTION_PREFIX = 'option:';

/** Returns a visitor's message as text, with attachments described; empty if it has no content. */
export function toMessageText({ message, postback }: Item): string {
	if (postback) return isGetStarted(postback) ? '' : toButtonText(postback);
	const payload = message?.quick_reply?.payload;
	if (payload?.startsWith(OPTION_PREFIX)) return clip(payload.slice(OPTION_PREFIX.length));
	const text = hasVisibleText(message?.text ?? '') ? (message?.text ?? '') : '';
	const listedAttachments = message?.attachments ?? [];
	const { sticker_id } = message ?? {};
	const attachments =
		listedAttachments.length === 0 && sticker_id !== undefined
			? [{ type: 'sticker', payload: { sticker_id } }]
			: listedAttachments;
	const descriptions = removeDuplicates(attachments).map((attachment) =>
		describeAttachment(attachment, text),
	);
	const result = clip([text, ...descriptions].filter(Boolean).join('\n'));
	if (result !== '') return result;
	if (message?.is_unsupported) return UNSUPPORTED;
	return payload === undefined ? '' : toButtonText({ payload });
}

/** Returns a button's title, or else its payload, which may be text or an identifier. */
function toButtonText({ title = '', payload = '' }: { title?: string; payload?: string }): string {
	if (hasVisibleText(title)) return clip(title);
	const text = clip(payload);
	if (text === '' || /^[[{]/.test(text)) return text && '[pressed a button]';
	return /\s|\P{ASCII}/u.test(text) ? text : clip(`[pressed a button: ${text}]`);
}

/** Sticker ids of the three sizes of Messenger's thumbs-up button. */
const THUMBS_UP_STICKERS = new Set(['369239263222822', '369239343222814', '369239383222810']);
/** Types of attachments whose URLs expire and therefore aren't included. */
const MEDIA_TYPES = new Set([
	'image',
	'audio',
	'video',
	'file',
	'sticker',
	'ephemeral',
	'story_mention',
]);

/** Removes duplicates: Messenger sends a sticker both as an image and as a sticker. */
function removeDuplicates(attachments: Attachment[]): Attachment[] {
	const seen = new Set<string>();
	return attachments.filter(({ type, payload }) => {
		const sticker = payload?.sticker_id ?? (type === 'sticker' ? payload?.url : undefined);
		if (sticker === undefined) return true;
		const isFirst = !seen.has(sticker);
		seen.add(sticker);
		return isFirst;
	});
}

function describeAttachment(attachment: Attachment, messageText: string): string {
	const { type = '', title, payload } = attachment;
	if (payload?.sticker_id !== undefined) {
		return THUMBS_UP_STICKERS.has(payload.sticker_id) ? '👍' : '[sent a sticker]';
	}
	const link = MEDIA_TYPES.has(type)
		? undefined
		: resolveLink(attachment.url ?? attachment.URL ?? payload?.url);
	const cards = (payload?.product?.elements ?? payload?.elements ?? []).map((card) =>
		[
			card.title,
			card.subtitle,
			resolveLink(card.url ?? card.default_action?.url),
			...describeButtons(card.buttons),
		]
			.filter(Boolean)
			.join(', '),
	);
	const cardTexts = cards.filter(Boolean);
	const details = [
		title ?? payload?.title ?? (cardTexts.length > 0 ? undefined : payload?.text),
		type === 'file' ? getFileName(payload?.url) : undefined,
		...describeOrder(payload),
		...cardTexts,
		...describeButtons(payload?.buttons),
		...describeLocation(payload?.coordinates),
		link !== undefined && messageText.includes(link) ? undefined : link,
	].filter(Boolean);
	const label = getAttachmentLabel(attachment, link);
	return `[sent ${label}${details.length > 0 ? `: ${details.join(' – ')}` : ''}]`;
}

function getAttachmentLabel({ type = '', payload }: Attachment, link: string | undefined): string {
	const unknown = 'an attachment';
	if (payload?.product) return 'a product';
	if (type === 'fallback' && link === undefined) return unknown;
	const template = payload?.template_type ?? '';
	if (Object.hasOwn(TEMPLATE_LABELS, template)) return TEMPLATE_LABELS[template] ?? unknown;
	return Object.hasOwn(ATTACHMENT_LABELS, type) ? (ATTACHMENT_LABELS[type] ?? unknown) : unknown;
}

const describeButtons = (buttons: { title?: string; url?: string }[] = []) =>
	buttons.map(({ title, url }) => [title, resolveLink(url)].filter(Boolean).join(': '));

const describeOrder = (payload: Attachment['payload']) => [
	payload?.order_number && `order ${payload.order_number}`,
	payload?.summary?.total_cost &&
		['total', payload.summary.total_cost, payload.currency].filter(Boolean).join(' '),
	resolveLink(payload?.order_url),
];

/** Returns rounded coordinates for reading, and a map link with the exact ones. */
const describeLocation = (location: { lat: number; long: number } | undefined) =>
	location
		? [
				`${location.lat.toFixed(2)}, ${location.long.toFixed(2)}`,
				`https://www.google.com/maps/search/?api=1&query=${location.lat},${location.long}`,
			]
		: [];

/** Returns a file's name from the end of its URL. */
function getFileName(link: string | undefined): string | undefined {
	if (link === undefined || !URL.canParse(link)) return undefined;
	const last = new URL(link).pathname.split('/').at(-1) ?? '';
	try {
		return truncateText(cleanText(decodeURIComponent(last)), 200);
	} catch {
		return truncateText(last, 200);
	}
}

/** Returns a link's target without Facebook's redirect; `undefined` unless it is http or https. */
function resolveLink(link: string | undefined): string | undefined {
	if (link === undefined || !URL.canParse(link)) return undefined;
	const url = new URL(link);
	if (!['http:', 'https:'].includes(url.protocol)) return undefined;
	const isRedirect =
		/^lm?\.(?:facebook|instagram|messenger)\.com$/.test(url.hostname) && url.pathname === '/l.php';
	const target = isRedirect ? url.searchParams.get('u') : null;
	return target !== null && /^https?:/i.test(target) ? target : link;
}

const clip = (text: string) => cleanText(text).trim().slice(0, MESSAGE_MAX_LENGTH).toWellFormed();

/** Returns whether a postback comes from the "Get Started" button: Facebook sets its title, the page its payload. */
const isGetStarted = ({ title = '', payload = '' }: { title?: string; payload?: string }) =>
	/^\s*get started\s*$/i.test(title) ||
	/^<?(?:get[_ -]?started|facebook[_ -]?welcome|welcome(?:[_ -]?message)?\b)/i.test(payload);

/** Returns the attribution of a referral, as stored with the chat session. */
export function toAttribution(referral: Referral): VisitorContext {
	if (!referral) return {};
	const truncate = (text: string | undefined, maxLength: number) =>
		text === undefined ? undefined : cleanText(text).slice(0, maxLength).toWellFormed();
	const isAd = referral.source === 'ADS' || referral.ad_id !== undefined;
	return {
		utm_source: 'facebook',
		utm_medium: isAd ? 'ad' : 'messenger',
		ad_id: truncate(referral.ad_id, 200),
		ad_title: truncate(referral.ads_context_data?.ad_title, 300),
		messenger_ref: truncate(referral.ref, 300),
		messenger_product: truncate(referral.product?.id ?? referral.ads_context_data?.product_id, 200),
	};
}
