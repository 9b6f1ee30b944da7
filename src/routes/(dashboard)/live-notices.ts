import type { Session } from '#lib/contract/session.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import { getVisitorName } from '#lib/client/format/names.ts';

export type NoticeKind = 'created' | 'completed' | 'answered' | 'replaced';

/** The content of a toast, about one chat session or several. */
export interface Notice {
	kind: NoticeKind;
	text: string;
	/** The chat session to open; null for several. */
	session_id: string | null;
}

/** Groups new chats, completions, replies to the user and takeovers of their chats into one toast per kind. */
export class LiveNotices {
	#counts = { created: 0, completed: 0, answered: 0, replaced: 0 };
	/** The chat sessions that the user has taken over, by id. */
	#ownChats = new Map<string, Session>();

	/** Returns the toasts to show or update after these events; chats for which `isSeen` returns true need none. */
	add(
		events: readonly LiveEvent[],
		isSeen: (session: Session) => boolean,
		userId: number,
	): Notice[] {
		const latest = new Map<NoticeKind, Session>();
		for (const event of events) {
			const change = this.#toChange(event, userId);
			if (event.name === 'session.updated') this.#trackOwner(event.payload.session, userId);
			if (!change || change.session.channel === 'test') continue;
			// A takeover is announced even in the open chat, since the user may be typing there.
			if (change.kind !== 'replaced' && isSeen(change.session)) continue;
			this.#counts[change.kind] += 1;
			latest.set(change.kind, change.session);
		}
		return [...latest].map(([kind, session]) => createNotice(kind, this.#counts[kind], session));
	}

	#toChange(event: LiveEvent, userId: number): { kind: NoticeKind; session: Session } | undefined {
		switch (event.name) {
			case 'session.created':
				return { kind: 'created', session: event.payload.session };
			case 'session.completed':
				return { kind: 'completed', session: event.payload.session };
			case 'session.updated': {
				const { session } = event.payload;
				const isTaken = session.agent !== null && session.assignee?.id !== userId;
				return isTaken && this.#ownChats.has(session.session_id)
					? { kind: 'replaced', session }
					: undefined;
			}
			case 'message.created': {
				const session = this.#ownChats.get(event.payload.session_id);
				const isAnswer = session && event.payload.message.sender === 'visitor';
				return isAnswer ? { kind: 'answered', session } : undefined;
			}
			default:
				return undefined;
		}
	}

	#trackOwner(session: Session, userId: number): void {
		if (session.ai_paused && session.assignee?.id === userId) {
			this.#ownChats.set(session.session_id, session);
		} else this.#ownChats.delete(session.session_id);
	}

	/** Resets a kind's count when its toast is closed. */
	clear(kind: NoticeKind): void {
		this.#counts[kind] = 0;
	}
}

function createNotice(kind: NoticeKind, count: number, session: Session): Notice {
	const pluralTexts = {
		created: 'new chats',
		completed: 'chats completed',
		answered: 'replies to you',
		replaced: 'of your chats were taken over',
	};
	if (count > 1) return { kind, text: `${count} ${pluralTexts[kind]}`, session_id: null };
	const singularTexts = {
		created: `New chat on ${session.site_name}`,
		completed: `Chat with ${getVisitorName(session)} completed`,
		answered: `${getVisitorName(session)} replied to you`,
		replaced: `${session.agent || 'A teammate'} took over your chat with ${getVisitorName(session)}`,
	};
	return { kind, text: singularTexts[kind], session_id: session.session_id };
}
