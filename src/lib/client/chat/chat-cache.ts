import type { LoadedChat } from './chat-details.svelte.ts';

/** The data of a chat's page. */
export interface ChatPageData {
	chat: LoadedChat;
	team: { id: number; name: string }[];
}

const MAX_CACHED = 50;
/** Recently opened chats, cached in memory so that they can be read offline. */
const cache = new Map<string, ChatPageData>();

/** Caches a chat, evicting the least recently opened one when the cache is full. */
export function cacheChat(data: ChatPageData): void {
	const id = data.chat.transcript.session.session_id;
	cache.delete(id);
	cache.set(id, data);
	const [oldest] = cache.keys();
	if (cache.size > MAX_CACHED && oldest !== undefined) cache.delete(oldest);
}

export const findCachedChat = (id: string): ChatPageData | null => cache.get(id) ?? null;
