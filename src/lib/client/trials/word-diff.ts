/** A run of words, and whether the other text has it, too. */
export interface Piece {
	text: string;
	isSame: boolean;
}

/** Longer texts are not compared word by word: they count as different as a whole. */
const MOST_WORDS = 600;

/** Both texts in pieces, by the longest run of words that they share in order. */
export function wordDiff(then: string, now: string): [then: Piece[], now: Piece[]] {
	const a = wordsOf(then);
	const b = wordsOf(now);
	if (a.length > MOST_WORDS || b.length > MOST_WORDS) {
		const isSame = then === now;
		return [[{ text: then, isSame }], [{ text: now, isSame }]];
	}
	const lengths = sharedLengths(a, b);
	const at = (i: number, j: number) => lengths[i * (b.length + 1) + j] ?? 0;
	const pieces: [Piece[], Piece[]] = [[], []];
	let [i, j] = [0, 0];
	while (i < a.length || j < b.length) {
		const [one, other] = [a[i], b[j]];
		if (one !== undefined && other !== undefined && one.trim() === other.trim()) {
			add(pieces[0], one, true);
			add(pieces[1], other, true);
			i += 1;
			j += 1;
		} else if (one !== undefined && (other === undefined || at(i + 1, j) >= at(i, j + 1))) {
			add(pieces[0], one, false);
			i += 1;
		} else if (other !== undefined) {
			add(pieces[1], other, false);
			j += 1;
		}
	}
	return pieces;
}

/** Whether at least half of the shorter text is in the other: only then do marks on words tell something. */
export function areAlike(then: readonly Piece[], now: readonly Piece[]): boolean {
	const lengthOf = (pieces: readonly Piece[]) =>
		pieces.reduce((sum, { text }) => sum + text.length, 0);
	const same = lengthOf(then.filter(({ isSame }) => isSame));
	return same * 2 >= Math.min(lengthOf(then), lengthOf(now));
}

/** Words with the white space that follows them. */
const wordsOf = (text: string) => text.match(/\S+\s*/g) ?? [];

/** How many words the texts share in order, from each pair of places on. */
function sharedLengths(a: string[], b: string[]): Uint16Array {
	const width = b.length + 1;
	const lengths = new Uint16Array((a.length + 1) * width);
	for (let i = a.length - 1; i >= 0; i -= 1) {
		for (let j = b.length - 1; j >= 0; j -= 1) {
			const isSame = a[i]?.trim() === b[j]?.trim();
			const below = lengths[(i + 1) * width + j] ?? 0;
			const right = lengths[i * width + j + 1] ?? 0;
			const across = lengths[(i + 1) * width + j + 1] ?? 0;
			lengths[i * width + j] = isSame ? across + 1 : Math.max(below, right);
		}
	}
	return lengths;
}

function add(pieces: Piece[], text: string, isSame: boolean): void {
	const last = pieces.at(-1);
	if (last?.isSame === isSame) last.text += text;
	else pieces.push({ text, isSame });
}
