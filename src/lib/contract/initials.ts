// Separate from text.ts because the widget imports this file and must not bundle zod.
/** Splits text into grapheme clusters, or into code points in older browsers. */
const graphemes: (text: string) => string[] =
	typeof globalThis.Intl?.Segmenter === 'function'
		? (text) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
		: (text) => [...text];

/** Returns the initials of the first and last word of a name. */
export function getInitials(name: string): string {
	const words = name.split(/\s+/).filter(Boolean);
	return [words[0], words.length > 1 ? words.at(-1) : undefined]
		.map((word = '') => graphemes(word)[0] ?? '')
		.join('')
		.toUpperCase();
}
