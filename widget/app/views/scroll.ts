import { find } from '../dom.ts';

const NEAR_PX = 64;

/** Keeps the newest in sight, unless the visitor is reading further up: then a button tells of what is new. */
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
		// What stands there grows, too: with times shown, or another size of text.
		for (const node of [this.#node, find('log', HTMLElement)]) observer.observe(node);
	}

	/** After a change: follows it, or tells of it. */
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
