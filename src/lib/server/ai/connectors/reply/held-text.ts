import type { Answer, AnswerMark } from './answer.ts';
import { isTelling } from './echo.ts';
import { readWhole } from './read-reply.ts';
import { Reducer } from './reduce.ts';
import { ThoughtFilter } from './thoughts.ts';
import { checkBeginning, checkSpeakable, mayTurnOut } from './unspeakable.ts';

/** Characters after which a beginning that still does not tell is left to the end. */
const MAX_UNDECIDED = 200;
/** How a model begins that thinks aloud: its template opened the thought, and only the closing tag will come. */
const THINKING_ALOUD = [
	...[
		'okay',
		'ok',
		'alright',
		'hmm',
		'wait',
		'let me',
		"let's",
		'looking at',
		'嗯',
		'好的',
		'首先',
		'用户',
	],
	...[
		'we need',
		'we should',
		'we have',
		'we must',
		'i need',
		'i should',
		'i must',
		'i have to',
		'user ',
	],
	...['the user', 'the visitor', 'the customer', 'the client', 'the human', 'the person'],
];
const ABOUT_THE_READER =
	/\b(?:the|this|that) (?:user|visitor|customer|client|human|person)\b|用户|^we (?:need|should|must)\b/i;

interface Options {
	/** A body may be a JSON string; a text within a stream that begins with a quotation mark is a quotation. */
	isBody?: boolean;
	/** What the visitor wrote. */
	heard?: string;
}

/**
 * Says a model's text as it comes, without its thoughts, and holds it back until it is certain that it is one for people
 * and not JSON, HTML, a status or an echo.
 */
export class HeldText {
	readonly #answer: Answer;
	readonly #mark: AnswerMark;
	readonly #isBody: boolean;
	readonly #heard: string;
	#filter: ThoughtFilter | undefined;
	#reducer: Reducer;
	/** The beginning as it came, until it is known whether it is JSON. */
	#raw = '';
	#held = '';
	/** `json` and `maybe` until the beginning tells; `whole` when only the end does. */
	#state: 'json' | 'maybe' | 'whole' | 'shown' = 'json';

	constructor(answer: Answer, { isBody = false, heard = '' }: Options = {}) {
		this.#answer = answer;
		this.#mark = answer.mark();
		this.#isBody = isBody;
		this.#heard = heard;
		this.#reducer = this.#createReducer();
	}

	/** Takes a piece, and says what may be shown now. Throws ConnectorError for what never may. */
	push(piece: string): void {
		if (this.#filter) {
			this.#filter.push(piece);
			this.#judge();
			return;
		}
		this.#raw += piece;
		if (this.#state === 'whole') return;
		const start = this.#raw.trimStart();
		this.#raw = start;
		if (this.#isJsonLike(start) || (start.startsWith('[') && start.length > MAX_UNDECIDED)) {
			this.#state = 'whole';
			return;
		}
		if (start === '' || /^(?:\[\s*|`{1,2})$/.test(start)) return;
		this.#beginText(start);
	}

	/** Says at the end what was held back, if it is a reply. Throws ConnectorError. */
	end(): void {
		if (this.#state !== 'whole' && !this.#filter) this.#beginText(this.#raw);
		this.#filter?.end();
		if (this.#state === 'shown') {
			this.#reducer.end();
			this.#checkShown();
			return;
		}
		const text = this.#filter ? this.#held : this.#raw;
		const reply = text.trim() === '' ? undefined : readWhole(text, this.#heard);
		if (reply) this.#answer.add(reply);
	}

	#beginText(start: string): void {
		this.#state = 'maybe';
		this.#raw = '';
		this.#filter = new ThoughtFilter({
			say: (text) => this.#take(text),
			retract: () => this.#retract(),
		});
		this.#filter.push(start);
		this.#judge();
	}

	#take(text: string): void {
		if (this.#state === 'shown') {
			this.#reducer.push(text);
			return;
		}
		this.#held += text;
	}

	#judge(): void {
		if (this.#state !== 'maybe') return;
		// Space at the beginning is never shown.
		this.#held = this.#held.trimStart();
		if (this.#isJsonLike(this.#held) || this.#held.length > MAX_UNDECIDED) this.#state = 'whole';
		else if (this.#held !== '' && !this.#isUndecided(this.#held)) {
			checkBeginning(this.#held);
			this.#state = 'shown';
			this.#reducer.push(this.#held);
			this.#held = '';
		}
	}

	/** Some failures tell only by what follows a beginning like any other. */
	#checkShown(): void {
		try {
			checkSpeakable(this.#answer.text.slice(this.#mark.length).trim());
		} catch (error) {
			this.#answer.retract(this.#mark);
			throw error;
		}
	}

	/** Everything so far was a thought. */
	#retract(): void {
		this.#answer.retract(this.#mark);
		this.#state = 'maybe';
		this.#held = '';
		this.#reducer = this.#createReducer();
	}

	#createReducer = (): Reducer => new Reducer((text) => this.#answer.say(text));

	#isUndecided(start: string): boolean {
		if (mayTurnOut(start)) return true;
		if (isTelling(this.#heard) && this.#heard.trim().startsWith(start.trimEnd())) return true;
		const begun = start.toLowerCase();
		if (!THINKING_ALOUD.some((lead) => lead.startsWith(begun) || begun.startsWith(lead)))
			return false;
		// Long enough to see whether it speaks about the reader rather than to them.
		return start.length <= MAX_UNDECIDED / 2 || ABOUT_THE_READER.test(start);
	}

	#isJsonLike(start: string): boolean {
		return /^(?:\{|```|\[\s*["[\]{}\d])/.test(start) || (this.#isBody && start.startsWith('"'));
	}
}
