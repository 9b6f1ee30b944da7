/** Text that is repeated by chance is shorter than this. */
const MIN_REPEATED = 16;

/**
 * Recognizes servers whose every event repeats the text so far, or whose last event does, and returns only what is new.
 * Short texts that begin alike may be tokens, so the beginning is decided by the third event.
 */
export class DeltaJoiner {
	#all = '';
	#previous = '';
	/** Every event so far begins with the one before it. */
	#isGrowing = true;
	#isCumulative = false;
	#count = 0;

	/** Returns the text that an event adds. With `isRestart`, it replaces all text so far. */
	add(chunk: string): { text: string; isRestart: boolean } {
		if (chunk === '') return { text: '', isRestart: false };
		const previous = this.#previous;
		const all = this.#all;
		this.#count++;
		this.#isGrowing &&= chunk.length > previous.length && chunk.startsWith(previous);
		this.#previous = chunk;
		if (this.#isCumulative || all.length >= MIN_REPEATED) {
			if (chunk.startsWith(all)) {
				this.#isCumulative ||= chunk.length > all.length;
				this.#all = chunk;
				return { text: chunk.slice(all.length), isRestart: false };
			}
			this.#isCumulative = false;
		} else if (this.#isGrowing && this.#count > 2 && chunk.length >= MIN_REPEATED / 2) {
			this.#isCumulative = true;
			this.#all = chunk;
			return { text: chunk, isRestart: true };
		}
		this.#all += chunk;
		return { text: chunk, isRestart: false };
	}
}
