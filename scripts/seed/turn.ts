import type { TurnNote } from '#lib/contract/connector.ts';
import { createSettingsVersion } from '#lib/server/ai/connectors/settings-version.ts';
import type { ai_turns } from '#lib/server/core/db/schema/index.ts';
import { getChallengerId } from './challenger.ts';
import type { Chat, Turn } from './chat.ts';

type TurnRow = Omit<typeof ai_turns.$inferSelect, 'id'>;

export function toTurnRow(chat: Chat, turn: Turn): TurnRow {
	const { id, site, rescued_at } = chat;
	const is_rescue = rescued_at !== null && turn.finished_at >= rescued_at;
	const connector = is_rescue && turn.outcome === 'ok' ? 'scripted' : site.template.connector;
	return {
		turn_id: turn.turn_id,
		chat_session_id: id,
		site_id: site.id,
		is_test: false,
		is_rescue,
		challenger_id: is_rescue ? null : getChallengerId(chat),
		action: turn.answers ? 'message' : 'start',
		connector,
		after_message_id: turn.after?.id ?? null,
		message_id: turn.answers?.id ?? null,
		tries: 1,
		started_at: turn.started_at,
		first_byte_at: turn.first_byte_at,
		finished_at: turn.finished_at,
		http_status: turn.http_status,
		shape: turn.outcome === 'ok' && connector === 'n8n' ? 'n8n-stream' : null,
		outcome: turn.outcome,
		detail: turn.detail,
		retries: 0,
		execution_id: turn.execution_id,
		asked: turn.asked,
		version: connector === 'scripted' ? getScriptVersion(site) : getTurnVersion(chat, turn),
		...createReport(connector, turn),
	};
}

const NOTES: TurnNote[] = [
	{ kind: 'rejected', path: 'lead.email', value: 'N/A', message: 'means that there is no value' },
	{
		kind: 'rejected',
		path: 'lead.phone',
		value: 'not provided',
		message: 'means that there is no value',
	},
	{
		kind: 'unknown',
		path: 'sentiment',
		value: 'positive',
		message: 'is not a supported key',
	},
];
const UNANSWERED_QUESTIONS = [
	'Do you also work on Sundays?',
	'Can I pay in installments?',
	'Is there parking at your office?',
];
const RELEASE_INTERVAL_MS = 35 * 24 * 3_600_000;

/** Returns the version that answered a turn. Workflows are published every five weeks. A failed turn has the version of the chat's first turn. */
export function getTurnVersion(chat: Chat, turn: Turn): string {
	const { turns, site } = chat;
	if (site.template.connector === 'scripted') return getScriptVersion(site);
	const { started_at } = (turn.outcome === 'ok' ? turn : turns[0]) ?? turn;
	const release = `v${Math.floor(started_at.getTime() / RELEASE_INTERVAL_MS) % 100}`;
	return getChallengerId(chat) === null ? release : `${release}-short`;
}

const getScriptVersion = ({ template }: Chat['site']) =>
	createSettingsVersion({ type: 'scripted' }, template);

/** Returns what a workflow reported besides its reply: now and then an unusable value or an unanswered question. */
function createReport(connector: string, turn: Turn) {
	if (connector !== 'n8n' || turn.outcome !== 'ok') {
		return { unanswered: null, notes: [] };
	}
	// 3 in 120 answers have a note, and another 3 an unanswered question.
	const draw = Number.parseInt(turn.turn_id.slice(0, 4), 16) % 120;
	const note = NOTES[draw];
	return {
		unanswered: UNANSWERED_QUESTIONS[draw - 10] ?? null,
		notes: note ? [note] : [],
	};
}
