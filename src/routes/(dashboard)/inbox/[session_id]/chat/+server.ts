import { json } from '@sveltejs/kit';
import { loadChat } from '../../../load-chat.ts';
import type { RequestHandler } from './$types';

/** The data of the chat's page, which the page loads itself to keep working without a connection. */
export const GET: RequestHandler = async ({ locals: { ctx }, params }) =>
	json(await loadChat(ctx, params.session_id), { headers: { 'Cache-Control': 'no-store' } });
