import { createContext } from 'svelte';
import type { IconComponent } from '#lib/components/ui/icon.ts';

/** One line of the command palette. */
export interface Command {
	id: string;
	label: string;
	/** The heading that it stands below. */
	group: string;
	icon?: IconComponent;
	/** The keys that do the same. */
	keys?: readonly string[];
	run: () => unknown;
}

/** What the command palette offers; each page adds what can be done on it. */
export class Commands {
	isOpen = $state(false);
	#sources = $state.raw<readonly (() => readonly Command[])[]>([]);
	readonly all = $derived(this.#sources.flatMap((source) => source()));

	/** Offers these until the returned function is called; they are read anew when what they read changes. */
	add(source: () => readonly Command[]): () => void {
		this.#sources = [source, ...this.#sources];
		return () => {
			this.#sources = this.#sources.filter((one) => one !== source);
		};
	}
}

export const [getCommands, setCommands] = createContext<Commands>();
