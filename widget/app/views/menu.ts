import { find } from '../dom.ts';

/** The menu's actions, by the ids of their buttons. */
type Acts = Record<string, () => void>;

/** The menu in the header, with keyboard navigation. */
export class Menu {
	readonly #button = find('menu-button', HTMLButtonElement);
	readonly #menu = find('menu', HTMLElement);
	readonly #items: HTMLButtonElement[];

	constructor(acts: Acts) {
		this.#items = Object.entries(acts).map(([id, act]) => {
			const item = find(id, HTMLButtonElement);
			item.onclick = () => {
				this.close();
				act();
			};
			return item;
		});
		this.#button.onclick = () => (this.isOpen ? this.close() : this.#open());
		this.#menu.onkeydown = (event) => this.#pressed(event);
		document.addEventListener('pointerdown', ({ target }) => {
			const isInside = (part: HTMLElement) => target instanceof Node && part.contains(target);
			// The button's own click handler closes the menu.
			if (this.isOpen && !isInside(this.#menu) && !isInside(this.#button)) this.#show(false);
		});
		// The visitor clicked in the host page.
		addEventListener('blur', () => this.#show(false));
	}

	get isOpen(): boolean {
		return !this.#menu.hidden;
	}

	close(): void {
		this.#show(false);
		this.#button.focus();
	}

	/** Sets the state of an item that can be on or off. */
	check(id: string, isOn: boolean): void {
		find(id, HTMLButtonElement).ariaChecked = `${isOn}`;
	}

	#open(): void {
		this.#show(true);
		this.#items[0]?.focus();
	}

	#show(isOpen: boolean): void {
		this.#menu.hidden = !isOpen;
		this.#button.ariaExpanded = `${isOpen}`;
	}

	#pressed(event: KeyboardEvent): void {
		const at = this.#items.findIndex((item) => item === document.activeElement);
		const last = this.#items.length - 1;
		const next = {
			ArrowDown: at < last ? at + 1 : 0,
			ArrowUp: at > 0 ? at - 1 : last,
			Home: 0,
			End: last,
		}[event.key];
		if (event.key === 'Tab' || event.key === 'Escape') this.close();
		// Closes the menu only, not the chat.
		if (event.key === 'Escape') event.stopPropagation();
		if (next === undefined) return;
		event.preventDefault();
		this.#items[next]?.focus();
	}
}
