import { createContext } from 'svelte';

export type ThemeChoice = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'frontdesk.theme';
/** The page background; must match `--bg` in tokens.css. */
const COLORS = { light: '#fafaf8', dark: '#0f1115' };

/** The chosen theme, stored in this browser; app.html applies it before the first paint. */
export class Theme {
	choice = $state<ThemeChoice>('system');
	#isSystemDark = $state(false);
	readonly current = $derived.by<'light' | 'dark'>(() =>
		this.choice === 'system' ? (this.#isSystemDark ? 'dark' : 'light') : this.choice,
	);

	/** Syncs with the system theme and other tabs until the returned function is called. */
	follow(): () => void {
		const system = matchMedia('(prefers-color-scheme: dark)');
		const readSystem = () => {
			this.#isSystemDark = system.matches;
			this.#render();
		};
		const readChoice = () => {
			this.choice = readStored();
			this.#render();
		};
		readSystem();
		readChoice();
		system.addEventListener('change', readSystem);
		window.addEventListener('storage', readChoice);
		return () => {
			system.removeEventListener('change', readSystem);
			window.removeEventListener('storage', readChoice);
		};
	}

	setChoice(choice: ThemeChoice): void {
		this.choice = choice;
		try {
			localStorage.setItem(STORAGE_KEY, choice);
		} catch {
			// Storage is blocked: the choice lasts until the page is closed.
		}
		this.#render();
	}

	#render(): void {
		document.documentElement.dataset['theme'] = this.current;
		// These tags color the title bar of the installed app. For `system`, the browser picks the tag of the system's theme.
		for (const tag of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
			const tagTheme = tag.media.includes('dark') ? 'dark' : 'light';
			tag.content = COLORS[this.choice === 'system' ? tagTheme : this.choice];
		}
	}
}

function readStored(): ThemeChoice {
	try {
		const stored = localStorage.getItem(STORAGE_KEY);
		return stored === 'light' || stored === 'dark' ? stored : 'system';
	} catch {
		return 'system';
	}
}

export const [getTheme, setTheme] = createContext<Theme>();
