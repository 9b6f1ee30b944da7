import { createElement, getElement } from '../dom.ts';

/** Shows suggested answers as buttons. */
export class QuickReplies {
	readonly #node = getElement('quick', HTMLElement);
	readonly #onChoose: (text: string) => void;
	#renderedKey = '';

	constructor(onChoose: (text: string) => void) {
		this.#onChoose = onChoose;
	}

	render(options: string[]): void {
		const key = JSON.stringify(options);
		if (key === this.#renderedKey) return;
		this.#renderedKey = key;
		this.#node.hidden = options.length === 0;
		this.#node.replaceChildren(
			...options.map((text) => {
				const button = createElement('button', '', text);
				button.type = 'button';
				button.dir = 'auto';
				button.onclick = () => this.#onChoose(text);
				return button;
			}),
		);
	}
}
