import { describe, expect, it } from 'vitest';
import { accentTextOn, contrast, inkOn } from './accent';

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

describe('colours made from the accent of a site', () => {
	it('agree with WCAG', () => {
		expect(contrast('#ffffff', '#000000')).toBeCloseTo(21);
		expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
	});

	it.each(ACCENTS)('%s carries a text that can be read', (accent) => {
		expect(contrast(inkOn(accent), accent)).toBeGreaterThanOrEqual(4.5);
	});

	it.each(ACCENTS)('%s as text can be read on the light and the dark surface', (accent) => {
		for (const background of ['#ffffff', '#fafaf8', '#16191f', '#0f1115']) {
			expect(contrast(accentTextOn(background, accent), background)).toBeGreaterThanOrEqual(4.5);
		}
	});
});
