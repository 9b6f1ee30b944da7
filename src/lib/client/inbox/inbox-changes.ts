import type { Session } from '#lib/contract/session.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import { newer, withMessage } from '#lib/client/live/list-changes.ts';

/** Chat sessions known to be outside of the filter; forgotten when there are too many. */
const MAX_OUTSIDE = 5_000;

/** What has changed since the list was last put in order. */
export class InboxChanges {
	/** Chat sessions as they are now, by id; null for those that are gone. */
	readonly changed = new Map<string, Session | null>();
	/** What facts have told of since the list was last asked for: an answer to that may be older. */
	readonly told = new Set<string>();
	/** Where something was said, but nothing else is known of the chat session yet. */
	readonly #unknown = new Set<string>();
	readonly #outside = new Set<string>();
	readonly #listed: ReadonlyMap<string, Session>;

	/** `listed` is what is in the list, by its id. */
	constructor(listed: ReadonlyMap<string, Session>) {
		this.#listed = listed;
	}

	get hasUnknown(): boolean {
		return this.#unknown.size > 0;
	}

	/** Those that the server is to be asked for, once. */
	takeUnknown(): string[] {
		const ids = [...this.#unknown];
		this.#unknown.clear();
		return ids;
	}

	/** Whether the filter does not find it: what is said there then needs no question to the server. */
	setOutside(id: string, isOutside: boolean): void {
		if (!isOutside) this.#outside.delete(id);
		else this.#outside.add(id);
		if (this.#outside.size > MAX_OUTSIDE) this.#outside.clear();
	}

	known(id: string): Session | undefined {
		const changed = this.changed.get(id);
		return changed === undefined ? this.#listed.get(id) : (changed ?? undefined);
	}

	note(fact: Fact): void {
		switch (fact.name) {
			case 'session.created':
			case 'session.updated':
			case 'session.completed': {
				const { session } = fact.payload;
				this.#tell(session.session_id, newer(this.known(session.session_id), session));
				return;
			}
			case 'session.deleted':
				this.#tell(fact.payload.session_id, null);
				return;
			case 'message.created': {
				const { session_id, message } = fact.payload;
				const known = this.known(session_id);
				if (known) this.#tell(session_id, withMessage(known, message));
				else if (!this.#outside.has(session_id)) this.#unknown.add(session_id);
				return;
			}
			case 'lead.updated': {
				const known = this.known(fact.payload.session_id);
				const name = fact.payload.lead.name;
				if (known) this.#tell(known.session_id, { ...known, visitor_name: name });
				return;
			}
			default:
				return;
		}
	}

	#tell(id: string, session: Session | null): void {
		this.changed.set(id, session);
		this.told.add(id);
	}
}
