import { describe, expect, it } from 'vitest';
import { readConfig } from '#lib/server/core/config.ts';
import { MAX_PART_LENGTH, toPlainText, splitIntoParts } from './subscribe.ts';
import { parseBatch } from './envelope.ts';
import { toAttribution, toMessageText } from './message-text.ts';

const from = { sender: { id: '1' }, recipient: { id: '2' } };
const removeWhitespace = (text: string) => text.replace(/\s/g, '');

describe('splitIntoParts', () => {
	it('splits after sentences, loses nothing and never exceeds the maximum length', () => {
		const text = 'This is one sentence of several words. '.repeat(200);
		const parts = splitIntoParts(text);
		expect(parts.length).toBe(4);
		for (const part of parts) {
			expect(part.length).toBeLessThanOrEqual(MAX_PART_LENGTH);
			expect(part).toMatch(/^This.*\.$/);
		}
		expect(removeWhitespace(parts.join(''))).toBe(removeWhitespace(text));
	});
	it('splits a word that is too long, but never a surrogate pair', () => {
		const text = `a${'😀'.repeat(3000)}`;
		const parts = splitIntoParts(text);
		expect(parts.join('')).toBe(text);
		for (const part of parts) expect(part.isWellFormed()).toBe(true);
	});
	it('keeps a short text in one part, and returns no parts for blank text', () => {
		expect(splitIntoParts(' Hello there. ')).toEqual(['Hello there.']);
		expect(splitIntoParts('  ')).toEqual([]);
	});
});

describe('toMessageText', () => {
	it('describes attachments, including those without a payload or of an unknown type', () => {
		const attachments = [
			{ type: 'image' },
			{ type: 'fallback', title: 'A page' },
			{ type: '__proto__' },
		];
		expect(toMessageText({ ...from, message: { mid: 'm', text: 'See:', attachments } })).toBe(
			'See:\n[sent a picture]\n[sent an attachment: A page]\n[sent an attachment]',
		);
	});
	it('returns the full option of a quick reply whose title was truncated', () => {
		const quick_reply = { payload: 'option:Something much longer than a title' };
		expect(
			toMessageText({ ...from, message: { mid: 'm', text: 'Something much long…', quick_reply } }),
		).toBe('Something much longer than a title');
	});
	it('returns a button’s title', () => {
		expect(toMessageText({ ...from, postback: { title: 'Prices', payload: 'PRICES' } })).toBe(
			'Prices',
		);
	});
	it.each([
		{ title: 'Get Started', payload: 'GET_STARTED' },
		// https://github.com/botpress/botpress-messenger/issues/16
		{ title: 'Get Started', payload: 'onboard#new_thread' },
		{ title: 'Los geht’s', payload: 'FACEBOOK_WELCOME' },
		{ title: 'Empezar', payload: '<GET_STARTED_PAYLOAD>' },
		{ payload: 'get started' },
	])('ignores Get Started: $title $payload', (postback) => {
		expect(toMessageText({ ...from, postback })).toBe('');
	});
	it.each([
		['What does a roof cost?', 'What does a roof cost?'],
		['SHOW_PRICES', '[pressed a button: SHOW_PRICES]'],
		['{"action":"prices"}', '[pressed a button]'],
		['', ''],
	])('returns the payload of a button without a title: %s', (payload, text) => {
		expect(toMessageText({ ...from, postback: { payload } })).toBe(text);
	});
});

describe('toAttribution', () => {
	it('returns the ad of a referral', () => {
		const context = toAttribution({
			source: 'ADS',
			ad_id: '9',
			ads_context_data: { ad_title: 'Brakes' },
		});
		expect(context).toMatchObject({ utm_medium: 'ad', ad_id: '9', ad_title: 'Brakes' });
	});
});

describe('toPlainText', () => {
	it('turns a table into lines, and removes horizontal rules', () => {
		expect(toPlainText('One\n\n---\n| Roof | Price |\n| --- | --- |\n| Slate | **$4** |')).toBe(
			'One\n\nRoof · Price\nSlate · $4',
		);
	});
	it('removes Markdown and keeps text and URLs', () => {
		expect(
			toPlainText('## Prices\n**Oil** is *cheap*: [see](https://x.test/a_b_c)\n- one\n- 2 * 3 * 4'),
		).toBe('Prices\nOil is cheap: see (https://x.test/a_b_c)\n• one\n• 2 * 3 * 4');
	});
});

