/** Matches the start of a new line: a sentence, a list item or another break. Lowercase words may belong to a path or a command. */
const LINE_START = /^[ \t]{0,8}(?:[\p{Lu}\p{Lo}\p{N}\p{Extended_Pictographic}*#•>–-]|\\n)/u;
/** Matches text that is too short to tell whether it starts a new line. */
const UNDECIDED = /^[ \t]{0,8}(?:\\|[\ud800-\udbff])?$/;

/**
 * Returns whether the text starts with a line break that was escaped twice, so that it arrives as a backslash and an "n";
 * `undefined` if more text is needed.
 */
export function isEscapedBreak(rest: string, isEnd: boolean): boolean | undefined {
	if (rest === '\\') return isEnd ? false : undefined;
	if (!rest.startsWith('\\n')) return false;
	const after = rest.slice(2, 12);
	if (!isEnd && UNDECIDED.test(after)) return undefined;
	return LINE_START.test(after) || (isEnd && /^[ \t]{0,8}$/.test(after));
}
