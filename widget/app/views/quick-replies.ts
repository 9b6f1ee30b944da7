import { element, find } from '../dom.ts';

/** Shows suggested answers as buttons. */
export class QuickReplies {
	readonly #node = find('quick', HTMLElement);
	readonly #choose: (text: string) => void;
	#shown = '';

	constructor(choose: (text: string) => void) {
		this.#choose = choose;
	}

	render(options: string[]): void {
		const shown = JSON.stringify(options);
		if (shown === this.#shown) return;
		this.#shown = shown;
		this.#node.hidden = options.length === 0;
		this.#node.replaceChildren(
			...options.map((text) => {
				const button = element('button', '', text);
				button.type = 'button';
				button.dir = 'auto';
				button.onclick = () => this.#choose(text);
				return button;
			}),
		);
	}
}
