import { describe, expect, it } from 'vitest';
import { getAccentTextColor, calculateContrast, getTextColorOn } from './accent.ts';

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

describe('colors derived from a site’s accent', () => {
	it('have the contrast that WCAG defines', () => {
		expect(calculateContrast('#ffffff', '#000000')).toBeCloseTo(21);
		expect(calculateContrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
	});

	it.each(ACCENTS)('text on %s is readable', (accent) => {
		expect(calculateContrast(getTextColorOn(accent), accent)).toBeGreaterThanOrEqual(4.5);
	});

	it('are readable on every accent, and as text on every surface of the widget', () => {
		const steps = Array.from({ length: 9 }, (_, step) => Math.min(255, step * 32));
		const all = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => [r, g, b])));
		const grays = Array.from({ length: 256 }, (_, part) => [part, part, part]);
		const accents = [...all, ...grays].map(
			(parts) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`,
		);
		const unreadable = accents.filter((accent) => {
			const light = getAccentTextColor('#f3f3ef', accent);
			const dark = getAccentTextColor('#1d2129', accent);
			const pairs = [
				[getTextColorOn(accent), accent],
				...['#f3f3ef', '#fafaf8', '#ffffff'].map((surface) => [light, surface]),
				...['#1d2129', '#16191f', '#0f1115'].map((surface) => [dark, surface]),
			];
			return pairs.some(([text = '', surface = '']) => calculateContrast(text, surface) < 4.5);
		});
		expect(unreadable).toEqual([]);
	});

	it.each(ACCENTS)('%s is readable as text on light and dark surfaces', (accent) => {
		for (const background of ['#ffffff', '#fafaf8', '#16191f', '#0f1115']) {
			expect(
				calculateContrast(getAccentTextColor(background, accent), background),
			).toBeGreaterThanOrEqual(4.5);
		}
	});
});
