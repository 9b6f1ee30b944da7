/** Lower case words with single spaces and nothing else: what phrases are compared in. */
export function plain(text: string): string {
	return text
		.normalize('NFKC')
		.toLowerCase()
		.replace(/[\u2018\u2019\u02bc`´]/g, "'")
		.replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ')
		.trim();
}

/** Whether a phrase stands in a text as whole words; both are plain. */
export const hasPhrase = (text: string, phrase: string) =>
	phrase !== '' && ` ${text} `.includes(` ${phrase} `);

/** Runs of white space as one space, so that texts compare however they were stored. */
export const squash = (text: string) => text.replace(/\s+/g, ' ').trim();

/** At most `length` UTF-16 units, never half of a character. */
export const shorten = (text: string, length: number) =>
	text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/** Whether two words differ by one letter at most: another, a missing, an extra or two swapped ones. */
export function isOneOff(a: string, b: string): boolean {
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
