import { cleanText, MESSAGE_MAX_LENGTH } from '#lib/contract/text.ts';
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

/** Marks the payloads of our own quick replies: what follows is the whole option, of which the title may be cut. */
export const OPTION = 'option:';

/** What the visitor said, attachments in words; empty when it is nothing that can be read. */
export function wordsOf({ message, postback }: Item): string {
	if (postback) return isGetStarted(postback.payload) ? '' : clip(postback.title ?? '');
	const payload = message?.quick_reply?.payload;
	if (payload?.startsWith(OPTION)) return clip(payload.slice(OPTION.length));
	const given = message?.attachments ?? [];
	const { sticker_id } = message ?? {};
	const attachments =
		given.length === 0 && sticker_id !== undefined
			? [{ type: 'sticker', payload: { sticker_id } }]
			: given;
	const sent = withoutTwins(attachments).map((one) => wordsOfAttachment(one, message?.text ?? ''));
	return clip([message?.text ?? '', ...sent].filter(Boolean).join('\n'));
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
	const { type, payload } = attachment;
	if (payload?.sticker_id !== undefined) {
		return THUMBS.has(payload.sticker_id) ? '👍' : '[sent a sticker]';
	}
	const address = MEDIA.has(type) ? undefined : addressOf(attachment.url ?? payload?.url);
	const what =
		type === 'fallback' && address === undefined
			? 'an attachment'
			: payload?.product
				? KINDS['product']
				: Object.hasOwn(KINDS, type)
					? KINDS[type]
					: 'an attachment';
	const cards = payload?.product?.elements ?? payload?.elements ?? [];
	const named = cards.flatMap(({ title, subtitle, url }) => {
		const words = [title, subtitle, addressOf(url)].filter(Boolean).join(', ');
		return words === '' ? [] : [words];
	});
	const place = payload?.coordinates;
	const details = [
		attachment.title ?? payload?.title ?? (named.length > 0 ? undefined : payload?.text),
		...named,
		// To read, and to open on a map exactly.
		place && `${place.lat.toFixed(2)}, ${place.long.toFixed(2)}`,
		place && `https://www.google.com/maps/search/?api=1&query=${place.lat},${place.long}`,
		address !== undefined && said.includes(address) ? undefined : address,
	].filter(Boolean);
	return `[sent ${what}${details.length > 0 ? `: ${details.join(' – ')}` : ''}]`;
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

/** The button with which Facebook lets everybody begin. */
const isGetStarted = (payload = '') => /^<?get[_ -]?started/i.test(payload);

/** Where the visitor comes from, as it is kept with the chat session. */
export function attribution(referral: Referral | null | undefined): VisitorContext {
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
	};
}
