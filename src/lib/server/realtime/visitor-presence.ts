import { agentEvents } from '#lib/contract/all-events.ts';
import type { App } from '../core/context.ts';
import type { OutgoingEvent } from './broadcast.ts';

/** As many visitors are remembered, and as many of them told to somebody who connects. */
const MOST = 5_000;
const MOST_TOLD = 1_000;
/** What another process told counts this long: it may have been killed. */
const COUNTS_MS = 5 * 60_000;

interface Present {
	page_url: string | null;
	/** When it is forgotten; visitors of this process stay until they leave. */
	until: number;
}

/** Which visitors are there now, for people of the team who connect later than they did. */
export class VisitorPresence {
	readonly #present = new Map<string, Present>();

	constructor(app: App) {
		app.events.onPublished(({ name, payload }) => {
			if (name === 'visitor.presence') this.#note(payload, Infinity);
		});
	}

	/** Takes note of what another process told. */
	heard({ name, payload }: OutgoingEvent): void {
		if (name !== 'visitor.presence') return;
		const told = agentEvents['visitor.presence'].safeParse(payload);
		if (told.success) this.#note(told.data, Date.now() + COUNTS_MS);
	}

	/** Those who are there, who came last first. */
	list(): { session_id: string; page_url: string | null }[] {
		const now = Date.now();
		return [...this.#present]
			.filter(([, { until }]) => until > now)
			.slice(-MOST_TOLD)
			.map(([session_id, { page_url }]) => ({ session_id, page_url }))
			.reverse();
	}

	#note(
		{
			session_id,
			is_online,
			page_url,
		}: { session_id: string; is_online: boolean; page_url: string | null },
		until: number,
	): void {
		this.#present.delete(session_id);
		if (!is_online) return;
		this.#present.set(session_id, { page_url, until });
		if (this.#present.size <= MOST) return;
		const [oldest] = this.#present.keys();
		if (oldest !== undefined) this.#present.delete(oldest);
	}
}
