/** Returns lowercase words separated by single spaces, without punctuation and accents, for comparing phrases. */
export const normalize = (text: string): string =>
	removeAccents(text)
		.toLowerCase()
		.replace(/[\u2018\u2019\u02bc`´]/g, "'")
		.replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ')
		.trim();

/** Removes marks that many people don't type: accents, Arabic vowel signs and hamzas. */
export const removeAccents = (text: string): string =>
	text
		.normalize('NFKD')
		.replace(/[\u0300-\u036f]|\u0640|[\u064b-\u065f]|\u0670/g, '')
		.replaceAll('ß', 'ss')
		.replaceAll('ى', 'ي')
		.normalize('NFC');

/** Returns whether a text contains a phrase as whole words; both must be normalized. */
export const hasPhrase = (text: string, phrase: string) =>
	phrase !== '' && ` ${text} `.includes(` ${phrase} `);

/** Collapses runs of whitespace to single spaces, so that texts compare equal regardless of formatting. */
export const collapseWhitespace = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Truncates a text to at most `length` UTF-16 code units without splitting a surrogate pair. */
export const shorten = (text: string, length: number) =>
	text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/**
 * Truncates a text to at most `length` UTF-16 code units. Comparisons decompose texts, which can turn one character into
 * eighteen; a text that would grow too long is normalized with NFKC and truncated again.
 */
export function cleanInput(text: string, length: number): string {
	const cut = shorten(text, length);
	const isLong = cut.normalize('NFKD').length > 2 * length;
	return isLong ? shorten(cut.normalize('NFKC'), length) : cut;
}

/** Returns whether two words differ by at most one typo: a replaced, missing or extra letter, or two swapped ones. */
export function isWithinOneTypo(a: string, b: string): boolean {
	if (Math.abs(a.length - b.length) > 1) return false;
	let start = 0;
	while (start < a.length && a[start] === b[start]) start++;
	const restOfA = a.slice(start);
	const restOfB = b.slice(start);
	const isSwapped = restOfA[0] === restOfB[1] && restOfA[1] === restOfB[0];
	return (
		restOfA.slice(1) === restOfB.slice(1) ||
		restOfA.slice(1) === restOfB ||
		restOfA === restOfB.slice(1) ||
		(isSwapped && restOfA.slice(2) === restOfB.slice(2))
	);
}
