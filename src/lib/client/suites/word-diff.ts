import { diffWordsWithSpace } from 'diff';

/** A run of words, and whether the other text has it too. */
export interface Piece {
	text: string;
	isSame: boolean;
}

/** The effort of the diff is bounded: texts that differ more are compared as a whole. */
const MAX_EDITS = 300;

/** Splits both texts into shared and differing pieces, word by word. */
export function wordDiff(then: string, now: string): [then: Piece[], now: Piece[]] {
	const changes = diffWordsWithSpace(then, now, { maxEditLength: MAX_EDITS });
	if (!changes) return [[{ text: then, isSame: false }], [{ text: now, isSame: false }]];
	const pieces = (other: 'added' | 'removed', own: 'added' | 'removed') =>
		changes
			.filter((change) => !change[other])
			.map((change): Piece => ({ text: change.value, isSame: !change[own] }));
	return [pieces('added', 'removed'), pieces('removed', 'added')];
}

/** Whether at least half of the shorter text is in the other: only then are marked words helpful. */
export function areAlike(then: readonly Piece[], now: readonly Piece[]): boolean {
	const lengthOf = (pieces: readonly Piece[]) =>
		pieces.reduce((sum, { text }) => sum + text.length, 0);
	const same = lengthOf(then.filter(({ isSame }) => isSame));
	return same * 2 >= Math.min(lengthOf(then), lengthOf(now));
}
