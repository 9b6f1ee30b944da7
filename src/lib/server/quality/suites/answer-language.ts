import { loadLanguageDetector } from '../checks/unchecked.ts';

/** Answers with fewer letters are too short to identify their language. */
const MIN_LETTERS = 12;
/** The beginning is enough to identify the language. */
const MAX_LENGTH = 1_000;
/** Scripts that write words with few characters. */
const DENSE_SCRIPT = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/u;

/**
 * Returns the ISO 639-1 code of an answer's language, or null when it is too short or too mixed to tell. Addresses and numbers
 * are ignored.
 */
export async function detectAnswerLanguage(text: string): Promise<string | null> {
	const words = text
		.slice(0, MAX_LENGTH)
		.replace(/\S+[@/.]\S+/g, ' ')
		.replace(/[^\p{L}\p{M}'’\s]/gu, ' ');
	const letters = words.match(/\p{L}/gu)?.length ?? 0;
	if (letters < MIN_LETTERS && !DENSE_SCRIPT.test(words)) return null;
	const detect = await loadLanguageDetector();
	return detect(words)?.language ?? null;
}
