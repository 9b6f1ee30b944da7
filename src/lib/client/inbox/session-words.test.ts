import { expect, test } from 'vitest';
import { aSession } from '../../../../tests/support/contract-samples.ts';
import { shortUrl, speakerPrefix, webUrl } from './session-words.ts';

test('an address is shown without what every address has', () => {
	expect(shortUrl('https://www.hartmann.example/free-estimate?gclid=1#top')).toBe(
		'hartmann.example/free-estimate',
	);
	expect(shortUrl('not an address')).toBe('not an address');
});

test('only addresses of the web become links', () => {
	expect(webUrl('https://hartmann.example/a')).toBe('https://hartmann.example/a');
	expect(webUrl('javascript:alert(1)')).toBeUndefined();
	expect(webUrl('data:text/html,x')).toBeUndefined();
});

test('the last line says who wrote it', () => {
	const mine = aSession(1, { assignee: { id: 7, name: 'Anna' } });
	expect(speakerPrefix('agent', mine, 7)).toBe('You: ');
	expect(speakerPrefix('agent', mine, 8)).toBe('Anna: ');
	expect(speakerPrefix('ai', mine, 7)).toBe('AI: ');
	expect(speakerPrefix('visitor', mine, 7)).toBe('');
});
