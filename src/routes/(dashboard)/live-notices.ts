import type { Session } from '#lib/contract/session.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import { visitorName } from '#lib/client/format/names.ts';

export type NoticeKind = 'created' | 'completed' | 'answered' | 'replaced';

/** A toast: names one chat session, or counts several. */
export interface Notice {
	kind: NoticeKind;
	text: string;
	/** The chat session to open; null for several. */
	session_id: string | null;
}

/** Groups new chats, completions, visitor replies to this person and chats taken from them into one toast per kind. */
export class LiveNotices {
	#gathered = { created: 0, completed: 0, answered: 0, replaced: 0 };
	/** The latest state of the chat sessions this person has taken over. */
	#own = new Map<string, Session>();

	/** Returns the toasts to show or update after these events; `isSeen` chats need none. */
	add(
		events: readonly LiveEvent[],
		isSeen: (session: Session) => boolean,
		userId: number,
	): Notice[] {
		const latest = new Map<NoticeKind, Session>();
		for (const event of events) {
			const news = this.#newsOf(event, userId);
			if (event.name === 'session.updated') this.#noteOwner(event.payload.session, userId);
			if (!news || news.session.channel === 'test') continue;
			// Someone who is writing in the chat is told, too.
			if (news.kind !== 'replaced' && isSeen(news.session)) continue;
			this.#gathered[news.kind] += 1;
			latest.set(news.kind, news.session);
		}
		return [...latest].map(([kind, session]) => noticeOf(kind, this.#gathered[kind], session));
	}

	#newsOf(event: LiveEvent, userId: number): { kind: NoticeKind; session: Session } | undefined {
		switch (event.name) {
			case 'session.created':
				return { kind: 'created', session: event.payload.session };
			case 'session.completed':
				return { kind: 'completed', session: event.payload.session };
			case 'session.updated': {
				const { session } = event.payload;
				const isTaken = session.agent !== null && session.assignee?.id !== userId;
				return isTaken && this.#own.has(session.session_id)
					? { kind: 'replaced', session }
					: undefined;
			}
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

	/** Resets a kind's count when its toast is closed. */
	clear(kind: NoticeKind): void {
		this.#gathered[kind] = 0;
	}
}

function noticeOf(kind: NoticeKind, count: number, session: Session): Notice {
	const several = {
		created: 'new chats',
		completed: 'chats completed',
		answered: 'replies to you',
		replaced: 'of your chats were taken over',
	};
	if (count > 1) return { kind, text: `${count} ${several[kind]}`, session_id: null };
	const one = {
		created: `New chat on ${session.site_name}`,
		completed: `Chat with ${visitorName(session)} completed`,
		answered: `${visitorName(session)} replied to you`,
		replaced: `${session.agent || 'A teammate'} took over your chat with ${visitorName(session)}`,
	};
	return { kind, text: one[kind], session_id: session.session_id };
}
