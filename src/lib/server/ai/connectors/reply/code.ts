/** Finds Markdown code in streamed text, so that nothing inside code is treated as markup. */

interface Fence {
	mark: string;
	info: string;
	/** The length of the opening line with its line break. */
	length: number;
}

const MAX_FENCE_LINE_LENGTH = 200;
const MAX_SPAN_LENGTH = 1000;
const BACKTICKS_OR_NEWLINE = /`+|\n/g;
const FENCE_END = /^ {0,3}(`{3,})[ \t]*\n?$/;

/** Returns the fence at the start of a line; `null` if there is none, `undefined` while the line is incomplete. */
export function matchFence(rest: string, isEnd: boolean): Fence | null | undefined {
	const [mark = ''] = /^`+/.exec(rest) ?? [];
	if (mark.length < 3) return mark === rest && !isEnd ? undefined : null;
	const end = rest.slice(0, MAX_FENCE_LINE_LENGTH).indexOf('\n');
	if (end < 0) return isEnd || rest.length >= MAX_FENCE_LINE_LENGTH ? null : undefined;
	const info = rest.slice(mark.length, end);
	return info.includes('`') ? null : { mark, info: info.trim(), length: end + 1 };
}

/** Returns whether a line closes the fence opened by `mark`. */
export const isFenceEnd = (line: string, mark: string): boolean =>
	line.length <= MAX_FENCE_LINE_LENGTH && (FENCE_END.exec(line)?.[1]?.length ?? 0) >= mark.length;

/** Returns whether an incomplete line might still close a fence. */
export const canEndFence = (line: string): boolean =>
	line.length <= MAX_FENCE_LINE_LENGTH && /^ {0,3}`*[ \t]*$/.test(line);

/**
 * Returns the length of the inline code at the start of `rest`, or of its backticks if nothing closes them; `undefined`
 * while more text is needed to decide.
 */
export function matchCodeSpan(rest: string, isEnd: boolean): number | undefined {
	const head = rest.slice(0, MAX_SPAN_LENGTH);
	const isComplete = rest.length >= MAX_SPAN_LENGTH || isEnd;
	BACKTICKS_OR_NEWLINE.lastIndex = 0;
	const mark = BACKTICKS_OR_NEWLINE.exec(head)?.[0].length ?? 0;
	for (let run = BACKTICKS_OR_NEWLINE.exec(head); run; run = BACKTICKS_OR_NEWLINE.exec(head)) {
		if (run[0] === '\n') return mark;
		// The run of backticks may continue in the next chunk.
		if (
			BACKTICKS_OR_NEWLINE.lastIndex === head.length &&
			(!isEnd || head.length === MAX_SPAN_LENGTH)
		)
			break;
		if (run[0].length === mark) return BACKTICKS_OR_NEWLINE.lastIndex;
	}
	return isComplete ? mark : undefined;
}
