/** The minimum length of a repetition; shorter text may be repeated by chance. */
const MIN_REPEATED_LENGTH = 16;

/**
 * Extracts the new text from the events of a stream. Recognizes servers that repeat all text so far in every event, or in the
 * last one. The first events of a stream may begin alike by chance, so repetition is not assumed before the third one.
 */
export class DeltaJoiner {
	#all = '';
	#previous = '';
	/** Whether every event so far begins with the one before it. */
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
		if (this.#isCumulative || all.length >= MIN_REPEATED_LENGTH) {
			if (chunk.startsWith(all)) {
				this.#isCumulative ||= chunk.length > all.length;
				this.#all = chunk;
				return { text: chunk.slice(all.length), isRestart: false };
			}
			this.#isCumulative = false;
		} else if (this.#isGrowing && this.#count > 2 && chunk.length >= MIN_REPEATED_LENGTH / 2) {
			this.#isCumulative = true;
			this.#all = chunk;
			return { text: chunk, isRestart: true };
		}
		this.#all += chunk;
		return { text: chunk, isRestart: false };
	}
}
