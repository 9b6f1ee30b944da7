import type { ai_turns } from '#lib/server/core/db/schema/index.ts';
import type { Chat, Turn } from './chat.ts';

type TurnRow = Omit<typeof ai_turns.$inferSelect, 'id'>;

export const turnRow = ({ id, site }: Chat, turn: Turn): TurnRow => ({
	turn_id: turn.turn_id,
	chat_session_id: id,
	site_id: site.id,
	is_test: false,
	action: turn.answers ? 'message' : 'start',
	connector: site.model.connector,
	after_message_id: turn.after?.id ?? null,
	message_id: turn.answers?.id ?? null,
	tries: 1,
	started_at: turn.started_at,
	first_byte_at: turn.first_byte_at,
	finished_at: turn.finished_at,
	http_status: turn.http_status,
	shape: turn.outcome === 'ok' && site.model.connector === 'n8n' ? 'n8n-stream' : null,
	outcome: turn.outcome,
	detail: turn.detail,
	retries: 0,
	execution_id: turn.execution_id,
	asked: null,
	version: null,
	unanswered: null,
	notes: [],
});
