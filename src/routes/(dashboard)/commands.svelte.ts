import { createContext } from 'svelte';
import type { IconComponent } from '#lib/components/ui/icon.ts';

/** An entry of the command menu. */
export interface Command {
	id: string;
	label: string;
	/** The heading it is listed under. */
	group: string;
	icon?: IconComponent;
	/** Shown after the label. */
	detail?: string;
	/** Additional search terms. */
	keywords?: string;
	/** Its keyboard shortcut. */
	keys?: readonly string[];
	run: () => unknown;
}

/** The entries of the command menu; each page adds its own. */
export class Commands {
	isOpen = $state(false);
	/** Whether the menu's component has loaded. Until then, pressing the key again doesn't close it. */
	isLoaded = false;
	#sources = $state.raw<readonly (() => readonly Command[])[]>([]);
	readonly all = $derived(this.#sources.flatMap((source) => source()));

	/** Opens or closes the menu on Ctrl+K or ⌘K. */
	press(event: KeyboardEvent): void {
		if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
		if (event.shiftKey || event.altKey) return;
		event.preventDefault();
		this.isOpen = !(this.isOpen && this.isLoaded);
	}

	/** Opens the menu if its key was pressed before the page was interactive, which a script in app.html remembers. */
	takeEarlyPress(): void {
		const { dataset } = document.documentElement;
		if (dataset['menu'] === 'requested') this.isOpen = true;
		dataset['menu'] = 'ready';
	}

	/** Adds a reactive source of commands until the returned function is called. */
	add(source: () => readonly Command[]): () => void {
		this.#sources = [source, ...this.#sources];
		return () => {
			this.#sources = this.#sources.filter((other) => other !== source);
		};
	}
}

/** Returns the commands that contain all words, best match first: prefix of the label, then of a word, then anywhere. */
export function findCommands(commands: readonly Command[], text: string): Command[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	if (words.length === 0) return [...commands];
	const scored = commands.flatMap((command) => {
		const label = command.label.toLowerCase();
		const searchText = `${label} ${command.group} ${command.keywords ?? ''}`.toLowerCase();
		if (!words.every((word) => searchText.includes(word))) return [];
		const rank = [
			label.startsWith(words.join(' ')),
			words.every((word) => label.split(/[\s,]+/).some((part) => part.startsWith(word))),
			words.every((word) => label.includes(word)),
		].indexOf(true);
		return [{ command, rank: rank < 0 ? 3 : rank }];
	});
	return scored.sort((a, b) => a.rank - b.rank).map(({ command }) => command);
}

export const [getCommands, setCommands] = createContext<Commands>();
