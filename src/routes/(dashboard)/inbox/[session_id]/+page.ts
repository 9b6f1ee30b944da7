import { error, redirect } from '@sveltejs/kit';
import { browser } from '$app/environment';
import { findCachedChat, cacheChat, type ChatPageData } from '#lib/client/chat/chat-cache.ts';
import type { PageLoad } from './$types';

/** Loads the chat; while offline, returns the cached chat, if any. */
export const load: PageLoad = async ({ fetch, params: { session_id } }) => {
	const path = `/inbox/${encodeURIComponent(session_id)}/chat`;
	let response: Response;
	try {
		response = await fetch(path);
	} catch (failure) {
		if (!browser) throw failure;
		return { loadedChat: findCachedChat(session_id), isOffline: true, path };
	}
	if (response.redirected) {
		// The data endpoint is not a page, so the redirect must lead back to the chat's page.
		const { pathname } = new URL(response.url);
		const back = `?redirect_to=${encodeURIComponent(`/inbox/${encodeURIComponent(session_id)}`)}`;
		redirect(303, pathname === '/login' ? pathname + back : pathname);
	}
	if (!response.ok) error(response.status, await readErrorMessage(response));
	const loadedChat = (await response.json()) as ChatPageData;
	if (browser) cacheChat(loadedChat);
	return { loadedChat, isOffline: false, path };
};

async function readErrorMessage(response: Response): Promise<string> {
	const body: unknown = await response.json().catch(() => null);
	const message =
		typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
	return typeof message === 'string' ? message : 'Something went wrong.';
}
