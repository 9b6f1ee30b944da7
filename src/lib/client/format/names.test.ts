import { expect, it } from 'vitest';
import type { Sender } from '#lib/contract/common.ts';
import { formatSpeakerPrefix, getBrowserName, getFirstName } from './names.ts';

it.each([
	['  Maya Hartmann ', 'Maya'],
	['山田太郎', '山田太郎'],
	['M'.repeat(200), undefined],
	['   ', undefined],
	[null, undefined],
])('finds the first name in %o', (visitor_name, firstName) => {
	expect(getFirstName({ visitor_name })).toBe(firstName);
});

it('prefixes the last message with its author', () => {
	const prefix = (sender: Sender, author: string | null) =>
		formatSpeakerPrefix({ sender, author }, 'Anna');
	expect(prefix('agent', 'Anna')).toBe('You: ');
	expect(prefix('agent', 'Ben')).toBe('Ben: ');
	expect(prefix('agent', null)).toBe('Team: ');
	expect(prefix('ai', null)).toBe('AI: ');
	expect(prefix('visitor', null)).toBe('');
});

it.each([
	[null, 'Unknown browser'],
	['curl/8.0', 'Unknown browser'],
	['Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox on Windows'],
	[
		'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36',
		'Chrome on Linux',
	],
	[
		'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
		'Edge on Windows',
	],
	[
		'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1',
		'Safari on iOS',
	],
])('%s is %s', (userAgent, name) => {
	expect(getBrowserName(userAgent)).toBe(name);
});
