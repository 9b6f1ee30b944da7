import type { Conversation } from '#lib/server/ai/connectors/connector.ts';

/** Returns a connector's input for a visitor's first message. */
export const createConversation = (overrides: Partial<Conversation> = {}): Conversation => ({
	session_id: 'session_abc',
	turn_id: '6b1f1c1e-0000-4000-8000-000000000001',
	action: 'message',
	channel: 'web',
	is_test: false,
	message: 'hi, mail a@b.co',
	message_id: 17,
	site: {
		key: 'default',
		name: 'Default',
		completion_phrase: 'within 24 hours',
		questions: [],
		completion_needs: 'nothing',
	},
	context: {},
	language: 'en',
	lead: {},
	history: [],
	handoff_missed: false,
	business_hours_open: true,
	completion_claimed: false,
	loadTranscript: () => Promise.resolve([]),
	signal: new AbortController().signal,
	...overrides,
});
