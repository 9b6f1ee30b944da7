/** Cuts text into lines as it comes. */
export class Lines {
	#rest = '';

	/** The lines that are complete now, without their ends. */
	push(text: string): string[] {
		if (!text.includes('\n')) {
			this.#rest += text;
			return [];
		}
		const lines = (this.#rest + text).split('\n');
		this.#rest = lines.pop() ?? '';
		return lines.map(withoutReturn);
	}

	/** The last line, which has no end. */
	end(): string {
		const last = withoutReturn(this.#rest);
		this.#rest = '';
		return last;
	}
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
