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

/** A string from outside, cleaned before its length is checked. */
export const cleanString = (max: number, min = 0) =>
	z.string().transform(cleanText).pipe(z.string().min(min).max(max));

/** The same without white space around it. */
export const trimmedString = (max: number, min = 1) =>
	z
		.string()
		.transform((text) => cleanText(text).trim())
		.pipe(z.string().min(min).max(max));

/** What a visitor or an agent writes: 1 to 4,000 characters after cleaning and trimming. */
export const messageText = trimmedString(MESSAGE_MAX_LENGTH);
