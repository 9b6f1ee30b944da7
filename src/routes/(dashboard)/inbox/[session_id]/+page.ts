import { error, redirect } from '@sveltejs/kit';
import { browser } from '$app/environment';
import { findKeptChat, keepChat, type ChatPageData } from '#lib/client/chat/kept-chats.ts';
import type { PageLoad } from './$types';

/** Loads the chat; without a connection, it is shown as it was read before, or not at all. */
export const load: PageLoad = async ({ fetch, params: { session_id } }) => {
	const path = `/inbox/${session_id}/chat`;
	let response: Response;
	try {
		response = await fetch(path);
	} catch (failure) {
		if (!browser) throw failure;
		return { opened: findKeptChat(session_id), isAway: true, path };
	}
	if (response.redirected) {
		// The data has no page of its own to come back to.
		const { pathname } = new URL(response.url);
		const back = `?redirect_to=${encodeURIComponent(`/inbox/${session_id}`)}`;
		redirect(303, pathname === '/login' ? pathname + back : pathname);
	}
	if (!response.ok) error(response.status, await messageOf(response));
	const opened = (await response.json()) as ChatPageData;
	if (browser) keepChat(opened);
	return { opened, isAway: false, path };
};

async function messageOf(response: Response): Promise<string> {
	const body: unknown = await response.json().catch(() => null);
	const message =
		typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
	return typeof message === 'string' ? message : 'Something went wrong.';
}
