import { and, eq, inArray } from 'drizzle-orm';
import type { z } from 'zod';
import { CORE_LEAD_FIELDS } from '#lib/contract/lead.ts';
import { sessionFilter, type Session } from '#lib/contract/session.ts';
import { formatCsvHeader, formatCsvLine } from '#lib/csv.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireRecentSignIn, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { readFromReplica } from '#lib/server/core/db/reads.ts';
import { chat_sessions, lead_outcomes, leads } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentSession } from './get.ts';
import { selectBatch } from './list.ts';

const BATCH_SIZE = 500;
const SOURCE_FIELDS = ['page_url', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign'] as const;
const HEADER = [
	...['session_id', 'id', 'site', 'channel', 'completion_status', 'completion_source'],
	...['archive_status', 'qa_status', 'ai_engaged', 'assignee', ...CORE_LEAD_FIELDS],
	...['message_count', 'visitor_message_count', 'ai_message_count', ...SOURCE_FIELDS],
	...['created_at', 'last_activity_at', 'completed_at', 'archived_at'],
	...['outcome', 'outcome_value', 'outcome_currency'],
];

/**
 * Yields the chat sessions that match the filter, newest first, as chunks of CSV (RFC 4180). Checks permissions before the
 * first chunk, and reads in batches as chunks are consumed, to keep memory constant. Activity during the export doesn't
 * reorder chat sessions.
 */
export function exportSessions(
	ctx: Ctx,
	input: z.input<typeof sessionFilter>,
): AsyncGenerator<string, void, void> {
	requireTeam(ctx, 'sessions:read');
	requireRecentSignIn(ctx);
	return generateCsv(ctx, parse(sessionFilter, input));
}

async function* generateCsv(ctx: Ctx, filter: z.output<typeof sessionFilter>) {
	// The search words aren't logged, because they may be a person's name.
	await audit(ctx, { action: 'sessions.exported', detail: { ...filter, q: undefined } });
	yield formatCsvHeader(HEADER);
	let before: number | undefined;
	do {
		const query = { ...filter, limit: BATCH_SIZE };
		const { batch, details }: Batch = await readFromReplica(ctx, (replica) =>
			readBatch(replica, query, before),
		);
		yield batch.map((session) => formatCsvLine(toCells(session, details.get(session.id)))).join('');
		before = batch.length === BATCH_SIZE ? batch.at(-1)?.id : undefined;
	} while (before !== undefined);
}

interface Batch {
	batch: Session[];
	details: Map<number, SessionDetails>;
}

async function readBatch(
	ctx: Ctx,
	query: Parameters<typeof selectBatch>[1],
	before: number | undefined,
): Promise<Batch> {
	const batch = (await selectBatch(ctx, query, before)).map(presentSession);
	const ids = batch.map(({ id }) => id);
	return { batch, details: await findDetails(ctx, ids) };
}

type LeadRow = typeof leads.$inferSelect;
type OutcomeRow = typeof lead_outcomes.$inferSelect;
interface SessionDetails {
	lead: LeadRow | null;
	outcome: OutcomeRow | null;
}

/** Returns the leads and current outcomes of a batch by chat session. */
async function findDetails(ctx: Ctx, ids: number[]): Promise<Map<number, SessionDetails>> {
	const { id } = chat_sessions;
	const isCurrent = and(eq(lead_outcomes.chat_session_id, id), eq(lead_outcomes.is_current, true));
	const rows = await ctx.db
		.select({ id, lead: leads, outcome: lead_outcomes })
		.from(chat_sessions)
		.leftJoin(leads, eq(leads.chat_session_id, id))
		.leftJoin(lead_outcomes, isCurrent)
		.where(inArray(id, ids));
	return new Map(rows.map((row) => [row.id, row]));
}

function toCells(session: Session, { lead, outcome }: Partial<SessionDetails> = {}): string[] {
	const { context } = session;
	return [
		session.session_id,
		session.id,
		session.site,
		session.channel,
		session.completion_status,
		session.completion_source,
		session.archive_status,
		session.qa_status,
		session.ai_engaged,
		session.assignee?.name,
		...CORE_LEAD_FIELDS.map((field) => lead?.[field]),
		session.message_count,
		session.visitor_message_count,
		session.ai_message_count,
		...SOURCE_FIELDS.map((field) => context[field]),
		session.created_at,
		session.last_activity_at,
		session.completed_at,
		session.archived_at,
		outcome?.stage,
		outcome?.value,
		outcome?.currency,
	].map((value) => String(value ?? ''));
}
