import { expect, test } from 'vitest';
import { aSession } from '../../../tests/support/contract-samples';
import { activityOf, shortUrl, speakerPrefix, webUrl } from './session-words';

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

test('activity is told newest first, with who answers now at its head', () => {
	const session = aSession(1, {
		ai_paused: true,
		assignee: { id: 7, name: 'Anna' },
		completed_at: '2026-11-23T10:00:00.000Z',
		completion_source: 'live',
	});
	expect(activityOf(session, []).map(({ text }) => text)).toEqual([
		'Anna is answering',
		'Completed by the AI',
		'Chat started',
	]);
});
