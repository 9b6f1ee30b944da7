import { asc, eq } from 'drizzle-orm';
import { CORE_LEAD_FIELDS } from '#lib/contract/lead.ts';
import { leadFilter, type LeadFilter } from '#lib/contract/lead-list.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireRecentSignIn, requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { csvHead, csvLine } from '#lib/csv.ts';
import { sites } from '../core/db/schema/index.ts';
import { parse } from '../core/parse.ts';
import { knownOf } from './internal.ts';
import { cursorOf } from './order.ts';
import { selectLeads } from './query.ts';

const BATCH = 500;

/**
 * Leads that match the filter, newest first, as CSV (RFC 4180) in pieces: core fields, then the questions of the sites,
 * then other answers as JSON. Asks for its rights at once and reads batch by batch, so memory does not grow.
 */
export function exportLeads(ctx: Ctx, input: LeadFilter): AsyncGenerator<string, void, void> {
	requireTeam(ctx, 'leads:read');
	requireRecentSignIn(ctx);
	return lines(ctx, parse(leadFilter, input));
}

async function* lines(ctx: Ctx, filter: ReturnType<typeof leadFilter.parse>) {
	// Without the words: they may be somebody's name.
	await audit(ctx, { action: 'leads.exported', detail: { ...filter, q: undefined } });
	const keys = [...new Set([...CORE_LEAD_FIELDS, ...(await questionsOf(ctx, filter.site))])];
	yield csvHead(['session_id', ...keys, 'other_answers', 'score', 'created_at', 'updated_at']);
	const now = ctx.app.clock();
	let cursor: string | null = null;
	do {
		const rows: Awaited<ReturnType<typeof selectLeads>> = await selectLeads(
			ctx.db,
			{ ...filter, now },
			{ limit: BATCH, cursor },
		);
		yield rows.map((row) => csvLine(cells(row, keys))).join('');
		const last = rows.length === BATCH ? rows.at(-1)?.lead : undefined;
		cursor = last ? cursorOf('newest', last) : null;
	} while (cursor);
}

/** The keys of all questions that the sites ask. */
async function questionsOf(ctx: Ctx, site: string | undefined): Promise<string[]> {
	const rows = await ctx.db
		.select({ questions: sites.questions })
		.from(sites)
		.where(site === undefined ? undefined : eq(sites.key, site))
		.orderBy(asc(sites.id));
	return rows.flatMap(({ questions }) => questions.map(({ key }) => key));
}

function cells(row: Awaited<ReturnType<typeof selectLeads>>[number], keys: string[]): string[] {
	const { values } = knownOf(row.lead);
	const others = [...values].filter(([key]) => !keys.includes(key));
	return [
		row.session.public_id,
		// What is not known is empty: an importer would take any word for the value.
		...keys.map((key) => values.get(key) ?? ''),
		others.length > 0 ? JSON.stringify(Object.fromEntries(others)) : '',
		String(row.lead.score),
		row.lead.created_at.toISOString(),
		row.lead.updated_at.toISOString(),
	];
}
