import type { Lead } from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Session } from '#lib/contract/session.ts';

/** Sample chat sessions, messages and leads in the shape of the contract. Defaults derive from the id. */

const toTimestamp = (minute: number) => new Date(Date.UTC(2026, 10, 23, 9, minute)).toISOString();

export function createSampleSession(id: number, overrides: Partial<Session> = {}): Session {
	return {
		id,
		session_id: `session_${id}`,
		site: 'default',
		site_name: 'Default',
		channel: 'web',
		completion_status: 'in_progress',
		completion_source: null,
		completion_claimed: false,
		completions_undone: 0,
		archive_status: 'active',
		qa_status: 'unchecked',
		ai_engaged: false,
		ai_paused: false,
		assignee: null,
		agent: null,
		agent_photo: null,
		handoff_deadline_at: null,
		is_rescued: false,
		version: null,
		arm: null,
		visitor_name: null,
		has_contact: false,
		lead_score: null,
		message_count: 1,
		visitor_message_count: 0,
		ai_message_count: 1,
		last_message: { id, sender: 'ai', message: 'Hello', timestamp: toTimestamp(id), author: null },
		context: {},
		created_at: toTimestamp(id),
		last_activity_at: toTimestamp(id),
		completed_at: null,
		archived_at: null,
		consent: null,
		...overrides,
	};
}

export function createSampleMessage(id: number, overrides: Partial<Message> = {}): Message {
	return {
		id,
		session_id: 'session_1',
		sender: 'visitor',
		message: `Message ${id}`,
		timestamp: toTimestamp(id),
		author: null,
		client_message_id: null,
		external_id: null,
		is_fallback: false,
		quick_replies: [],
		...overrides,
	};
}

export function createSampleLead(overrides: Partial<Lead> = {}): Lead {
	return {
		id: 1,
		session_id: 'session_1',
		name: null,
		email: null,
		phone: null,
		phone_display: null,
		company: null,
		answers: {},
		additional_contacts: [],
		provenance: {},
		score: 0,
		version: 1,
		promise_due_at: null,
		first_contact_at: null,
		first_contact_by: null,
		created_at: toTimestamp(0),
		updated_at: toTimestamp(0),
		...overrides,
	};
}
