import type { WidgetConfig } from '#lib/contract/site.ts';
import type { PageStorage } from './storage.ts';

interface Options {
	/** The site's consent text; null if it doesn't ask for consent. */
	request: WidgetConfig['consent'];
	storage: PageStorage;
	isOnline: () => boolean;
	/** Resolves to true once the server has stored the consent. */
	send: (version: string) => Promise<boolean>;
	/** Called when consent was given or stored, so that data waiting for it can be sent. */
	onChange: () => void;
}

const CONSENT_KEY = 'consent';
const RELOADED_KEY = 'asked-anew';

/** The visitor's consent. No personal data is sent before the server has stored it. */
export class Consent {
	readonly #options: Options;
	/** The version that the server has stored for the chat session. */
	#stored: string | null = null;

	constructor(options: Options) {
		this.#options = options;
	}

	/** Returns whether the visitor has agreed, possibly in an earlier chat in this browser. */
	get isGiven(): boolean {
		return (
			this.isStored || this.#options.storage.get(CONSENT_KEY) === this.#options.request?.version
		);
	}

	get isStored(): boolean {
		const { request } = this.#options;
		return request === null || this.#stored === request.version;
	}

	/** Returns whether the visitor must agree before writing. */
	get isMissing(): boolean {
		return this.#options.request?.is_required === true && !this.isGiven;
	}

	/** Records that the visitor agreed, by pressing the button or by writing below the consent line. */
	give(): void {
		const { request, storage, onChange } = this.#options;
		if (!request || this.isGiven) return;
		storage.set(CONSENT_KEY, request.version);
		onChange();
		void this.flush();
	}

	/** Sets the version that the server has stored for the chat session. */
	setStored(version: string | null): void {
		this.#stored = version;
		void this.flush();
	}

	/** Reloads the frame once, if the server requires a consent that the loaded frame doesn't ask for. */
	reloadToAsk(): void {
		const { request, storage } = this.#options;
		if (request?.is_required || storage.get(RELOADED_KEY)) return;
		storage.set(RELOADED_KEY, '1');
		location.reload();
	}

	async flush(): Promise<void> {
		const { request, storage, isOnline, send, onChange } = this.#options;
		if (!request || this.isStored || !this.isGiven || !isOnline()) return;
		if (!(await send(request.version).catch(() => false))) return;
		this.#stored = request.version;
		storage.set(RELOADED_KEY, null);
		onChange();
	}
}
