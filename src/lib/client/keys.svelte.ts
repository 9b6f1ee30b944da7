import { createContext } from 'svelte';
import { shortcutOf, startsShortcut, type ShortcutId } from './shortcuts.ts';

/** The second key of a shortcut follows the first within this. */
const PAUSE_MS = 1_500;

/** False: not meant here, and the key keeps what it means to the browser. */
type Handler = () => void | false;
type Handlers = Partial<Record<ShortcutId, Handler>>;

/** Hands every shortcut to the page that answers it: the one that came last, if several do. */
export class Keys {
	#handlers: Handlers[] = [];
	#first: string | undefined;
	#forget: ReturnType<typeof setTimeout> | undefined;

	/** Answers shortcuts until the returned function is called. */
	on(handlers: Handlers): () => void {
		this.#handlers = [handlers, ...this.#handlers];
		return () => {
			this.#handlers = this.#handlers.filter((one) => one !== handlers);
		};
	}

	press(event: KeyboardEvent): void {
		const first = this.#first;
		this.#setFirst(undefined);
		const id = (first && shortcutOf(event, first)) || shortcutOf(event);
		const handler = id && this.#handlers.find((handlers) => handlers[id])?.[id];
		if (handler) {
			if (handler() !== false) event.preventDefault();
		} else if (startsShortcut(event)) this.#setFirst(event.key);
	}

	#setFirst(key: string | undefined): void {
		clearTimeout(this.#forget);
		this.#first = key;
		if (key) this.#forget = setTimeout(() => (this.#first = undefined), PAUSE_MS);
	}
}

export const [getKeys, setKeys] = createContext<Keys>();
