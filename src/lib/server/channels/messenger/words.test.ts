import { describe, expect, it } from 'vitest';
import { readConfig } from '#lib/server/core/config.ts';
import { plainText } from './plain-text';
import { PART_LENGTH, split } from './split';
import { attribution, wordsOf } from './words';

const from = { sender: { id: '1' }, recipient: { id: '2' } };
const withoutSpace = (text: string) => text.replace(/\s/g, '');

describe('splitting', () => {
	it('cuts after sentences, loses nothing and is never too long', () => {
		const text = 'This is one sentence of several words. '.repeat(200);
		const parts = split(text);
		expect(parts.length).toBe(4);
		for (const part of parts) {
			expect(part.length).toBeLessThanOrEqual(PART_LENGTH);
			expect(part).toMatch(/^This.*\.$/);
		}
		expect(withoutSpace(parts.join(''))).toBe(withoutSpace(text));
	});
	it('cuts words that never end, but no sign in two', () => {
		const text = `a${'😀'.repeat(3000)}`;
		const parts = split(text);
		expect(parts.join('')).toBe(text);
		for (const part of parts) expect(part.isWellFormed()).toBe(true);
	});
	it('keeps a short text whole, and makes nothing of nothing', () => {
		expect(split(' Hello there. ')).toEqual(['Hello there.']);
		expect(split('  ')).toEqual([]);
	});
});

describe('words', () => {
	it('puts attachments in words, also without a payload and of unknown kinds', () => {
		const attachments = [
			{ type: 'image' },
			{ type: 'fallback', title: 'A page' },
			{ type: '__proto__' },
		];
		expect(wordsOf({ ...from, message: { mid: 'm', text: 'See:', attachments } })).toBe(
			'See:\n[sent a picture]\n[sent an attachment: A page]\n[sent an attachment]',
		);
	});
	it('reads the whole option of a quick reply whose title was cut', () => {
		const quick_reply = { payload: 'option:Something much longer than a title' };
		expect(
			wordsOf({ ...from, message: { mid: 'm', text: 'Something much long…', quick_reply } }),
		).toBe('Something much longer than a title');
	});
	it('takes a button by its title, and Get Started for silence', () => {
		expect(wordsOf({ ...from, postback: { title: 'Prices', payload: 'PRICES' } })).toBe('Prices');
		expect(wordsOf({ ...from, postback: { title: 'Get Started', payload: 'GET_STARTED' } })).toBe(
			'',
		);
	});
	it('keeps where an ad led from', () => {
		const context = attribution({
			source: 'ADS',
			ad_id: '9',
			ads_context_data: { ad_title: 'Brakes' },
		});
		expect(context).toMatchObject({ utm_medium: 'ad', ad_id: '9', ad_title: 'Brakes' });
	});
	it('takes Markdown away and leaves words and addresses', () => {
		expect(
			plainText('## Prices\n**Oil** is *cheap*: [see](https://x.test/a_b_c)\n- one\n- 2 * 3 * 4'),
		).toBe('Prices\nOil is cheap: see (https://x.test/a_b_c)\n• one\n• 2 * 3 * 4');
	});
});

describe('the environment', () => {
	it('has all of the channel or none, and names what is missing', () => {
		expect(readConfig({}).messenger).toBeUndefined();
		expect(() => readConfig({ MESSENGER_VERIFY_TOKEN: 'a verify token' })).toThrow(
			/MESSENGER_APP_SECRET is needed[^]*MESSENGER_PAGE_TOKEN is needed/,
		);
	});
});
