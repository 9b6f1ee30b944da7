import { getElement } from '../dom.ts';

const AT_END_TOLERANCE_PX = 64;

/** Keeps the newest message in view. If the visitor has scrolled up, shows a button for new messages instead. */
export class Scroll {
	readonly #node = getElement('scroll', HTMLElement);
	readonly #more = getElement('more', HTMLButtonElement);
	#isAtEnd = true;

	constructor() {
		this.#node.addEventListener('scroll', () => {
			const { scrollHeight, scrollTop, clientHeight } = this.#node;
			this.#isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END_TOLERANCE_PX;
			if (this.#isAtEnd) this.#more.hidden = true;
		});
		this.#more.onclick = () => this.toEnd();
		const observer = new ResizeObserver(() => this.update());
		// The content can also grow without new messages, for example when times are shown or the text size changes.
		for (const node of [this.#node, getElement('log', HTMLElement)]) observer.observe(node);
	}

	/** Call after each change. Scrolls to the end if the visitor was there; otherwise shows the button for new messages. */
	update(hasNew = false): void {
		if (this.#isAtEnd) this.toEnd();
		else if (hasNew) this.#more.hidden = false;
	}

	toEnd(): void {
		this.#isAtEnd = true;
		this.#more.hidden = true;
		this.#node.scrollTop = this.#node.scrollHeight;
	}
}
