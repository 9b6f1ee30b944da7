import { inArray } from 'drizzle-orm';
import type { z } from 'zod';
import { CORE_LEAD_FIELDS } from '#lib/contract/lead.ts';
import { sessionFilter, type Session } from '#lib/contract/session.ts';
import { csvHead, csvLine } from '#lib/csv.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireRecentSignIn, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { leads } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentSession } from './present.ts';
import { selectBatch } from './query.ts';

const BATCH_SIZE = 500;
const SOURCE = ['page_url', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign'] as const;
const HEADER = [
	...['session_id', 'id', 'site', 'channel', 'completion_status', 'completion_source'],
	...['archive_status', 'qa_status', 'ai_engaged', 'assignee', ...CORE_LEAD_FIELDS],
	...['message_count', 'visitor_message_count', 'ai_message_count', ...SOURCE],
	...['created_at', 'last_activity_at', 'completed_at', 'archived_at'],
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
	return csvChunks(ctx, parse(sessionFilter, input));
}

async function* csvChunks(ctx: Ctx, filter: z.output<typeof sessionFilter>) {
	// The search words aren't logged: they may be a person's name.
	await audit(ctx, { action: 'sessions.exported', detail: { ...filter, q: undefined } });
	yield csvHead(HEADER);
	let before: number | undefined;
	do {
		const rows: Awaited<ReturnType<typeof selectBatch>> = await selectBatch(
			ctx,
			{ ...filter, limit: BATCH_SIZE },
			before,
		);
		const batch = rows.map(presentSession);
		const leadsById = await findLeads(ctx, batch);
		yield batch.map((session) => csvLine(cells(session, leadsById.get(session.id)))).join('');
		before = batch.length === BATCH_SIZE ? batch.at(-1)?.id : undefined;
	} while (before !== undefined);
}

type LeadRow = typeof leads.$inferSelect;

async function findLeads(ctx: Ctx, page: Session[]): Promise<Map<number, LeadRow>> {
	const ids = page.map(({ id }) => id);
	const rows = await ctx.db.select().from(leads).where(inArray(leads.chat_session_id, ids));
	return new Map(rows.map((row) => [row.chat_session_id, row]));
}

function cells(session: Session, lead: LeadRow | undefined): string[] {
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
		...SOURCE.map((field) => context[field]),
		session.created_at,
		session.last_activity_at,
		session.completed_at,
		session.archived_at,
	].map((value) => String(value ?? ''));
}
