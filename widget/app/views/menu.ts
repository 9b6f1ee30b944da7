import { getElement } from '../dom.ts';

/** The menu's actions, by the IDs of their buttons. */
type Actions = Record<string, () => void>;

/** The menu in the header, with keyboard navigation. */
export class Menu {
	readonly #button = getElement('menu-button', HTMLButtonElement);
	readonly #menu = getElement('menu', HTMLElement);
	readonly #items: HTMLButtonElement[];

	constructor(actions: Actions) {
		this.#items = Object.entries(actions).map(([id, run]) => {
			const item = getElement(id, HTMLButtonElement);
			item.onclick = () => {
				this.close();
				run();
			};
			return item;
		});
		this.#button.onclick = () => (this.isOpen ? this.close() : this.#open());
		this.#menu.onkeydown = (event) => this.#onKeydown(event);
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

	/** Sets the state of a checkbox item. */
	setChecked(id: string, isChecked: boolean): void {
		getElement(id, HTMLButtonElement).ariaChecked = `${isChecked}`;
	}

	#open(): void {
		this.#show(true);
		this.#items[0]?.focus();
	}

	#show(isOpen: boolean): void {
		this.#menu.hidden = !isOpen;
		this.#button.ariaExpanded = `${isOpen}`;
	}

	#onKeydown(event: KeyboardEvent): void {
		const current = this.#items.findIndex((item) => item === document.activeElement);
		const last = this.#items.length - 1;
		const next = {
			ArrowDown: current < last ? current + 1 : 0,
			ArrowUp: current > 0 ? current - 1 : last,
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
