import { z } from 'zod';
import { MESSAGE_MAX_LENGTH } from './constants.ts';

export const pluralize = (count: number | bigint, noun: string) =>
	`${count} ${noun}${Number(count) === 1 ? '' : 's'}`;

/** Returns an actionable message for a length or size limit. Other issues keep zod's message. */
function getLimitMessage(issue: z.core.$ZodRawIssue): string | undefined {
	if (issue.code !== 'too_small' && issue.code !== 'too_big') return undefined;
	const unit =
		issue.origin === 'string' ? 'character' : issue.origin === 'array' ? 'item' : undefined;
	if (!unit || issue.exact) return undefined;
	if (issue.code === 'too_big') return `use at most ${pluralize(issue.maximum, unit)}`;
	if (Number(issue.minimum) > 1) return `use at least ${pluralize(issue.minimum, unit)}`;
	return unit === 'character' ? 'fill this in' : 'choose at least one';
}

// Set here because all contracts with text import this module, so that zod is configured before it parses them.
z.config({ customError: getLimitMessage });

// Control characters except newline and tab. Postgres cannot store U+0000.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/**
 * Returns text that every layer can store and compare: NFC, so that equal words compare equal; no control characters; lone
 * surrogates replaced by U+FFFD; `\n` for `\r\n`.
 */
export function cleanText(text: string): string {
	return text.replace(/\r\n?/g, '\n').toWellFormed().replace(CONTROL, '').normalize('NFC');
}

/** Returns whether a text has visible characters, not only whitespace, zero-width characters, direction marks or fillers. */
export const hasVisibleText = (text: string) =>
	/[^\s\p{Cf}\p{Cc}\p{Variation_Selector}\u034f\u115f\u1160\u2800\u3164\uffa0]/u.test(text);

/** Text from a client, cleaned before its length is checked. */
export const cleanString = (max: number, min = 0) =>
	z.string().transform(cleanText).pipe(z.string().min(min).max(max));

/** Truncates a text without splitting a surrogate pair. */
export function truncateText(text: string, max: number): string {
	if (text.length <= max) return text;
	return text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

/** Truncates a URL without splitting an escaped character, so that it stays a valid URL. */
export function truncateUrl(url: string, max: number): string {
	if (url.length <= max) return url;
	const cut = truncateText(url, max).replace(/%[\da-f]?$/i, '');
	const [escapes = ''] = /(?:%[\da-f]{2}){0,4}$/i.exec(cut) ?? [];
	// The escaped bytes of an incomplete last character.
	const partial =
		/%(?:[cd][\da-f]|e[\da-f](?:%[89ab][\da-f])?|f[\da-f](?:%[89ab][\da-f]){0,2})$/i.exec(escapes);
	return partial ? cut.slice(0, -partial[0].length) : cut;
}

/** Text from a client that is truncated if too long, because the sender cannot shorten it. */
export const truncatedString = (max: number) =>
	z.string().overwrite((text) => truncateText(cleanText(text), max));
export const truncatedUrlString = (max: number) =>
	z.string().overwrite((url) => truncateUrl(cleanText(url), max));

/** Text from a client, cleaned and trimmed before its length is checked. */
export const trimmedString = (max: number, min = 1) =>
	z
		.string()
		.transform((text) => cleanText(text).trim())
		.pipe(z.string().min(min).max(max));

/** Like `trimmedString`, for workflows, which send a text of digits as a number. */
export const trimmedStringOrNumber = (max: number, min = 1) =>
	z.union([z.string(), z.number()]).transform(String).pipe(trimmedString(max, min));

/** A message from a visitor or agent: 1 to 4,000 characters after cleaning and trimming, at least one of them visible. */
export const messageText = z
	.string()
	.transform((text) => (hasVisibleText(text) ? cleanText(text).trim() : ''))
	.pipe(z.string().min(1).max(MESSAGE_MAX_LENGTH));
