import type { CannedReply } from '#lib/contract/canned-reply.ts';
import { chatApi } from './chat-api.ts';

/** The canned replies that this person may use, read when they are first wanted. */
export class CannedReplies {
	items = $state.raw<readonly CannedReply[]>([]);
	/** Until then nobody knows whether there are any. */
	isLoaded = $state(false);
	isFailed = $state(false);
	#isLoading = false;

	/** Reads them, unless they are there already. */
	async load(): Promise<void> {
		if (this.isLoaded || this.#isLoading) return;
		this.#isLoading = true;
		this.isFailed = false;
		try {
			this.items = (await chatApi.listCannedReplies()).items;
			this.isLoaded = true;
		} catch {
			this.isFailed = true;
		} finally {
			this.#isLoading = false;
		}
	}
}
