import { isQuestion } from './intents.ts';

/** A part of a message, up to a comma, the end of a sentence or a line break. */
export interface Segment {
	text: string;
	/** The punctuation between this segment and the next. */
	after: string;
	isQuestion: boolean;
}

/** Matches punctuation between segments, except in "Dr. Rivera", "J. R. Smith" or "1,500". */
const SEPARATOR =
	/(\n+|(?<!(?:^|[^\p{L}])(?:\p{L}|dr|mr|mrs|ms|prof|st|jr|sr|no|ca))(?<![.!?…؟])[.!?…؟]+(?=\s|$)|(?<![!?؟])[!?؟]+(?=\s|$)|[。！？;|]|[،、，]|,(?!\d)|(?<!\d),|\s[-–—/]\s)/iu;

/** Splits a message at commas, sentence ends and line breaks. */
export function splitSegments(text: string): Segment[] {
	const parts = text.split(SEPARATOR);
	const segments: Segment[] = [];
	for (let index = 0; index < parts.length; index += 2) {
		const segment = parts[index]?.trim() ?? '';
		const after = parts[index + 1] ?? '';
		if (segment !== '')
			segments.push({ text: segment, after, isQuestion: isQuestion(segment + after) });
		else if (segments.length > 0) appendPunctuation(segments, after);
	}
	return segments;
}

function appendPunctuation(segments: Segment[], punctuation: string): void {
	const last = segments.at(-1);
	if (last) last.after += punctuation;
}

/** Joins segments as they were written, without trailing separators. */
export function joinSegments(segments: Segment[]): string {
	return segments
		.map(({ text, after }, index) => {
			if (index === segments.length - 1)
				return text + (/^[.!?…؟。！？]{1,3}/.exec(after)?.[0] ?? '');
			return text + (/^\s/.test(after) ? after : `${after} `);
		})
		.join('');
}
