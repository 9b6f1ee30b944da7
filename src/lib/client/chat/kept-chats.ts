import type { LoadedChat } from './chat-details.svelte.ts';

/** What the page of a chat shows. */
export interface ChatPageData {
	chat: LoadedChat;
	team: { id: number; name: string }[];
}

/** The chats read last, to be read again without a connection, until the page is closed. */
const MAX_KEPT = 50;
const kept = new Map<string, ChatPageData>();

/** Keeps a chat as it is now; the one read the longest time ago makes room. */
export function keepChat(opened: ChatPageData): void {
	const id = opened.chat.transcript.session.session_id;
	kept.delete(id);
	kept.set(id, opened);
	const [oldest] = kept.keys();
	if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}

export const findKeptChat = (id: string): ChatPageData | null => kept.get(id) ?? null;
