import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { MOST_AT_ONCE } from '#lib/contract/bulk.ts';

/** The chat sessions that are selected in the list. */
export class Selection {
	readonly ids = new SvelteSet<string>();
	/** More were meant than one act can take. */
	isCut = $state(false);
	/** Where a range begins: the row that was chosen last. */
	#anchor: string | undefined;

	/** Selects a row or takes it out; `range`: with all rows between it and the one before. */
	toggle(id: string, order: readonly string[], { range = false } = {}): void {
		const wanted = !this.ids.has(id);
		const between = range ? rangeOf(order, this.#anchor, id) : [id];
		for (const one of between) {
			if (!wanted) this.ids.delete(one);
			else if (this.ids.size < MOST_AT_ONCE) this.ids.add(one);
		}
		this.#anchor = id;
		this.isCut = false;
	}

	/** Selects these and nothing else, as many as one act can take. */
	take(ids: readonly string[], { isCut = ids.length > MOST_AT_ONCE } = {}): void {
		this.ids.clear();
		for (const id of ids.slice(0, MOST_AT_ONCE)) this.ids.add(id);
		this.isCut = isCut;
	}

	clear(): void {
		this.ids.clear();
		this.#anchor = undefined;
		this.isCut = false;
	}
}

function rangeOf(
	order: readonly string[],
	from: string | undefined,
	to: string,
): readonly string[] {
	const ends = [order.indexOf(from ?? to), order.indexOf(to)];
	if (ends.includes(-1)) return [to];
	return order.slice(Math.min(...ends), Math.max(...ends) + 1);
}

export const [getSelection, setSelection] = createContext<Selection>();
