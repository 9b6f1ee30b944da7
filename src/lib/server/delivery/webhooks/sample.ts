import type { Lead } from '#lib/contract/lead.ts';
import type { Session } from '#lib/contract/session.ts';

/** What a test sends: the form of a completed lead with invented contents, and marked as such. */
export function samplePayload(site: { key: string; name: string }, at: Date): string {
	const timestamp = at.toISOString();
	const messages = [
		{ sender: 'ai', message: 'Hello! What is your name?', timestamp },
		{ sender: 'visitor', message: 'Ada Lovelace, ada@example.com', timestamp },
		{ sender: 'ai', message: 'Thank you, we reply within 24 hours.', timestamp },
	];
	const session: Partial<Session> = {
		id: 0,
		session_id: 'session_test',
		site: site.key,
		site_name: site.name,
		channel: 'test',
		completion_status: 'complete',
		message_count: messages.length,
		context: { page_url: 'https://www.example.com/?utm_source=test', utm_source: 'test' },
		created_at: timestamp,
		completed_at: timestamp,
	};
	const lead: Partial<Lead> = {
		id: 0,
		session_id: 'session_test',
		name: 'Ada Lovelace',
		email: 'ada@example.com',
		phone: null,
		company: null,
		answers: { project: 'A test of this webhook' },
		score: 50,
		created_at: timestamp,
		updated_at: timestamp,
	};
	return JSON.stringify({
		type: 'test',
		timestamp,
		data: { is_test: true, session, lead, transcript: messages },
	});
}