/** Messages as Facebook's webhook sends them, each with the expected text. */
const MESSAGES: [string, object, string][] = [
	// https://github.com/botman/botman/pull/411
	[
		'a link from another app',
		{
			text: 'Metal roof',
			attachments: [
				{
					title: 'Metal roofs',
					url: 'https://l.facebook.com/l.php?u=https%3A%2F%2Froofs.example%2Fmetal&h=AT0',
					type: 'fallback',
					payload: null,
				},
			],
		},
		'Metal roof\n[sent a link: Metal roofs – https://roofs.example/metal]',
	],
	// https://github.com/chatwoot/chatwoot/issues/4767
	[
		'a link alone',
		{ attachments: [{ title: 'Slate', url: 'https://roofs.example/slate', type: 'fallback' }] },
		'[sent a link: Slate – https://roofs.example/slate]',
	],
	// https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
	[
		'a link as Facebook’s reference spells it',
		{
			attachments: [
				{ title: 'Slate', URL: 'https://roofs.example/slate', type: 'fallback', payload: null },
			],
		},
		'[sent a link: Slate – https://roofs.example/slate]',
	],
	[
		'a link that the text contains, too',
		{
			text: 'See https://roofs.example/slate',
			attachments: [{ title: 'Slate', url: 'https://roofs.example/slate', type: 'fallback' }],
		},
		'See https://roofs.example/slate\n[sent a link: Slate]',
	],
	[
		'a share',
		{
			attachments: [{ type: 'share', payload: { url: 'https://www.facebook.com/roofs/posts/1' } }],
		},
		'[sent a link: https://www.facebook.com/roofs/posts/1]',
	],
	// https://github.com/chatwoot/chatwoot/pull/14813
	[
		'a post',
		{
			attachments: [
				{
					type: 'post',
					payload: { url: 'https://www.facebook.com/roofs/posts/2', title: 'Our slate roofs' },
				},
			],
		},
		'[sent a post: Our slate roofs – https://www.facebook.com/roofs/posts/2]',
	],
	[
		'a reel',
		{
			attachments: [
				{
					type: 'reel',
					payload: {
						url: 'https://www.facebook.com/reel/3',
						title: 'A roof in a day',
						reel_video_id: 3,
					},
				},
			],
		},
		'[sent a reel: A roof in a day – https://www.facebook.com/reel/3]',
	],
	[
		'a product',
		{
			attachments: [
				{
					type: 'template',
					payload: {
						product: {
							elements: [
								{
									id: '1',
									image_url: 'https://x.example/1.png',
									title: 'Slate tile',
									subtitle: '$4',
								},
							],
						},
					},
				},
			],
		},
		'[sent a product: Slate tile, $4]',
	],
	[
		'a place',
		{
			attachments: [
				{
					type: 'location',
					title: 'Pinned Location',
					payload: { coordinates: { lat: 48.137, long: 11.5755 } },
				},
			],
		},
		'[sent a location: Pinned Location – 48.14, 11.58 – https://www.google.com/maps/search/?api=1&query=48.137,11.5755]',
	],
	// https://github.com/restfb/restfb/issues/594
	[
		'a thumbs-up',
		{
			sticker_id: 369239263222822,
			attachments: [
				{
					type: 'image',
					payload: { url: 'https://scontent.example/1.png', sticker_id: 369239263222822 },
				},
			],
		},
		'👍',
	],
	// https://github.com/chatwoot/chatwoot/pull/14793
	[
		'a sticker listed twice',
		{
			attachments: [
				{ type: 'image', payload: { url: 'https://x.example/7.png', sticker_id: 7 } },
				{ type: 'sticker', payload: { url: 'https://x.example/7.png', sticker_id: 7 } },
			],
		},
		'[sent a sticker]',
	],
	// https://github.com/rapidpro/rapidpro/issues/325
	[
		'an unavailable attachment',
		{ attachments: [{ type: 'fallback', payload: { title: 'Attachment Unavailable' } }] },
		'[sent an attachment: Attachment Unavailable]',
	],
	[
		'null instead of a text',
		{ text: null, attachments: [{ type: 'image', payload: { url: 'https://x.example/8.png' } }] },
		'[sent a picture]',
	],
	// https://github.com/messenger4j/messenger4j/issues/63
	[
		'a wave',
		{
			attachments: [
				{ title: 'Julie is waving at you!', url: null, type: 'fallback', payload: null },
			],
		},
		'[sent an attachment: Julie is waving at you!]',
	],
	// https://github.com/crisboarna/fb-messenger-bot-api/issues/63
	[
		'a picture and a link',
		{
			attachments: [
				{ type: 'image', payload: { url: 'https://x.example/9.png' } },
				{ type: 'fallback', title: 'Slate', url: 'https://roofs.example/slate', payload: null },
			],
		},
		'[sent a picture]\n[sent a link: Slate – https://roofs.example/slate]',
	],
	// https://github.com/chatwoot/chatwoot/pull/14554
	[
		'a link in the payload',
		{
			attachments: [
				{ type: 'fallback', payload: { url: 'https://roofs.example/tin', title: 'Tin' } },
			],
		},
		'[sent a link: Tin – https://roofs.example/tin]',
	],
	// https://github.com/airyhq/airy/pull/1818
	[
		'a media template',
		{
			attachments: [
				{
					type: 'template',
					payload: {
						template_type: 'media',
						elements: [{ media_type: 'video', url: 'https://www.facebook.com/roofs/videos/4' }],
					},
				},
			],
		},
		'[sent a card: https://www.facebook.com/roofs/videos/4]',
	],
	[
		'a place whose coordinates are text',
		{
			attachments: [
				{ type: 'location', payload: { coordinates: { lat: '48.137', long: '11.5755' } } },
			],
		},
		'[sent a location: 48.14, 11.58 – https://www.google.com/maps/search/?api=1&query=48.137,11.5755]',
	],
	[
		'a place with invalid coordinates',
		{
			text: 'Here',
			attachments: [{ type: 'location', payload: { coordinates: { lat: '', long: 'x' } } }],
		},
		'Here\n[sent a location]',
	],
	// https://github.com/messenger4j/messenger4j/issues/95
	[
		'a receipt',
		{
			attachments: [
				{
					type: 'template',
					title: 'Order confirmation',
					payload: {
						template_type: 'receipt',
						order_number: 12345678902,
						order_url: 'https://roofs.example/orders/12345678902',
						currency: 'USD',
						summary: { subtotal: 75, total_cost: 56.14 },
						elements: [{ title: 'Slate tile', subtitle: 'Dark gray', quantity: 2, price: 50 }],
					},
				},
			],
		},
		'[sent a receipt: Order confirmation – order 12345678902 – total 56.14 USD – https://roofs.example/orders/12345678902 – Slate tile, Dark gray]',
	],
	[
		'buttons',
		{
			attachments: [
				{
					type: 'template',
					payload: {
						template_type: 'button',
						text: 'What do you want to do next?',
						buttons: [
							{ type: 'web_url', url: 'https://roofs.example/book', title: 'Book a visit' },
							{ type: 'postback', title: 'Ask', payload: 'ASK' },
						],
					},
				},
			],
		},
		'[sent a message with buttons: What do you want to do next? – Book a visit: https://roofs.example/book – Ask]',
	],
	[
		'cards with buttons, one of them broken',
		{
			attachments: [
				{
					type: 'template',
					payload: {
						template_type: 'generic',
						elements: [
							{ title: 'Tin', buttons: [{ title: 'See', url: 'https://roofs.example/tin' }, 7] },
							'x',
							{ title: 'Slate', subtitle: null, buttons: {} },
							{ title: 'Zinc', default_action: { url: 'https://roofs.example/zinc' } },
						],
					},
				},
			],
		},
		'[sent a card: Tin, See: https://roofs.example/tin – Slate – Zinc, https://roofs.example/zinc]',
	],
	[
		'a file by its name',
		{
			attachments: [
				{
					type: 'file',
					payload: { url: 'https://cdn.fbsbx.com/v/t59.2708-21/1_n.pdf/Roof%20plan.pdf?_nc_cat=1' },
				},
			],
		},
		'[sent a file: Roof plan.pdf]',
	],
	[
		'an attachment without a type',
		{ attachments: [{ payload: { url: 'https://roofs.example/x' } }] },
		'[sent an attachment: https://roofs.example/x]',
	],
	// https://github.com/chatwoot/chatwoot/pull/5650
	[
		'an unsupported message',
		{ is_unsupported: true },
		'[sent something that Messenger does not forward]',
	],
	['a number instead of a text', { text: 48137 }, '48137'],
	// https://github.com/remixz/messenger-bot/issues/55
	[
		'a quick reply without its title',
		{ quick_reply: { payload: 'SHOW_PRICES' } },
		'[pressed a button: SHOW_PRICES]',
	],
	[
		'an invisible text with a picture',
		{ text: '\u200b\u2060', attachments: [{ type: 'image' }] },
		'[sent a picture]',
	],
	['an invisible text', { text: '\u200b\ufeff\u200d' }, ''],
	['a message whose id is an array', { mid: ['m'], text: 'Hi' }, 'Hi'],
	['a reply', { text: 'Yes, that one', reply_to: { mid: 'm_1' } }, 'Yes, that one'],
	[
		'malformed attachments',
		{ text: 'Hi', attachments: ['x', { type: 'image', payload: 'x' }] },
		'Hi\n[sent a picture]',
	],
];
const NOW = new Date('2026-11-29T00:00:00Z');
const parseEvent = (event: object) =>
	parseBatch({ object: 'page', entry: [{ id: '2', messaging: [{ ...from, ...event }] }] }, NOW);

