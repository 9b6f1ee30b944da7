import { find } from '../dom.ts';

const NEAR_PX = 64;

/** Keeps the newest message in view. If the visitor has scrolled up, shows a button for new messages instead. */
export class Scroll {
	readonly #node = find('scroll', HTMLElement);
	readonly #more = find('more', HTMLButtonElement);
	#isAtEnd = true;

	constructor() {
		this.#node.addEventListener('scroll', () => {
			const { scrollHeight, scrollTop, clientHeight } = this.#node;
			this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
			if (this.#isAtEnd) this.#more.hidden = true;
		});
		this.#more.onclick = () => this.toEnd();
		const observer = new ResizeObserver(() => this.settle());
		// The content can also grow without new messages, as when times are shown or the text size changes.
		for (const node of [this.#node, find('log', HTMLElement)]) observer.observe(node);
	}

	/** Call after each change: scrolls to the end, or shows the button. */
	settle(hasNew = false): void {
		if (this.#isAtEnd) this.toEnd();
		else if (hasNew) this.#more.hidden = false;
	}

	toEnd(): void {
		this.#isAtEnd = true;
		this.#more.hidden = true;
		this.#node.scrollTop = this.#node.scrollHeight;
	}
}
