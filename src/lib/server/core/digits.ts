const DIGIT = /\p{Nd}/u;

/** Replaces the digits of every script with 0 to 9. */
export const withPlainDigits = (text: string) => text.replace(/\p{Nd}/gu, digitOf);

/** Returns a digit of any script as 0 to 9. Unicode encodes the digits of a script consecutively, zero first. */
export function digitOf(character: string): string {
	const compatible = character.normalize('NFKC');
	if (/^\d$/.test(compatible)) return compatible;
	const code = character.codePointAt(0) ?? 0;
	let zero = code;
	while (zero > code - 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
	return String(code - zero);
}
