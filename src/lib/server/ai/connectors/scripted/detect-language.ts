import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { LANGUAGES } from './languages/languages.ts';
import { normalize, cleanInput } from './normalize.ts';

const FREQUENT_WORDS = Object.entries(LANGUAGES).map(([language, { vocabulary }]) => ({
	language: language as WidgetLanguage,
	frequentWords: new Set(vocabulary.frequent.split('|').map(normalize)),
}));
const MAX_LENGTH = 2000;
const MIN_WORDS = 3;

/**
 * Returns the language of the newest message that reveals it: at least three frequent words of a language, and at least twice
 * as many as of any other. Short answers and names don't reveal a language.
 */
export function detectLanguage(messages: string[]): WidgetLanguage | undefined {
	return messages
		.toReversed()
		.map(detectInMessage)
		.find((language) => language !== undefined);
}

function detectInMessage(message: string): WidgetLanguage | undefined {
	const words = [...new Set(normalize(cleanInput(message, MAX_LENGTH)).split(' '))];
	const [best, second] = FREQUENT_WORDS.map(({ language, frequentWords }) => ({
		language,
		count: words.filter((word) => frequentWords.has(word)).length,
	})).toSorted((a, b) => b.count - a.count);
	if (!best || !second || best.count < MIN_WORDS || best.count < 2 * second.count) return undefined;
	return best.language;
}
