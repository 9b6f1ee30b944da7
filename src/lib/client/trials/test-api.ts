import { message } from '#lib/contract/message.ts';
import { session } from '#lib/contract/session.ts';
import { replay, replayComparison, testChat } from '#lib/contract/test-chat.ts';
import { call } from '#lib/client/api-client.ts';

const chats = '/api/test-chats';

/** What the test page asks the HTTP API for. */
export const testApi = {
	start: (site: string) => call(session, 'POST', chats, { site }),
	get: (id: string) => call(testChat, 'GET', `${chats}/${id}`),
	say: (id: string, text: string, client_message_id: string) =>
		call(message, 'POST', `${chats}/${id}/messages`, { message: text, client_message_id }),
	startReplay: (session_id: string) => call(replay, 'POST', '/api/replays', { session_id }),
	getReplay: (id: number) => call(replayComparison, 'GET', `/api/replays/${id}`),
	cancelReplay: (id: number) => call(replay, 'POST', `/api/replays/${id}/cancel`),
};
