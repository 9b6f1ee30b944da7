import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { MAX_BULK_SESSIONS } from '#lib/contract/inbox.ts';

/** The chat sessions selected in the list. */
export class Selection {
	readonly ids = new SvelteSet<string>();
	/** More were selected than one bulk action takes. */
	isCut = $state(false);
	/** The start of a range: the row toggled last. */
	#anchor: string | undefined;

	/** Toggles a row; with `range` also all rows between it and the previous one. */
	toggle(id: string, order: readonly string[], { range = false } = {}): void {
		const wanted = !this.ids.has(id);
		const between = range ? rangeOf(order, this.#anchor, id) : [id];
		for (const one of between) {
			if (!wanted) this.ids.delete(one);
			else if (this.ids.size < MAX_BULK_SESSIONS) this.ids.add(one);
		}
		this.#anchor = id;
		this.isCut = false;
	}

	/** Selects exactly these, up to the limit of one bulk action. */
	take(ids: readonly string[], { isCut = ids.length > MAX_BULK_SESSIONS } = {}): void {
		this.ids.clear();
		for (const id of ids.slice(0, MAX_BULK_SESSIONS)) this.ids.add(id);
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
