import type { TurnNote } from '#lib/contract/turn-note.ts';
import type { ai_turns } from '#lib/server/core/db/schema/index.ts';
import type { Chat, Turn } from './chat.ts';

type TurnRow = Omit<typeof ai_turns.$inferSelect, 'id'>;

export const turnRow = ({ id, site }: Chat, turn: Turn): TurnRow => ({
	turn_id: turn.turn_id,
	chat_session_id: id,
	site_id: site.id,
	is_test: false,
	is_rescue: false,
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
	asked: turn.asked,
	...reportOf(site.model.connector, turn),
});

const NOTES: TurnNote[] = [
	{ kind: 'rejected', path: 'lead.email', value: 'N/A', message: 'says nothing' },
	{ kind: 'rejected', path: 'lead.phone', value: 'not provided', message: 'says nothing' },
	{
		kind: 'unknown',
		path: 'sentiment',
		value: 'positive',
		message: 'is not a key that Frontdesk knows',
	},
];
const UNANSWERED = [
	'Do you also work on Sundays?',
	'Can I pay in installments?',
	'Is there parking at your office?',
];
const WEEK_MS = 7 * 24 * 3_600_000;

/** Returns what else a workflow reported: its version of that week, and now and then an unusable value or a gap. */
function reportOf(connector: string, turn: Turn) {
	if (connector !== 'n8n' || turn.outcome !== 'ok') {
		return { version: null, unanswered: null, notes: [] };
	}
	const chance = Number.parseInt(turn.turn_id.slice(0, 4), 16) % 120;
	const note = NOTES[chance];
	return {
		version: `week-${Math.floor(turn.started_at.getTime() / WEEK_MS) % 100}`,
		unanswered: UNANSWERED[chance - 10] ?? null,
		notes: note ? [note] : [],
	};
}
