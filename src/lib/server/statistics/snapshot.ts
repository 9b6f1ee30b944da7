import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { arm } from '#lib/contract/challenger.ts';
import { archiveStatus, completionStatus, qaStatus } from '#lib/contract/common.ts';
import { handoffOutcome } from '#lib/contract/handoff.ts';
import { outcomeStage } from '#lib/contract/lead.ts';
import { visitorContext } from '#lib/contract/visitor-context.ts';
import type { Db } from '../core/db/client.ts';

const turn = z.object({
	outcome: z.string(),
	action: z.string(),
	is_fallback: z.boolean(),
	first_byte_ms: z.number().nullable(),
	answer_ms: z.number(),
	version: z.string().nullable(),
	is_challenger: z.boolean(),
});
export type TurnFacts = z.infer<typeof turn>;

const handoff = z.object({ outcome: handoffOutcome.nullable(), seconds: z.number().nullable() });

const lead = z.object({
	values: z.record(z.string(), z.string()),
	provenance: z.record(z.string(), z.object({ at: z.string() })),
	score: z.number(),
});

const outcome = z.object({
	stage: outcomeStage,
	value: z.number().nullable(),
	currency: z.string().nullable(),
});

/** The current state of one chat session, as far as statistics count it. */
const snapshot = z.object({
	id: z.coerce.number(),
	site_id: z.coerce.number(),
	created_at: z.coerce.date(),
	completed_at: z.coerce.date().nullable(),
	context: visitorContext.catch({}),
	completion_status: completionStatus,
	archive_status: archiveStatus,
	qa_status: qaStatus,
	ai_engaged: z.boolean(),
	message_count: z.number(),
	last_question: z.string().nullable(),
	greeting_variant: z.string().nullable(),
	version: z.string().nullable(),
	challenger_id: z.coerce.number().nullable(),
	arm: arm.nullable(),
	lead: lead.nullable(),
	outcome: outcome.nullable(),
	is_delivered: z.boolean(),
	turns: z.array(turn),
	handoffs: z.array(handoff),
	reviews: z.array(
		z.object({ reviewer: z.string(), qa_status: qaStatus, reasons: z.array(z.string()) }),
	),
});
export type Snapshot = z.infer<typeof snapshot>;

/** Returns the snapshots of these chat sessions, all from the same moment. Excludes test chats. */
export async function readSnapshots(db: Db, ids: number[]): Promise<Snapshot[]> {
	if (ids.length === 0) return [];
	const { rows } = await db.execute(sql`
		select s.id, s.site_id, s.created_at, s.completed_at, s.context, s.completion_status, s.archive_status,
			s.qa_status, s.ai_engaged, s.message_count, s.last_question, s.greeting_variant,
			s.version, s.challenger_id, s.arm,
			case when l.id is not null then json_build_object('provenance', l.provenance, 'score', l.score, 'values', l.answers ||
				jsonb_strip_nulls(jsonb_build_object('name', l.name, 'email', l.email, 'phone', l.phone,
					'company', l.company))) end as lead,
			(select json_build_object('stage', o.stage, 'value', o.value, 'currency', o.currency)
				from lead_outcomes o where o.chat_session_id = s.id and o.is_current) as outcome,
			exists (select from deliveries d where d.chat_session_id = s.id and d.event in ('lead.completed', 'lead.updated')
				and d.status = 'delivered' and d.lead_version > 0) as is_delivered,
			coalesce((
				select json_agg(json_build_object('outcome', t.outcome, 'action', t.action,
					'is_fallback', coalesce(m.is_fallback, false), 'version', t.version,
					'is_challenger', t.challenger_id is not null,
					'first_byte_ms', extract(epoch from t.first_byte_at - t.started_at) * 1000,
					'answer_ms', extract(epoch from t.finished_at - t.started_at) * 1000))
				from ai_turns t left join messages m on m.turn_id = t.turn_id
				where t.chat_session_id = s.id and t.finished_at is not null and t.outcome <> 'dropped'
			), '[]') as turns,
			coalesce((
				select json_agg(json_build_object('outcome', h.outcome, 'seconds', extract(epoch from h.ended_at - h.requested_at))
					order by h.id)
				from handoffs h where h.chat_session_id = s.id
			), '[]') as handoffs,
			coalesce((
				select json_agg(json_build_object('reviewer', r.reviewer, 'qa_status', r.qa_status,
					'reasons', r.reasons) order by r.id)
				from reviews r where r.chat_session_id = s.id
			), '[]') as reviews
		from chat_sessions s left join leads l on l.chat_session_id = s.id
		where s.id = any(${sql.param(ids)}::bigint[]) and s.channel <> 'test'`);
	return z.array(snapshot).parse(rows);
}
