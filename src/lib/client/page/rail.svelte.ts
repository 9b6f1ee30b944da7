import { createContext } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';

const KEY = 'frontdesk.rail';

/** Whether the navigation shows labels: as chosen in this browser, else where there is room. app.html applies it before the first paint. */
export class Rail {
	#choice = $state<'wide' | 'narrow' | null>(null);
	readonly #hasRoom = new MediaQuery('width >= 1360px', true);
	readonly isWide = $derived(
		this.#choice === null ? this.#hasRoom.current : this.#choice === 'wide',
	);

	/** Follows other tabs until the returned function is called. */
	follow(): () => void {
		const read = () => {
			this.#choice = readStored();
			this.#show();
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
			// Storage is blocked: the choice lasts as long as the page.
		}
		this.#show();
	}

	#show(): void {
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
