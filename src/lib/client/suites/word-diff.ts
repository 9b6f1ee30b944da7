import { diffWordsWithSpace } from 'diff';

/** A sequence of words, and whether the other text contains it too. */
export interface DiffPiece {
	text: string;
	isSame: boolean;
}

/** Bounds the cost of the diff: texts that differ more count as entirely different. */
const MAX_EDITS = 300;

/** Splits both texts into shared and differing pieces, word by word. */
export function diffWords(then: string, now: string): [then: DiffPiece[], now: DiffPiece[]] {
	const changes = diffWordsWithSpace(then, now, { maxEditLength: MAX_EDITS });
	if (!changes) return [[{ text: then, isSame: false }], [{ text: now, isSame: false }]];
	const createPieces = (other: 'added' | 'removed', own: 'added' | 'removed') =>
		changes
			.filter((change) => !change[other])
			.map((change): DiffPiece => ({ text: change.value, isSame: !change[own] }));
	return [createPieces('added', 'removed'), createPieces('removed', 'added')];
}

/** Returns whether the texts share at least half of the shorter one; otherwise highlighting words is not helpful. */
export function isSimilar(then: readonly DiffPiece[], now: readonly DiffPiece[]): boolean {
	const countCharacters = (pieces: readonly DiffPiece[]) =>
		pieces.reduce((sum, { text }) => sum + text.length, 0);
	const sharedLength = countCharacters(then.filter(({ isSame }) => isSame));
	return sharedLength * 2 >= Math.min(countCharacters(then), countCharacters(now));
}
