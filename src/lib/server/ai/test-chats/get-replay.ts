import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { CORE_LEAD_FIELDS } from '#lib/contract/lead.ts';
import type { ReplayComparison, ReplaySide } from '#lib/contract/test-chat.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { findReplay } from './internal.ts';

/** More than a replay of 50 messages can have; of a longer stored chat these are the newest. */
const MOST_MESSAGES = 400;

/** A replay with the stored chat and the chat of today as they stand; throws NotFound. */
export async function getReplay(ctx: Ctx, id: number): Promise<ReplayComparison> {
	requireTeam(ctx, 'sessions:read');
	const found = await findReplay(ctx.db, sql`r.id = ${id}`);
	if (!found) throw notFound(`replay ${id}`);
	const { replay } = found;
	const [then, now] = await Promise.all([
		replay.source_session_id === null ? null : readSide(ctx, replay.source_session_id),
		readSide(ctx, replay.session_id),
	]);
	return { replay, then, now };
}

const figures = z.object({ turns: z.number(), failures: z.number(), ai_ms: z.number() });

async function readSide(ctx: Ctx, sessionId: string): Promise<ReplaySide> {
	const system = asSystem(ctx);
	const session = await resolveSession(system, sessionId);
	const chat = { id: session.id, session_id: session.public_id };
	const [messages, lead, { rows }] = await Promise.all([
		listMessages(system, chat, { limit: MOST_MESSAGES }),
		findLead(system, chat),
		ctx.db.execute(sql`
			select count(*)::int as turns, count(*) filter (where outcome not in ('ok', 'dropped'))::int as failures,
				coalesce(sum(extract(epoch from finished_at - started_at) * 1000), 0)::int as ai_ms
			from ai_turns where chat_session_id = ${session.id}`),
	]);
	const core = CORE_LEAD_FIELDS.map((field) => [field, lead?.[field] ?? ''] as const);
	const fields = [...core, ...Object.entries(lead?.answers ?? {})].filter(([, value]) => value);
	return {
		session_id: sessionId,
		completion_status: session.completion_status,
		messages,
		lead: Object.fromEntries(fields),
		...figures.parse(rows[0]),
	};
}
