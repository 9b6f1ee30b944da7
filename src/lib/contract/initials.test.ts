import { expect, test } from 'vitest';
import { initials } from './initials.ts';

test.each([
	['Ada Lovelace', 'AL'],
	['ada king lovelace', 'AL'],
	['Zoë', 'Z'],
	['👩‍👩‍👧‍👦 Family', '👩‍👩‍👧‍👦F'],
	['🇩🇪', '🇩🇪'],
	['e\u0301mile zola', 'E\u0301Z'],
	['नि शर्मा', 'निश'],
	['  ', ''],
])('the initials of %j are %j', (name, letters) => {
	expect(initials(name)).toBe(letters);
});
