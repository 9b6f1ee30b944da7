import { isQuestion } from './intents.ts';

/** A part of what a visitor wrote, as far as a comma, a line or a sentence goes. */
export interface Segment {
	text: string;
	/** The signs between this part and the next. */
	after: string;
	isQuestion: boolean;
}

/** Neither "Dr. Rivera" nor "J. R. Smith" nor "1,500" is cut in two. */
const CUT =
	/(\n+|(?<!(?:^|[^\p{L}])(?:\p{L}|dr|mr|mrs|ms|prof|st|jr|sr|no|ca))(?<![.!?…؟])[.!?…؟]+(?=\s|$)|(?<![!?؟])[!?؟]+(?=\s|$)|[。！？;|]|[،、，]|,(?!\d)|(?<!\d),|\s[-–—/]\s)/iu;

export function splitSegments(text: string): Segment[] {
	const parts = text.split(CUT);
	const segments: Segment[] = [];
	for (let index = 0; index < parts.length; index += 2) {
		const own = parts[index]?.trim() ?? '';
		const after = parts[index + 1] ?? '';
		if (own !== '') segments.push({ text: own, after, isQuestion: isQuestion(own + after) });
		else if (segments.length > 0) addSigns(segments, after);
	}
	return segments;
}

function addSigns(segments: Segment[], signs: string): void {
	const last = segments.at(-1);
	if (last) last.after += signs;
}

/** The parts put together again as they were written, without signs left hanging at the end. */
export function joinSegments(segments: Segment[]): string {
	return segments
		.map(({ text, after }, index) => {
			if (index === segments.length - 1)
				return text + (/^[.!?…؟。！？]{1,3}/.exec(after)?.[0] ?? '');
			return text + (/^\s/.test(after) ? after : `${after} `);
		})
		.join('');
}
