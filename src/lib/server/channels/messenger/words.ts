import { cleanText, MESSAGE_MAX_LENGTH } from '#lib/contract/text.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Item, Referral } from './envelope';

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
	appointment_booking: 'an appointment',
};

/** Marks the payloads of our own quick replies: what follows is the whole option, of which the title may be cut. */
export const OPTION = 'option:';

/** What the visitor said, attachments in words; empty when it is nothing that can be read. */
export function wordsOf({ message, postback }: Item): string {
	if (postback) return isGetStarted(postback.payload) ? '' : clip(postback.title ?? '');
	const payload = message?.quick_reply?.payload;
	if (payload?.startsWith(OPTION)) return clip(payload.slice(OPTION.length));
	const sent = (message?.attachments ?? []).map(({ type, title }) => {
		const what = Object.hasOwn(KINDS, type) ? KINDS[type] : 'an attachment';
		return `[sent ${what}${title ? `: ${title}` : ''}]`;
	});
	return clip([message?.text ?? '', ...sent].filter(Boolean).join('\n'));
}

const clip = (text: string) => cleanText(text).trim().slice(0, MESSAGE_MAX_LENGTH).toWellFormed();

/** The button with which Facebook lets everybody begin. */
const isGetStarted = (payload = '') => /^<?get[_ -]?started/i.test(payload);

/** Where the visitor comes from, as it is kept with the chat session. */
export function attribution(referral: Referral | undefined): VisitorContext {
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
