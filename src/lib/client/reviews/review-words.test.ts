import { expect, test } from 'vitest';
import { startOfWeek } from './review-words';

test.each([
	[new Date(2026, 10, 23, 9), new Date(2026, 10, 23)],
	[new Date(2026, 10, 29, 23, 59), new Date(2026, 10, 23)],
	[new Date(2026, 2, 1, 12), new Date(2026, 1, 23)],
])('the week of %s begins on its Monday', (now, monday) => {
	expect(startOfWeek(now)).toEqual(monday);
});
