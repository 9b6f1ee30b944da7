import { createContext } from 'svelte';
import type { IconComponent } from '#lib/components/ui/icon.ts';

/** An entry of the command menu. */
export interface Command {
	id: string;
	label: string;
	/** The heading it is listed under. */
	group: string;
	icon?: IconComponent;
	/** Its keyboard shortcut. */
	keys?: readonly string[];
	run: () => unknown;
}

/** The entries of the command menu; each page adds its own. */
export class Commands {
	isOpen = $state(false);
	#sources = $state.raw<readonly (() => readonly Command[])[]>([]);
	readonly all = $derived(this.#sources.flatMap((source) => source()));

	/** Adds commands, reactively, until the returned function is called. */
	add(source: () => readonly Command[]): () => void {
		this.#sources = [source, ...this.#sources];
		return () => {
			this.#sources = this.#sources.filter((one) => one !== source);
		};
	}
}

export const [getCommands, setCommands] = createContext<Commands>();
