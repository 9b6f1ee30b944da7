import { z } from 'zod';
import { erased, visitorChats, type Erased, type VisitorChats } from '#lib/contract/visitor.ts';
import { call } from '#lib/client/api-client.ts';
import { downloadFrom } from '#lib/client/download.ts';

/** What is held of whoever wrote in a chat session, in all their chats; each throws ApiError. */
export const visitorApi = {
	find: (session_id: string): Promise<VisitorChats> =>
		call(visitorChats, 'POST', '/api/visitors/find', { session_id }),
	erase: (session_id: string): Promise<Erased> =>
		call(erased, 'POST', '/api/visitors/erase', { session_id, confirm: 'erase' }),
};

/** Has the browser keep all that is held of a visitor as a JSON file. */
export async function downloadVisitor(session_id: string): Promise<void> {
	const held = await call(z.unknown(), 'POST', '/api/visitors/export', { session_id });
	const file = new Blob([JSON.stringify(held, null, '\t')], { type: 'application/json' });
	const url = URL.createObjectURL(file);
	downloadFrom(url, `visitor-${session_id}.json`);
	// Some browsers begin to read only after the click has been handled.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
