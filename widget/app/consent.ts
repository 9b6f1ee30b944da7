import type { WidgetConfig } from '#lib/contract/site.ts';
import type { PageStorage } from './storage.ts';

interface Wiring {
	asked: WidgetConfig['consent'];
	storage: PageStorage;
	isOnline: () => boolean;
	/** True once the server has it. */
	send: (version: string) => Promise<boolean>;
	/** Something has changed: what waited for it may go out. */
	changed: () => void;
}

const KEY = 'consent';
const ASKED_ANEW = 'asked-anew';

/** What the site asks its visitors to agree to; nothing personal goes out before the server has it. */
export class Consent {
	readonly #wiring: Wiring;
	/** The version that the chat session has on record. */
	#stored: string | null = null;

	constructor(wiring: Wiring) {
		this.#wiring = wiring;
	}

	/** The visitor has agreed, be it in an earlier chat of this browser. */
	get isGiven(): boolean {
		return this.isStored || this.#wiring.storage.get(KEY) === this.#wiring.asked?.version;
	}

	get isStored(): boolean {
		const { asked } = this.#wiring;
		return asked === null || this.#stored === asked.version;
	}

	/** The visitor may not write before. */
	get isMissing(): boolean {
		return this.#wiring.asked?.is_required === true && !this.isGiven;
	}

	/** By a button, or by writing below the line that says so. */
	give(): void {
		const { asked, storage, changed } = this.#wiring;
		if (!asked || this.isGiven) return;
		storage.set(KEY, asked.version);
		changed();
		void this.flush();
	}

	/** What the server says of the chat session. */
	known(version: string | null): void {
		this.#stored = version;
		void this.flush();
	}

	/** The server wants one that this page does not ask for: it is loaded again, once, to ask. */
	askAnew(): void {
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
