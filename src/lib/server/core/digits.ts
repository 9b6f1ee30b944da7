const DIGIT = /\p{Nd}/u;

/** The same text with the digits of every script as 0 to 9. */
export const withPlainDigits = (text: string) => text.replace(/\p{Nd}/gu, digitOf);

/** Unicode has the digits of a script in one row, the zero first. */
export function digitOf(sign: string): string {
	const compatible = sign.normalize('NFKC');
	if (/^\d$/.test(compatible)) return compatible;
	const code = sign.codePointAt(0) ?? 0;
	let zero = code;
	while (zero > code - 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
	return String(code - zero);
}
