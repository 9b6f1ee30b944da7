import type { Credentials } from './credentials.ts';

/** Other tabs that show the same chat; they follow when this one begins another chat or forgets it. */
export class Tabs {
	readonly #channel: BroadcastChannel | undefined;

	/** `heard`: the chat session that another tab went over to, null when it was forgotten. */
	constructor(name: string, heard: (credentials: Credentials | null) => void) {
		try {
			this.#channel = new BroadcastChannel(name);
			this.#channel.onmessage = ({ data }: MessageEvent<Credentials | null>) => heard(data);
		} catch {
			// Storage is blocked, and this with it: each tab is by itself.
		}
	}

	tell(credentials: Credentials | null): void {
		this.#channel?.postMessage(credentials);
	}
}
