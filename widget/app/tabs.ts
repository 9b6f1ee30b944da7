import type { Credentials } from './credentials.ts';

/** Notifies other tabs with the same chat when this one starts a new chat or deletes the current one. */
export class Tabs {
	readonly #channel: BroadcastChannel | undefined;

	/** `onSwitch` receives the chat session that another tab switched to, or null if it was deleted. */
	constructor(name: string, onSwitch: (credentials: Credentials | null) => void) {
		try {
			this.#channel = new BroadcastChannel(name);
			this.#channel.onmessage = ({ data }: MessageEvent<Credentials | null>) => onSwitch(data);
		} catch {
			// Unavailable where storage is blocked. Tabs then work independently.
		}
	}

	notify(credentials: Credentials | null): void {
		this.#channel?.postMessage(credentials);
	}
}
