import { element, find } from '../dom.ts';
import type { Item } from '../items.ts';
import { dayName } from '../time.ts';
import { MessageRow } from './message-row.ts';

interface Entry {
	node: HTMLElement;
	update: (item: Item) => void;
}

/** The conversation as a list that only ever changes where the items do. */
export class LogView {
	readonly #node = find('log', HTMLElement);
	readonly #entries = new Map<string, Entry>();
	readonly #retry: () => void;

	constructor(retry: () => void) {
		this.#retry = retry;
	}

	/** `isBegun`: what is there now is all that there was before. */
	render(items: Item[], isBegun: boolean): void {
		const isFirstTime = this.#entries.size === 0;
		const gone = new Set(this.#entries.keys());
		let place = this.#node.firstElementChild;
		for (const item of items) {
			gone.delete(item.key);
			const entry = this.#entries.get(item.key) ?? this.#add(item, !isFirstTime);
			entry.update(item);
			if (entry.node === place) place = place.nextElementSibling;
			else this.#node.insertBefore(entry.node, place);
		}
		for (const key of gone) {
			this.#entries.get(key)?.node.remove();
			this.#entries.delete(key);
		}
		// What was there before is not read out; what comes from now on is, beginning with the greeting.
		if (isBegun) requestAnimationFrame(() => this.#node.setAttribute('aria-live', 'polite'));
	}

	#add(item: Item, isNew: boolean): Entry {
		const entry = makeEntry(item, this.#retry);
		// A finished reply stands where it was written; only what the visitor writes moves in.
		if (isNew && item.type === 'message' && item.sender === 'visitor') {
			entry.node.addEventListener('animationend', () => entry.node.classList.remove('arrived'));
			queueMicrotask(() => entry.node.classList.add('arrived'));
		}
		this.#entries.set(item.key, entry);
		return entry;
	}
}

function makeEntry(item: Item, retry: () => void): Entry {
	if (item.type === 'message') {
		const row = new MessageRow(item, retry);
		return { node: row.node, update: (next) => next.type === 'message' && row.update(next) };
	}
	const text = item.type === 'day' ? dayName(item.at) : item.text;
	return { node: element('div', item.type, text), update: () => undefined };
}