describe('an event from Facebook', () => {
	it.each(MESSAGES)('becomes text: %s', (_, message, text) => {
		const [event] = parseEvent({ message: { mid: 'm', ...message } });
		expect(
			toMessageText(JSON.parse(event?.payload ?? '{}') as Parameters<typeof toMessageText>[0]),
		).toBe(text);
	});
	it.each([
		['a receipt', { read: { watermark: 1 } }],
		['a reaction', { reaction: { emoji: '❤', action: 'react', mid: 'm' } }],
		['an edit', { message_edit: { mid: 'm', text: 'Other words', num_edit: 1 } }],
		['an unsent message', { message: { mid: 'm', is_deleted: true } }],
		['thread control', { take_thread_control: { previous_owner_app_id: '1' } }],
	])('is ignored: %s', (_, event) => {
		expect(parseEvent(event)).toEqual([]);
	});
	it('accepts times in milliseconds, in seconds, as text or as ISO dates', () => {
		const at = Date.UTC(2026, 10, 28);
		for (const timestamp of [at, String(at), at / 1000, '2026-11-28T00:00:00+0000']) {
			const [event] = parseEvent({ timestamp, message: { mid: 'm', text: 'Hi' } });
			expect(event?.sent_at.getTime()).toBe(at);
		}
	});
	it('can refer to the product of a shop', () => {
		expect(toAttribution({ product: { id: '24' } })).toMatchObject({ messenger_product: '24' });
		const ads_context_data = { product_id: '25' };
		expect(toAttribution({ ad_id: '9', ads_context_data })).toMatchObject({
			messenger_product: '25',
		});
	});
	it('can refer to an ad without a ref', () => {
		const referral = {
			ref: null,
			ad_id: 6045246247433,
			source: 'ADS',
			ads_context_data: { ad_title: 'Roofs' },
		};
		const [event] = parseEvent({ message: { mid: 'm', text: 'Hi', referral } });
		expect(event?.payload).toContain('"ad_id":"6045246247433"');
	});
});

describe('readConfig', () => {
	it('requires both secrets of the channel or none, and names the missing one', () => {
		expect(readConfig({}).messenger).toBeUndefined();
		expect(() => readConfig({ MESSENGER_VERIFY_TOKEN: 'a verify token' })).toThrow(
			/MESSENGER_APP_SECRET is required with MESSENGER_VERIFY_TOKEN$/,
		);
	});
	it('does not require a server token, because pages can have their own', () => {
		const { messenger } = readConfig({
			MESSENGER_VERIFY_TOKEN: 'a verify token',
			MESSENGER_APP_SECRET: 'a secret',
		});
		expect(messenger).toMatchObject({ verifyToken: 'a verify token', pageToken: undefined });
	});
});
