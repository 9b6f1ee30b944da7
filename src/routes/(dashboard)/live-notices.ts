import type { Session } from '#lib/contract/session.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import { visitorName } from '#lib/client/format/names.ts';

export type NoticeKind = 'created' | 'completed' | 'answered';

/** What a toast says and opens; one chat session by name, several by their number. */
export interface Notice {
	kind: NoticeKind;
	text: string;
	/** The chat session to open; null where there are several. */
	session_id: string | null;
}

/** Gathers new chats, completions, and what visitors write to this person, so that any number of them makes one toast a kind. */
export class LiveNotices {
	#gathered = { created: 0, completed: 0, answered: 0 };
	/** The chat sessions that this person has taken over, as they were told last. */
	#own = new Map<string, Session>();

	/** The toasts to show, or to show anew, after these events; `isSeen` chats need none. */
	add(
		events: readonly LiveEvent[],
		isSeen: (session: Session) => boolean,
		userId: number,
	): Notice[] {
		const latest = new Map<NoticeKind, Session>();
		for (const event of events) {
			if (event.name === 'session.updated') this.#noteOwner(event.payload.session, userId);
			const told = this.#newsOf(event);
			if (!told || told.session.channel === 'test' || isSeen(told.session)) continue;
			this.#gathered[told.kind] += 1;
			latest.set(told.kind, told.session);
		}
		return [...latest].map(([kind, session]) => noticeOf(kind, this.#gathered[kind], session));
	}

	#newsOf(event: LiveEvent): { kind: NoticeKind; session: Session } | undefined {
		switch (event.name) {
			case 'session.created':
				return { kind: 'created', session: event.payload.session };
			case 'session.completed':
				return { kind: 'completed', session: event.payload.session };
			case 'message.created': {
				const session = this.#own.get(event.payload.session_id);
				const isAnswer = session && event.payload.message.sender === 'visitor';
				return isAnswer ? { kind: 'answered', session } : undefined;
			}
			default:
				return undefined;
		}
	}

	#noteOwner(session: Session, userId: number): void {
		if (session.ai_paused && session.assignee?.id === userId) {
			this.#own.set(session.session_id, session);
		} else this.#own.delete(session.session_id);
	}

	/** The toast is gone: the next one counts from nothing. */
	clear(kind: NoticeKind): void {
		this.#gathered[kind] = 0;
	}
}

function noticeOf(kind: NoticeKind, count: number, session: Session): Notice {
	const several = { created: 'new chats', completed: 'chats complete', answered: 'answers to you' };
	if (count > 1) return { kind, text: `${count} ${several[kind]}`, session_id: null };
	const one = {
		created: `New chat on ${session.site_name}`,
		completed: `Chat with ${visitorName(session)} is complete`,
		answered: `${visitorName(session)} answers you`,
	};
	return { kind, text: one[kind], session_id: session.session_id };
}
