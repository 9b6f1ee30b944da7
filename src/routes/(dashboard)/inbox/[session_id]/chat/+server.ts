import { json } from '@sveltejs/kit';
import { loadChat } from '../../../load-chat.ts';
import type { RequestHandler } from './$types';

/** The chat page's data, fetched by the page's universal load so that it can handle being offline. */
export const GET: RequestHandler = async ({ locals: { ctx }, params }) =>
	json(await loadChat(ctx, params.session_id), { headers: { 'Cache-Control': 'no-store' } });
