import { describe, expect, it } from 'vitest';
import { accentTextOn, contrast, inkOn } from './accent.ts';

const ACCENTS = [
	'#0b6e5f',
	'#9a3e16',
	'#ffd400',
	'#ffffff',
	'#000000',
	'#7f7f7f',
	'#1f5fbf',
	'#ff00aa',
];

describe('colors made from the accent of a site', () => {
	it('agree with WCAG', () => {
		expect(contrast('#ffffff', '#000000')).toBeCloseTo(21);
		expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
	});

	it.each(ACCENTS)('%s carries a text that can be read', (accent) => {
		expect(contrast(inkOn(accent), accent)).toBeGreaterThanOrEqual(4.5);
	});

	it('can be read on every accent, and every accent as text on every surface of the widget', () => {
		const steps = Array.from({ length: 9 }, (_, at) => Math.min(255, at * 32));
		const all = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => [r, g, b])));
		const greys = Array.from({ length: 256 }, (_, part) => [part, part, part]);
		const hard = [...all, ...greys].map(
			(parts) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`,
		);
		const faults = hard.filter((accent) => {
			const light = accentTextOn('#f3f3ef', accent);
			const dark = accentTextOn('#1d2129', accent);
			const pairs = [
				[inkOn(accent), accent],
				...['#f3f3ef', '#fafaf8', '#ffffff'].map((surface) => [light, surface]),
				...['#1d2129', '#16191f', '#0f1115'].map((surface) => [dark, surface]),
			];
			return pairs.some(([text = '', surface = '']) => contrast(text, surface) < 4.5);
		});
		expect(faults).toEqual([]);
	});

	it.each(ACCENTS)('%s as text can be read on the light and the dark surface', (accent) => {
		for (const background of ['#ffffff', '#fafaf8', '#16191f', '#0f1115']) {
			expect(contrast(accentTextOn(background, accent), background)).toBeGreaterThanOrEqual(4.5);
		}
	});
});
