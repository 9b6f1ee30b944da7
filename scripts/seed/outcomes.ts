import type { ai_traces, lead_outcomes } from '#lib/server/core/db/schema/index.ts';
import { DAY } from './calendar.ts';
import type { Chat, Turn } from './chat.ts';
import type { LeadRow } from './lead.ts';
import { Random } from './random.ts';
import { pickMember, type Team } from './team.ts';

type OutcomeRow = Omit<typeof lead_outcomes.$inferSelect, 'id'>;
type TraceRow = typeof ai_traces.$inferSelect;

const LOST_REASONS = ['Chose another offer', 'Too expensive', 'Postponed to next year', null];
const DISQUALIFIED_REASONS = ['Outside our area', 'Wrong number', 'Wanted a job', null];
const MEDIAN_DEAL_VALUE = 4_200;

/** Generates the outcomes of a lead up to now. Leads with a higher score are won more often. */
export function generateOutcomes(chat: Chat, lead: LeadRow, team: Team, now: Date): OutcomeRow[] {
	const random = new Random(`outcome ${chat.session_id}`);
	const rows: OutcomeRow[] = [];
	let at = chat.completion?.at.getTime() ?? Infinity;
	const add = (stage: OutcomeRow['stage'], days: number, columns: Partial<OutcomeRow> = {}) => {
		at += random.around(days * DAY, 0.6);
		if (at > now.getTime()) return false;
		const occurredAt = new Date(Math.round(at));
		const isFromCrm = random.chance(0.3);
		for (const row of rows) row.is_current = false;
		rows.push({
			chat_session_id: chat.id,
			stage,
			value: null,
			currency: null,
			reason: null,
			occurred_at: occurredAt,
			actor_type: isFromCrm ? 'api_key' : 'user',
			actor_name: isFromCrm ? 'CRM' : pickMember(random, team.agents).name,
			is_current: true,
			cleared_at: null,
			cleared_by_type: null,
			cleared_by_name: null,
			created_at: occurredAt,
			...columns,
		});
		return true;
	};
	if (!(lead.email ?? lead.phone) || !random.chance(0.8)) return rows;
	if (!random.chance(0.25 + lead.score / 160)) {
		add('disqualified', 1, { reason: random.pick(DISQUALIFIED_REASONS) });
		return rows;
	}
	if (!add('qualified', 1) || !random.chance(0.75)) return rows;
	if (random.chance(0.1 + lead.score / 180)) {
		const value =
			Math.round(random.around(MEDIAN_DEAL_VALUE, 0.7)) + (random.chance(0.3) ? 0.5 : 0);
		add('won', 9, { value, currency: random.chance(0.9) ? 'EUR' : 'CHF' });
	} else add('lost', 12, { reason: random.pick(LOST_REASONS) });
	return rows;
}

const TRACED_DAYS = 3;

/** Generates the trace of a workflow's turn; `undefined` if the turn is older than `TRACED_DAYS` or got no response. */
export function generateTrace(chat: Chat, turn: Turn, now: Date): TraceRow | undefined {
	const isRecent = now.getTime() - turn.started_at.getTime() < TRACED_DAYS * DAY;
	if (chat.site.template.connector !== 'n8n' || !isRecent || turn.http_status === null)
		return undefined;
	const reply = chat.messages.find((message) => message.turn === turn);
	const request = JSON.stringify({
		contract: 2,
		action: turn.answers ? 'message' : 'start',
		session_id: chat.session_id,
		turn_id: turn.turn_id,
		channel: chat.channel,
		is_test: false,
		message: turn.answers?.text ?? '',
		site: { key: chat.site.template.key, name: chat.site.template.name },
		context: chat.context,
	});
	const response =
		turn.outcome === 'ok'
			? JSON.stringify({
					reply: reply?.text ?? '',
					asked: turn.asked,
					execution_id: turn.execution_id,
				})
			: JSON.stringify({ message: 'Error in workflow' });
	return {
		turn_id: turn.turn_id,
		site_id: chat.site.id,
		request,
		response,
		request_bytes: Buffer.byteLength(request),
		response_bytes: Buffer.byteLength(response),
		content_type: 'application/json; charset=utf-8',
		queued_ms: turn.started_at.getTime() % 12,
		first_byte_ms: turn.first_byte_at && turn.first_byte_at.getTime() - turn.started_at.getTime(),
		total_ms: turn.finished_at.getTime() - turn.started_at.getTime(),
		created_at: turn.finished_at,
	};
}
