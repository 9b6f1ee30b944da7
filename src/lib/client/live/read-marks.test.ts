import { expect, test } from 'vitest';
import { withMark } from './read-marks.svelte.ts';

test('the oldest marks give way, and what they marked stays read', () => {
	let marks = { through: 0, marks: {} as Record<string, number> };
	for (const id of [5, 9, 7]) marks = withMark(marks, `session_${id}`, id, 2);
	expect(marks).toEqual({ through: 5, marks: { session_9: 9, session_7: 7 } });
});
