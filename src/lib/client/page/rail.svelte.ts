import { createContext } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';

const KEY = 'frontdesk.rail';

/**
 * The navigation rail: wide with labels, or narrow. The choice is stored in this browser; the default depends on the window's
 * width. app.html applies it before the first paint.
 */
export class Rail {
	#choice = $state<'wide' | 'narrow' | null>(null);
	readonly #hasSpace = new MediaQuery('width >= 1360px', true);
	readonly isWide = $derived(
		this.#choice === null ? this.#hasSpace.current : this.#choice === 'wide',
	);

	/** Syncs with other tabs until the returned function is called. */
	follow(): () => void {
		const read = () => {
			this.#choice = readStored();
			this.#render();
		};
		read();
		window.addEventListener('storage', read);
		return () => window.removeEventListener('storage', read);
	}

	toggle(): void {
		this.#choice = this.isWide ? 'narrow' : 'wide';
		try {
			localStorage.setItem(KEY, this.#choice);
		} catch {
			// Storage is blocked: the choice lasts until the page is closed.
		}
		this.#render();
	}

	#render(): void {
		if (this.#choice) document.documentElement.dataset['rail'] = this.#choice;
		else delete document.documentElement.dataset['rail'];
	}
}

function readStored(): 'wide' | 'narrow' | null {
	try {
		const stored = localStorage.getItem(KEY);
		return stored === 'wide' || stored === 'narrow' ? stored : null;
	} catch {
		return null;
	}
}

export const [getRail, setRail] = createContext<Rail>();
