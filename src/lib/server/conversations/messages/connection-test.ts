import { randomUUID } from 'node:crypto';
import type { Conversation } from '#lib/contract/conversation.ts';

/** The message that "Test connection" sends as the visitor, after the greeting. */
export const CONNECTION_TEST_MESSAGE = 'Hello! This is a connection test. Can you help me?';

/** Returns a chat session id for a connection test. No chat session has such an id. */
export const connectionTestId = () => `session_test_${randomUUID()}`;

export const isConnectionTestId = (id: string): boolean =>
	/^session_test_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/**
 * Returns the conversation of a connection test. A workflow that reads the conversation first therefore passes the test only
 * if it can reach Frontdesk with a valid key.
 */
export function connectionTestConversation(session_id: string, now: Date): Conversation {
	const timestamp = now.toISOString();
	return {
		session_id,
		conversation_history: [{ id: 2, message: CONNECTION_TEST_MESSAGE, timestamp, sender: 'user' }],
		session_metadata: {
			total_messages: 1,
			ai_messages_count: 0,
			user_messages_count: 1,
			session_start: timestamp,
			session_end: timestamp,
			excluded_last_ai_message: true,
		},
		last_ai_message: 'Hello! What can we do for you?',
		ai_message_time: timestamp,
	};
}
