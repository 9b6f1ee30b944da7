import { z } from 'zod';
import './faults.ts';

/** The longest message, in UTF-16 code units as a browser's maxlength counts them. */
export const MESSAGE_MAX_LENGTH = 4000;

// Control characters but newline and tab; Postgres cannot store U+0000 at all.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/**
 * Text that every layer can store and compare: NFC, so that the same word is the same text whichever keyboard wrote it; no
 * control characters, lone surrogates replaced by U+FFFD, `\r\n` as `\n`.
 */
export function cleanText(text: string): string {
	return text.replace(/\r\n?/g, '\n').toWellFormed().replace(CONTROL, '').normalize('NFC');
}

/** Whether anything of a text can be seen: not only spaces, zero width and direction marks, or fillers. */
export const hasVisible = (text: string) =>
	/[^\s\p{Cf}\p{Cc}\p{Variation_Selector}\u034f\u115f\u1160\u2800\u3164\uffa0]/u.test(text);

/** A string from outside, cleaned before its length is checked. */
export const cleanString = (max: number, min = 0) =>
	z.string().transform(cleanText).pipe(z.string().min(min).max(max));

/** The beginning of a text that is too long, never half a character. */
export function cutText(text: string, max: number): string {
	if (text.length <= max) return text;
	return text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

/** The beginning of a URL that is too long, never half an escape: it stays a URL, and its parameters readable. */
export function cutUrl(url: string, max: number): string {
	if (url.length <= max) return url;
	const cut = cutText(url, max).replace(/%[\da-f]?$/i, '');
	const [escapes = ''] = /(?:%[\da-f]{2}){0,4}$/i.exec(cut) ?? [];
	// The bytes of the last character, as far as they came.
	const partial =
		/%(?:[cd][\da-f]|e[\da-f](?:%[89ab][\da-f])?|f[\da-f](?:%[89ab][\da-f]){0,2})$/i.exec(escapes);
	return partial ? cut.slice(0, -partial[0].length) : cut;
}

/** A string from outside that is cut where it is too long, as its sender cannot shorten it. */
export const cutString = (max: number) =>
	z.string().overwrite((text) => cutText(cleanText(text), max));
export const cutUrlString = (max: number) =>
	z.string().overwrite((url) => cutUrl(cleanText(url), max));

/** The same without white space around it. */
export const trimmedString = (max: number, min = 1) =>
	z
		.string()
		.transform((text) => cleanText(text).trim())
		.pipe(z.string().min(min).max(max));

/** What a visitor or an agent writes: 1 to 4,000 characters after cleaning and trimming, not all of them invisible. */
export const messageText = z
	.string()
	.transform((text) => (hasVisible(text) ? cleanText(text).trim() : ''))
	.pipe(z.string().min(1).max(MESSAGE_MAX_LENGTH));
