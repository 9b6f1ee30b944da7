import type { LeadOutcome, Outcome } from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Session } from '#lib/contract/session.ts';
import { matchesFilter, type InboxFilter } from './session-filter.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';

/** Orders chat sessions by last activity, newest first, as the API does. */
function compareByActivity(a: Session, b: Session): number {
	return b.last_activity_at < a.last_activity_at
		? -1
		: b.last_activity_at > a.last_activity_at
			? 1
			: b.id - a.id;
}

/** Adds a message to a chat session. Returns the session unchanged if its last message is the same or newer. */
export function withMessage(session: Session, message: Message): Session {
	if (session.last_message && session.last_message.id >= message.id) return session;
	const { id, sender, timestamp, author } = message;
	return {
		...session,
		last_message: { id, sender, timestamp, author, message: message.message.slice(0, 200) },
		last_activity_at: timestamp > session.last_activity_at ? timestamp : session.last_activity_at,
		ai_engaged:
			session.ai_engaged ||
			(sender === 'ai' && !message.is_fallback && session.visitor_message_count > 0),
		message_count: session.message_count + 1,
		visitor_message_count: session.visitor_message_count + (sender === 'visitor' ? 1 : 0),
		ai_message_count: session.ai_message_count + (sender === 'ai' ? 1 : 0),
	};
}

/** Returns the received chat session. Keeps the known last message and counts if they are newer, since events may arrive out of order. */
export function mergeSessions(known: Session | undefined, received: Session): Session {
	// Only search results include the matched text.
	if (known?.match && !received.match)
		return mergeSessions(known, { ...received, match: known.match });
	if (!known?.last_message || !received.last_message) return received;
	return received.last_message.id >= known.last_message.id
		? received
		: {
				...received,
				last_message: known.last_message,
				last_activity_at: known.last_activity_at,
				ai_engaged: received.ai_engaged || known.ai_engaged,
				message_count: known.message_count,
				visitor_message_count: known.visitor_message_count,
				ai_message_count: known.ai_message_count,
			};
}

/** Returns whether a changed chat session belongs in the list; `last` is the last loaded row if there are more pages. */
export function belongs(
	session: Session | null,
	filter: InboxFilter,
	{ isListed, last }: { isListed: boolean; last: Session | undefined },
): session is Session {
	if (!session || !matchesFilter(session, filter, isListed)) return false;
	return isListed || !last || compareByActivity(session, last) <= 0;
}

/**
 * Merges changed chat sessions into the list, sorted by activity: the filter decides which are added, kept or removed.
 * New rows that sort below the last loaded one are left to later pages. Runs in linear time, since the list may be long.
 */
export function mergeIntoList(
	list: readonly Session[],
	changed: ReadonlyMap<string, Session | null>,
	filter: InboxFilter,
	hasMore: boolean,
): Session[] {
	const last = hasMore ? list.at(-1) : undefined;
	const listed = indexById(list, changed);
	const added = [...changed]
		.filter(([id, session]) => belongs(session, filter, { isListed: listed.has(id), last }))
		.flatMap(([, session]) => session ?? [])
		.sort(compareByActivity);
	const merged: Session[] = [];
	let next = 0;
	for (const session of list) {
		if (changed.has(session.session_id)) continue;
		for (let row = added[next]; row && compareByActivity(row, session) <= 0; row = added[next]) {
			merged.push(row);
			next += 1;
		}
		merged.push(session);
	}
	return merged.concat(added.slice(next));
}

/** Returns the list indexes of the changed chat sessions. */
function indexById(
	list: readonly Session[],
	changed: ReadonlyMap<string, unknown>,
): Map<string, number> {
	const indexes = new Map<string, number>();
	list.forEach(({ session_id }, index) => {
		if (changed.has(session_id)) indexes.set(session_id, index);
	});
	return indexes;
}

/** Returns the rows, updated but not moved, so that nothing jumps while the user reads. Removed ones stay until the next sort. */
export function updateWithoutMoving(
	list: readonly Session[],
	changed: ReadonlyMap<string, Session | null>,
): Session[] {
	return list.map((session) => changed.get(session.session_id) ?? session);
}

