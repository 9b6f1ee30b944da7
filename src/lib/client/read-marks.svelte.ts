import { createContext } from 'svelte';
import { z } from 'zod';
import type { Session } from '$lib/contract/session';

const KEY = 'frontdesk.read';
/** More chat sessions than this are forgotten, oldest first, by raising what counts as read for all. */
const MAX_MARKS = 500;

const stored = z.object({
	/** Messages up to this id count as read in every chat session. */
	through: z.number().int(),
	marks: z.record(z.string(), z.number().int()),
});
type Stored = z.infer<typeof stored>;

/** Up to which message this person has read each chat session, kept in this browser. */
export class ReadMarks {
	#state = $state.raw<Stored | null>(null);

	/** Reads the marks, and follows other tabs; before anything was kept, all that is there counts as read. */
	follow(newestMessageId: number): () => void {
		this.#state = load() ?? { through: newestMessageId, marks: {} };
		save(this.#state);
		const reload = (event: StorageEvent) => {
			if (event.key === KEY) this.#state = load() ?? this.#state;
		};
		window.addEventListener('storage', reload);
		return () => window.removeEventListener('storage', reload);
	}

	isUnread(session: Session): boolean {
		const state = this.#state;
		const last = session.last_message;
		if (!state || !last || last.sender === 'agent') return false;
		return last.id > Math.max(state.through, state.marks[session.session_id] ?? 0);
	}

	markRead(session: Session): void {
		if (!this.#state || !session.last_message || !this.isUnread(session)) return;
		this.#state = withMark(this.#state, session.session_id, session.last_message.id);
		save(this.#state);
	}
}

/** The marks with one more; where there are too many, the oldest messages count as read for all. */
export function withMark(state: Stored, id: string, messageId: number, max = MAX_MARKS): Stored {
	const marks = Object.entries({ ...state.marks, [id]: messageId })
		.filter(([, mark]) => mark > state.through)
		.sort(([, a], [, b]) => b - a);
	const through = Math.max(state.through, marks[max]?.[1] ?? 0);
	return { through, marks: Object.fromEntries(marks.slice(0, max)) };
}

function load(): Stored | null {
	try {
		return stored.parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
	} catch {
		return null;
	}
}

function save(state: Stored): void {
	try {
		localStorage.setItem(KEY, JSON.stringify(state));
	} catch {
		// Storage is blocked: the marks last as long as the page.
	}
}

export const [getReadMarks, setReadMarks] = createContext<ReadMarks>();
