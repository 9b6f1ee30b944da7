/** Finds Markdown code in a text that arrives in pieces, so that nothing inside code is taken for markup. */

interface Fence {
	mark: string;
	info: string;
	/** Includes the line break. */
	length: number;
}

const MAX_FENCE_LINE = 200;
const MAX_SPAN = 1000;
const FENCE_END = /^ {0,3}(`{3,})[ \t]*\n?$/;

/** The fence at the start of a line: `null` if there is none, `undefined` while the line is incomplete. */
export function fenceAt(rest: string, isEnd: boolean): Fence | null | undefined {
	const [mark = ''] = /^`+/.exec(rest) ?? [];
	if (mark.length < 3) return mark === rest && !isEnd ? undefined : null;
	const end = rest.slice(0, MAX_FENCE_LINE).indexOf('\n');
	if (end < 0) return isEnd || rest.length >= MAX_FENCE_LINE ? null : undefined;
	const info = rest.slice(mark.length, end);
	return info.includes('`') ? null : { mark, info: info.trim(), length: end + 1 };
}

/** Whether a line closes the fence opened by `mark`. */
export const isFenceEnd = (line: string, mark: string): boolean =>
	line.length <= MAX_FENCE_LINE && (FENCE_END.exec(line)?.[1]?.length ?? 0) >= mark.length;

/** Whether an incomplete line may turn out to close a fence. */
export const mayEndFence = (line: string): boolean =>
	line.length <= MAX_FENCE_LINE && /^ {0,3}`*[ \t]*$/.test(line);

/**
 * The length of the inline code that `rest` starts with, or of its backticks when nothing closes them; `undefined` while
 * more text is needed to tell.
 */
export function codeSpanAt(rest: string, isEnd: boolean): number | undefined {
	const [mark = ''] = /^`+/.exec(rest) ?? [];
	const [line = ''] = rest.slice(0, MAX_SPAN).split('\n', 1);
	const isWhole = line.length < rest.length || isEnd;
	for (const { 0: run, index } of line.slice(mark.length).matchAll(/`+/g)) {
		const end = mark.length + index + run.length;
		// The run may go on in what has not come yet.
		if (end === line.length && line.length === MAX_SPAN) break;
		if (end === line.length && !isWhole) return undefined;
		if (run.length === mark.length) return end;
	}
	return isWhole || line.length === MAX_SPAN ? mark.length : undefined;
}
