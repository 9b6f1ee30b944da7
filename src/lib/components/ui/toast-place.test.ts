import { describe, expect, it } from 'vitest';
import { findClearBottom } from './toast-place.ts';

const SPACE = { left: 1000, right: 1400, height: 50, windowHeight: 900, margin: 16 };
const at = (top: number, height: number, left = 1000, width = 400) => ({
	left,
	right: left + width,
	top,
	bottom: top + height,
});

describe('toasts', () => {
	it('stay at the bottom if nothing is in the way', () => {
		expect(findClearBottom([], SPACE)).toBe(16);
		expect(findClearBottom([at(840, 60, 0, 900), at(100, 60)], SPACE)).toBe(16);
	});

	it('move above elements that they would cover', () => {
		expect(findClearBottom([at(840, 60)], SPACE)).toBe(68);
		expect(findClearBottom([at(780, 30), at(840, 60)], SPACE)).toBe(128);
	});

	it('use a gap that is large enough', () => {
		expect(findClearBottom([at(600, 30), at(840, 60)], SPACE)).toBe(68);
	});

	it('have no free position in a full window', () => {
		const rows = Array.from({ length: 20 }, (_, row) => at(row * 45, 44));
		expect(findClearBottom(rows, SPACE)).toBeUndefined();
	});
});
