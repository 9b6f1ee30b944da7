const DIGIT = /\p{Nd}/u;

/** Replaces the digits of every script with 0 to 9. */
export const toPlainDigits = (text: string) => text.replace(/\p{Nd}/gu, toPlainDigit);

/** Returns a digit of any script as 0 to 9. Unicode encodes the digits of a script consecutively, zero first. */
function toPlainDigit(character: string): string {
	const compatible = character.normalize('NFKC');
	if (/^\d$/.test(compatible)) return compatible;
	const code = character.codePointAt(0) ?? 0;
	let zero = code;
	while (zero > code - 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
	return String(code - zero);
}

/** A text in a uniform notation, so that patterns can find values in it. */
interface NormalizedText {
	text: string;
	/** Maps a range of this text to the range in the original text. */
	toOriginalRange(start: number, end: number): { start: number; end: number };
}

/** Matches zero-width and direction marks, soft hyphens, variation selectors and the frames of keycap emoji. */
const INVISIBLE = /\p{Cf}|\p{Variation_Selector}|\u034f|\u20e3|\u115f|\u1160/u;
const SPACE = /[\p{Zs}\u2800\u3164]/u;
const DASH = /[\p{Pd}\u2212\u02d7\u00b7\u2022\u2027\u2219\u22c5]/u;

/** Drops invisible characters, and converts digits of any script, wide letters, dashes and spaces to ASCII. */
export function normalizeText(text: string): NormalizedText {
	let normalized = '';
	const starts: number[] = [];
	const ends: number[] = [];
	let index = 0;
	for (const character of text) {
		const ascii = character <= '\u007f' ? character : toAscii(character);
		for (let unit = 0; unit < ascii.length; unit++) {
			starts.push(index);
			ends.push(index + character.length);
		}
		normalized += ascii;
		index += character.length;
	}
	return {
		text: normalized,
		toOriginalRange: (start, end) => ({
			start: starts[start] ?? index,
			end: ends[end - 1] ?? index,
		}),
	};
}

function toAscii(character: string): string {
	if (INVISIBLE.test(character)) return '';
	if (SPACE.test(character)) return ' ';
	if (DIGIT.test(character)) return toPlainDigit(character);
	if (DASH.test(character)) return '-';
	const isWide =
		(character >= '\uff01' && character <= '\uff5e') || /[\ufe62\ufe6b]/.test(character);
	return isWide ? character.normalize('NFKC') : character;
}

/** Removes invisible characters around a value and, except for joiners, within it. */
export const stripInvisible = (text: string) =>
	text
		// Persian words and many emoji need their joiners.
		.replace(/(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}/gu, '')
		.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');

const ENTITIES: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** Escapes text for the content of an element or a quoted attribute. */
export const escapeHtml = (text: string) =>
	text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
