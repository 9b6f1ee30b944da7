import { describe, expect, it } from 'vitest';
import {
	compareFigures,
	createMoneyFormat,
	formatCount,
	formatDuration,
	formatMoney,
	formatShare,
} from './numbers.ts';

describe('figures', () => {
	it('have a unit and only significant digits', () => {
		expect(formatCount(12043)).toBe('12,043');
		expect(formatShare(0.384)).toBe('38%');
		expect(formatShare(0.025)).toBe('2.5%');
		expect(formatShare(0)).toBe('0%');
		expect(formatDuration(0)).toBe('0 s');
		expect(formatDuration(850)).toBe('850 ms');
		expect(formatDuration(1440)).toBe('1.4 s');
		expect(formatDuration(12 * 60_000)).toBe('12 min');
		expect(formatDuration(3.5 * 3_600_000)).toBe('3.5 h');
	});
});

describe('amounts', () => {
	it('have decimals only if they are not whole', () => {
		expect(formatMoney(42_576, 'EUR')).toBe('€42,576');
		expect(formatMoney(6471.5, 'EUR')).toBe('€6,471.50');
	});

	it('that are compared all have the same number of decimals', () => {
		const amounts = [42_576, 6471.5];
		expect(amounts.map(createMoneyFormat('EUR', amounts))).toEqual(['€42,576.00', '€6,471.50']);
		expect([42_576, 6471].map(createMoneyFormat('EUR', [42_576, 6471]))).toEqual([
			'€42,576',
			'€6,471',
		]);
		expect([1200, 990.4].map(createMoneyFormat('JPY', [1200, 990.4]))).toEqual(['¥1,200', '¥990']);
	});
});

describe('a change', () => {
	it('shows the amount, and whether it is an improvement', () => {
		expect(compareFigures(112, 100)).toEqual({ text: '+12%', direction: 'up', isGood: true });
		expect(compareFigures(50, 100)).toEqual({ text: '−50%', direction: 'down', isGood: false });
		expect(compareFigures(260, 100)?.text).toBe('2.6×');
		expect(compareFigures(900, 1000, { isLessBetter: true })?.isGood).toBe(true);
		expect(compareFigures(1001, 1000)?.text).toBe('about the same');
		expect(compareFigures(0.501, 0.5, { isShare: true })?.text).toBe('about the same');
		expect(compareFigures(5, 5)).toEqual({ text: 'no change', direction: 'same', isGood: null });
	});

	it('in shares is shown in points, and a change from zero as a number', () => {
		expect(compareFigures(0.42, 0.4, { isShare: true })?.text).toBe('+2 points');
		expect(compareFigures(3, 0)?.text).toBe('+3');
	});

	it('in small counts is shown as a number, not a percentage', () => {
		expect(compareFigures(7, 1, { isCount: true })?.text).toBe('+6');
		expect(compareFigures(1, 4, { isCount: true })?.text).toBe('−3');
		expect(compareFigures(45, 30, { isCount: true })?.text).toBe('+50%');
	});

	it('in shares and averages of few items is not shown', () => {
		const compare = (...samples: number[]) => compareFigures(0.15, 1, { isShare: true, samples });
		expect(compare(13, 1)).toBeUndefined();
		expect(compare(13, 200)).toBeUndefined();
		expect(compare(20, 200)?.text).toBe('−85 points');
	});

	it('is not shown when either value is unknown', () => {
		expect(compareFigures(null, 3)).toBeUndefined();
		expect(compareFigures(3, null)).toBeUndefined();
	});
});
