import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { Sender } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import { api, call } from '#lib/client/api/call.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

const KEY = 'frontdesk.read';
/** More unread chats are shown as "99+". */
export const MAX_UNREAD = 99;
/** When there are more marks, the oldest are dropped. Messages up to these count as read in every chat session. */
const MAX_MARKS = 500;

interface ReadState {
	/** Messages up to this id count as read in every chat session. */
	through: number;
	marks: Record<string, number>;
}

/** The last message that the user has read in each chat session, stored in this browser. */
export class ReadMarks {
	/** Ids of active chat sessions known to have unread messages. */
	readonly unread = new SvelteSet<string>();
	readonly #key: string;
	/** Ids of test chats, which are never unread. */
	readonly #testChatIds = new Set<string>();
	#state = $state.raw<ReadState | null>(null);

	constructor(userId: number) {
		this.#key = `${KEY}.${userId}`;
	}

	/** Loads the marks, and keeps them in sync with other tabs and the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		this.#state = load(this.#key);
		const reload = (event: StorageEvent) => {
			if (event.key !== this.#key) return;
			this.#state = load(this.#key) ?? this.#state;
			void this.#recount();
		};
		window.addEventListener('storage', reload);
		const stops = [
			() => window.removeEventListener('storage', reload),
			live.subscribe((events) => events.forEach((event) => this.#apply(event))),
			live.onConnected(() => void this.#recount()),
		];
		return () => stops.forEach((stop) => stop());
	}

	isUnread(session: Pick<Session, 'session_id' | 'last_message'>): boolean {
		const last = session.last_message;
		return last !== null && this.#isNew(session.session_id, last);
	}

	markRead(session: Session): void {
		this.unread.delete(session.session_id);
		if (!this.#state || !session.last_message || !this.isUnread(session)) return;
		this.#state = addMark(this.#state, session.session_id, session.last_message.id);
		save(this.#key, this.#state);
	}

	/** Finds the unread chats among the 100 latest active ones. On the first visit in this browser, everything counts as read. */
	async #recount(): Promise<void> {
		try {
			const { items } = await call(
				api.sessions.$get({ query: { archive_status: 'active', limit: '100' } }),
			);
			if (!this.#state) {
				const through = Math.max(0, ...items.map((session) => session.last_message?.id ?? 0));
				this.#state = load(this.#key) ?? { through, marks: {} };
				save(this.#key, this.#state);
			}
			this.unread.clear();
			for (const session of items) if (this.isUnread(session)) this.#add(session.session_id);
		} catch {
			// The next reconnect retries.
		}
	}

	#apply(event: LiveEvent): void {
		switch (event.name) {
			case 'message.created': {
				const { session_id, message } = event.payload;
				if (message.sender === 'agent') this.unread.delete(session_id);
				else if (!this.#testChatIds.has(session_id) && this.#isNew(session_id, message))
					this.#add(session_id);
				return;
			}
			case 'session.created':
			case 'session.updated': {
				const { session_id, channel, archive_status } = event.payload.session;
				if (channel === 'test') this.#testChatIds.add(session_id);
				if (channel === 'test' || archive_status === 'archived') this.unread.delete(session_id);
				return;
			}
			case 'session.deleted':
				this.unread.delete(event.payload.session_id);
				return;
			default:
				return;
		}
	}

	#isNew(id: string, message: { id: number; sender: Sender }): boolean {
		const state = this.#state;
		if (!state || message.sender === 'agent') return false;
		return message.id > Math.max(state.through, state.marks[id] ?? 0);
	}

	#add(id: string): void {
		if (this.unread.size <= MAX_UNREAD) this.unread.add(id);
	}
}

/** Adds a mark. If there are more than `max`, drops the oldest and raises `through` to the newest of these. */
export function addMark(
	state: ReadState,
	id: string,
	messageId: number,
	max = MAX_MARKS,
): ReadState {
	const marks = Object.entries({ ...state.marks, [id]: messageId })
		.filter(([, mark]) => mark > state.through)
		.sort(([, a], [, b]) => b - a);
	const through = Math.max(state.through, marks[max]?.[1] ?? 0);
	return { through, marks: Object.fromEntries(marks.slice(0, max)) };
}

function load(key: string): ReadState | null {
	try {
		const state = JSON.parse(localStorage.getItem(key) ?? 'null') as Partial<ReadState> | null;
		return typeof state?.through === 'number' && typeof state.marks === 'object'
			? { through: state.through, marks: { ...state.marks } }
			: null;
	} catch {
		return null;
	}
}

function save(key: string, state: ReadState): void {
	try {
		localStorage.setItem(key, JSON.stringify(state));
	} catch {
		// Storage is blocked: the marks last as long as the page.
	}
}

export const [getReadMarks, setReadMarks] = createContext<ReadMarks>();
