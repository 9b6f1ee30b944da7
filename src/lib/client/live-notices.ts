import type { Session } from '$lib/contract/session';
import type { Fact } from './facts';
import { visitorName } from './session-words';

export type NoticeKind = 'created' | 'completed';

/** What a toast says and opens; one chat session by name, several by their number. */
export interface Notice {
	kind: NoticeKind;
	text: string;
	/** The chat session to open; null where there are several. */
	session_id: string | null;
}

/** Gathers new chats and completions, so that any number of them makes one toast a kind. */
export class LiveNotices {
	#gathered = { created: 0, completed: 0 };

	/** The toasts to show, or to show anew, after these facts; `isSeen` chats need none. */
	add(facts: readonly Fact[], isSeen: (session: Session) => boolean): Notice[] {
		const latest = new Map<NoticeKind, Session>();
		for (const fact of facts) {
			if (fact.name !== 'session.created' && fact.name !== 'session.completed') continue;
			const { session } = fact.payload;
			if (session.channel === 'test' || isSeen(session)) continue;
			const kind = fact.name === 'session.created' ? 'created' : 'completed';
			this.#gathered[kind] += 1;
			latest.set(kind, session);
		}
		return [...latest].map(([kind, session]) => noticeOf(kind, this.#gathered[kind], session));
	}

	/** The toast is gone: the next one counts from nothing. */
	clear(kind: NoticeKind): void {
		this.#gathered[kind] = 0;
	}
}

function noticeOf(kind: NoticeKind, count: number, session: Session): Notice {
	if (count > 1) {
		const what = kind === 'created' ? 'new chats' : 'chats complete';
		return { kind, text: `${count} ${what}`, session_id: null };
	}
	const text =
		kind === 'created'
			? `New chat on ${session.site_name}`
			: `Chat with ${visitorName(session)} is complete`;
	return { kind, text, session_id: session.session_id };
}
