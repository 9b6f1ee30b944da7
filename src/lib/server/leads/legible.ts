import { digitOf } from '../core/digits.ts';

/** A text as people see it, for finding values in it. */
export interface Legible {
	text: string;
	/** Where the signs from `start` to before `end` stand in the original. */
	placeOf(start: number, end: number): { start: number; end: number };
}

/** Zero width, direction and other invisible marks, soft hyphens, variation selectors. */
const INVISIBLE = /\p{Cf}|\p{Variation_Selector}|\u034f|\u115f|\u1160/u;
const SPACE = /[\p{Zs}\u2800\u3164]/u;
const DIGIT = /\p{Nd}/u;
const DASH = /[\p{Pd}\u2212\u02d7\u00b7\u2022\u2027\u2219\u22c5]/u;

/** Drops invisible marks and writes digits of any script, wide letters, dashes and spaces as their ASCII forms. */
export function toLegible(text: string): Legible {
	let plain = '';
	const starts: number[] = [];
	const ends: number[] = [];
	let index = 0;
	for (const sign of text) {
		const seen = sign <= '\u007f' ? sign : asAscii(sign);
		for (let unit = 0; unit < seen.length; unit++) {
			starts.push(index);
			ends.push(index + sign.length);
		}
		plain += seen;
		index += sign.length;
	}
	return {
		text: plain,
		placeOf: (start, end) => ({ start: starts[start] ?? index, end: ends[end - 1] ?? index }),
	};
}

function asAscii(sign: string): string {
	if (INVISIBLE.test(sign)) return '';
	if (SPACE.test(sign)) return ' ';
	if (DIGIT.test(sign)) return digitOf(sign);
	if (DASH.test(sign)) return '-';
	const isWide = (sign >= '\uff01' && sign <= '\uff5e') || sign === '\ufe6b';
	return isWide ? sign.normalize('NFKC') : sign;
}

/** Without the invisible marks around a value, and inside it without those that join no letters. */
export const withoutInvisible = (text: string) =>
	text
		// Persian words and emoji are held together by joiners.
		.replace(/(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}/gu, '')
		.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');
