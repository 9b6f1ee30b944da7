/** What a reader takes for one letter: an emoji family, a letter with its accents. Older browsers take code points. */
const letters: (text: string) => string[] =
	typeof Intl.Segmenter === 'function'
		? (text) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
		: (text) => [...text];

/** The first letters of the first and the last word of a name. */
export function initials(name: string): string {
	const words = name.split(/\s+/).filter(Boolean);
	return [words[0], words.length > 1 ? words.at(-1) : undefined]
		.map((word = '') => letters(word)[0] ?? '')
		.join('')
		.toUpperCase();
}
