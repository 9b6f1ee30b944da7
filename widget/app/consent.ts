import type { WidgetConfig } from '#lib/contract/site.ts';
import type { PageStorage } from './storage.ts';

interface Wiring {
	asked: WidgetConfig['consent'];
	storage: PageStorage;
	isOnline: () => boolean;
	/** Resolves to true once the server has stored it. */
	send: (version: string) => Promise<boolean>;
	/** Consent was given or stored: data that waited for it may be sent. */
	changed: () => void;
}

const KEY = 'consent';
const ASKED_ANEW = 'asked-anew';

/** The visitor's consent. No personal data is sent before the server has stored it. */
export class Consent {
	readonly #wiring: Wiring;
	/** The version that the server has stored for the chat session. */
	#stored: string | null = null;

	constructor(wiring: Wiring) {
		this.#wiring = wiring;
	}

	/** Whether the visitor has agreed, possibly in an earlier chat in this browser. */
	get isGiven(): boolean {
		return this.isStored || this.#wiring.storage.get(KEY) === this.#wiring.asked?.version;
	}

	get isStored(): boolean {
		const { asked } = this.#wiring;
		return asked === null || this.#stored === asked.version;
	}

	/** Whether the visitor must agree before writing. */
	get isMissing(): boolean {
		return this.#wiring.asked?.is_required === true && !this.isGiven;
	}

	/** Called when the visitor presses the button, or writes below the consent line. */
	give(): void {
		const { asked, storage, changed } = this.#wiring;
		if (!asked || this.isGiven) return;
		storage.set(KEY, asked.version);
		changed();
		void this.flush();
	}

	/** Sets the version that the server has stored for the chat session. */
	known(version: string | null): void {
		this.#stored = version;
		void this.flush();
	}

	/** Reloads the frame, once, when the server requires a consent that the loaded frame doesn't ask for. */
	reloadToAsk(): void {
		const { asked, storage } = this.#wiring;
		if (asked?.is_required || storage.get(ASKED_ANEW)) return;
		storage.set(ASKED_ANEW, '1');
		location.reload();
	}

	async flush(): Promise<void> {
		const { asked, storage, isOnline, send, changed } = this.#wiring;
		if (!asked || this.isStored || !this.isGiven || !isOnline()) return;
		if (!(await send(asked.version).catch(() => false))) return;
		this.#stored = asked.version;
		storage.set(ASKED_ANEW, null);
		changed();
	}
}
