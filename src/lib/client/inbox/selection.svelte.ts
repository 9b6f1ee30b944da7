import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { MAX_BULK_SESSIONS } from '#lib/contract/constants.ts';

/** The chat sessions selected in the list. */
export class Selection {
	readonly ids = new SvelteSet<string>();
	/** Whether the selection was truncated to the limit of one bulk action. */
	isTruncated = $state(false);
	/** The most recently toggled row, where a range starts. */
	#anchor: string | undefined;

	/** Toggles a row; with `range`, also all rows between it and the one toggled before. */
	toggle(id: string, order: readonly string[], { range = false } = {}): void {
		const isSelected = !this.ids.has(id);
		const targets = range ? getRange(order, this.#anchor, id) : [id];
		for (const target of targets) {
			if (!isSelected) this.ids.delete(target);
			else if (this.ids.size < MAX_BULK_SESSIONS) this.ids.add(target);
		}
		this.#anchor = id;
		this.isTruncated = false;
	}

	/** Replaces the selection, up to the limit of one bulk action. */
	set(ids: readonly string[], { isTruncated = ids.length > MAX_BULK_SESSIONS } = {}): void {
		this.ids.clear();
		for (const id of ids.slice(0, MAX_BULK_SESSIONS)) this.ids.add(id);
		this.isTruncated = isTruncated;
	}

	clear(): void {
		this.ids.clear();
		this.#anchor = undefined;
		this.isTruncated = false;
	}
}

function getRange(
	order: readonly string[],
	from: string | undefined,
	to: string,
): readonly string[] {
	const ends = [order.indexOf(from ?? to), order.indexOf(to)];
	if (ends.includes(-1)) return [to];
	return order.slice(Math.min(...ends), Math.max(...ends) + 1);
}

export const [getSelection, setSelection] = createContext<Selection>();
