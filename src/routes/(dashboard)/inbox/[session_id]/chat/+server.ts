import { json } from '@sveltejs/kit';
import { loadChat } from '../../../load-chat.ts';
import type { RequestHandler } from './$types';

/** Returns the chat page's data. The page's universal `load` fetches it here, so that the page works offline. */
export const GET: RequestHandler = async ({ locals: { ctx }, params }) =>
	json(await loadChat(ctx, params.session_id), { headers: { 'Cache-Control': 'no-store' } });