/** Counts the changed chat sessions that would be added or move up if the list were sorted now. */
export function countArrivals(
	list: readonly Session[],
	merged: readonly Session[],
	changed: ReadonlyMap<string, unknown>,
): number {
	const before = indexById(list, changed);
	const after = indexById(merged, changed);
	return [...after].filter(([id, index]) => index < (before.get(id) ?? Infinity)).length;
}

/** The maximum number of chat sessions that are tracked as not matching the filter. */
const MAX_EXCLUDED = 5_000;

/** Changes since the list was last sorted. */
export class InboxChanges {
	/** Current states by id; null for chat sessions that were deleted or that the last refresh no longer returned. */
	readonly changed = new Map<string, Session | null>();
	/** Ids of chat sessions that events changed since the last refresh started. The refresh's response may be older than these changes. */
	readonly touchedIds = new Set<string>();
	/** Ids of chat sessions that have new messages but are neither listed nor known to be excluded. */
	readonly #unknownIds = new Set<string>();
	readonly #excludedIds = new Set<string>();
	readonly #listed: ReadonlyMap<string, Session>;

	/** `listed` holds the rows of the list by id. */
	constructor(listed: ReadonlyMap<string, Session>) {
		this.#listed = listed;
	}

	get hasUnknown(): boolean {
		return this.#unknownIds.size > 0;
	}

	/** Returns the ids of unknown chat sessions and clears them. */
	takeUnknownIds(): string[] {
		const ids = [...this.#unknownIds];
		this.#unknownIds.clear();
		return ids;
	}

	/** Records whether the filter excludes a chat session, so that its messages trigger no refresh. */
	setExcluded(id: string, isExcluded: boolean): void {
		if (!isExcluded) this.#excludedIds.delete(id);
		else this.#excludedIds.add(id);
		if (this.#excludedIds.size > MAX_EXCLUDED) this.#excludedIds.clear();
	}

	find(id: string): Session | undefined {
		const changed = this.changed.get(id);
		return changed === undefined ? this.#listed.get(id) : (changed ?? undefined);
	}

	apply(event: LiveEvent): void {
		switch (event.name) {
			case 'session.created':
			case 'session.updated':
			case 'session.completed': {
				const { session } = event.payload;
				this.#touch(session.session_id, mergeSessions(this.find(session.session_id), session));
				return;
			}
			case 'session.deleted':
				this.#touch(event.payload.session_id, null);
				return;
			case 'message.created': {
				const { session_id, message } = event.payload;
				const known = this.find(session_id);
				if (known) this.#touch(session_id, withMessage(known, message));
				else if (!this.#excludedIds.has(session_id)) this.#unknownIds.add(session_id);
				return;
			}
			case 'lead.updated': {
				const known = this.find(event.payload.session_id);
				const { name, score, email, phone } = event.payload.lead;
				const changes = {
					visitor_name: name,
					lead_score: score,
					has_contact: (email ?? phone) !== null,
				};
				if (known) this.#touch(known.session_id, { ...known, ...changes });
				return;
			}
			default:
				return;
		}
	}

	#touch(id: string, session: Session | null): void {
		this.changed.set(id, session);
		this.touchedIds.add(id);
	}
}

/** Adds a row to a list, or replaces the one with its id. */
export const withRow = <T extends { id: number }>(rows: readonly T[], row: T): T[] => [
	...rows.filter(({ id }) => id !== row.id),
	row,
];

/** Sorts rows by id, highest first. */
export const sortNewestFirst = <T extends { id: number }>(rows: readonly T[]): T[] =>
	[...rows].sort((a, b) => b.id - a.id);

const NO_OUTCOME = { stage: null, value: null, currency: null, reason: null, at: null };

/** Adds an outcome to a lead's history; the newest one is current unless it clears the outcome. */
export function withOutcome(current: LeadOutcome, added: Outcome): LeadOutcome {
	const history = sortNewestFirst(withRow(current.history, added));
	const [newest = added] = history;
	const { stage, value, currency, reason, at } = newest.cleared ? NO_OUTCOME : newest;
	return { session_id: current.session_id, stage, value, currency, reason, at, history };
}
