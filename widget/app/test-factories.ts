import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';

export const createSession = (values: Partial<WidgetSession> = {}): WidgetSession => ({
	session_id: 'session_test',
	completion_status: 'in_progress',
	agent: null,
	agent_photo: null,
	handoff_deadline_at: null,
	has_contact: false,
	consent_version: null,
	created_at: '2026-11-23T09:00:00.000Z',
	...values,
});

export const createMessage = (values: Partial<WidgetMessage> = {}): WidgetMessage => ({
	id: 1,
	sender: 'visitor',
	message: 'Hello',
	timestamp: '2026-11-23T09:00:00.000Z',
	author: null,
	client_message_id: null,
	is_fallback: false,
	quick_replies: [],
	...values,
});
