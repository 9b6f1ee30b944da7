import type { Reply } from './answer';
import { readWhole } from './read-reply';
import { checkBeginning, mayTurnOut } from './unspeakable';

/** Characters after which a beginning that still does not tell is left to the end. */
const MAX_UNDECIDED = 200;

/** A text as it comes, held back until it is certain that it is one for people and not JSON, HTML or a status. */
export class HeldText {
	readonly #isBody: boolean;
	#held = '';
	/** `maybe` until the beginning tells; `whole` when only the end does. */
	#state: 'maybe' | 'whole' | 'shown' = 'maybe';

	/** A body may be a JSON string; a text within a stream that begins with a quotation mark is a quotation. */
	constructor({ isBody = false } = {}) {
		this.#isBody = isBody;
	}

	/** Takes a piece; gives what may be shown now. Throws ConnectorError for what never may. */
	push(piece: string): string {
		if (this.#state === 'shown') return piece;
		this.#held += piece;
		if (this.#state === 'whole' || this.#judge() !== 'shown') return '';
		const shown = this.#held;
		this.#held = '';
		return shown;
	}

	/** At the end: the reply in what was held back, if there is any. Throws ConnectorError. */
	end(): Reply | undefined {
		return this.#held.trim() === '' ? undefined : readWhole(this.#held);
	}

	#judge(): 'maybe' | 'whole' | 'shown' {
		// Space at the beginning is never shown.
		this.#held = this.#held.trimStart();
		const start = this.#held;
		if (this.#isJsonLike(start) || start.length > MAX_UNDECIDED) this.#state = 'whole';
		else if (start !== '' && !mayTurnOut(start)) {
			checkBeginning(start);
			this.#state = 'shown';
		}
		return this.#state;
	}

	#isJsonLike(start: string): boolean {
		return /^(?:\{|```|\[\s*["[\]{\d])/.test(start) || (this.#isBody && start.startsWith('"'));
	}
}
