import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { archiveStatus, completionStatus, qaStatus } from '#lib/contract/common.ts';
import { visitorContext } from '#lib/contract/visitor-context.ts';
import type { Db } from '../core/db/client.ts';

const turn = z.object({
	outcome: z.string(),
	action: z.string(),
	is_fallback: z.boolean(),
	first_byte_ms: z.number().nullable(),
	answer_ms: z.number(),
});

const lead = z.object({
	values: z.record(z.string(), z.string()),
	provenance: z.record(z.string(), z.object({ at: z.string() })),
});

/** Everything of a chat session that is counted. */
export const facts = z.object({
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
	lead: lead.nullable(),
	is_delivered: z.boolean(),
	turns: z.array(turn),
	reviews: z.array(
		z.object({ reviewer: z.string(), qa_status: qaStatus, reasons: z.array(z.string()) }),
	),
});
export type Facts = z.infer<typeof facts>;

/** The facts of these chat sessions, as one moment has them; test chats have none. */
export async function readFacts(db: Db, ids: number[]): Promise<Facts[]> {
	if (ids.length === 0) return [];
	const { rows } = await db.execute(sql`
		select s.id, s.site_id, s.created_at, s.completed_at, s.context, s.completion_status, s.archive_status,
			s.qa_status, s.ai_engaged, s.message_count, s.last_question, s.greeting_variant,
			case when l.id is not null then json_build_object('provenance', l.provenance, 'values', l.answers ||
				jsonb_strip_nulls(jsonb_build_object('name', l.name, 'email', l.email, 'phone', l.phone,
					'company', l.company))) end as lead,
			exists (select from deliveries d where d.chat_session_id = s.id and d.event = 'lead.completed'
				and d.status = 'delivered') as is_delivered,
			coalesce((
				select json_agg(json_build_object('outcome', t.outcome, 'action', t.action,
					'is_fallback', coalesce(m.is_fallback, false),
					'first_byte_ms', extract(epoch from t.first_byte_at - t.started_at) * 1000,
					'answer_ms', extract(epoch from t.finished_at - t.started_at) * 1000))
				from ai_turns t left join messages m on m.turn_id = t.turn_id
				where t.chat_session_id = s.id and t.finished_at is not null and t.outcome <> 'dropped'
			), '[]') as turns,
			coalesce((
				select json_agg(json_build_object('reviewer', r.reviewer, 'qa_status', r.qa_status,
					'reasons', r.reasons) order by r.id)
				from reviews r where r.chat_session_id = s.id
			), '[]') as reviews
		from chat_sessions s left join leads l on l.chat_session_id = s.id
		where s.id = any(${sql.param(ids)}::bigint[]) and s.channel <> 'test'`);
	return z.array(facts).parse(rows);
}
