import { asc, eq } from 'drizzle-orm';
import { CORE_LEAD_FIELDS } from '#lib/contract/lead.ts';
import { leadFilter, type LeadFilter } from '#lib/contract/lead-list.ts';
import { audit } from '../team/audit';
import { requireTeam } from '../core/permissions';
import type { Ctx } from '../core/context';
import { csvLine } from '#lib/csv.ts';
import { sites } from '../core/db/schema';
import { parse } from '../core/parse';
import { knownOf } from './internal';
import { cursorOf } from './order';
import { selectLeads } from './query';

const BATCH = 500;

/** Which questions each site asks, by its row id. */
type Asked = Map<number, Set<string>>;

/**
 * Leads that match the filter, newest first, as CSV (RFC 4180) in pieces: core fields, then the questions of the sites,
 * then other answers as JSON. Asks for its rights at once and reads batch by batch, so memory does not grow.
 */
export function exportLeads(ctx: Ctx, input: LeadFilter): AsyncGenerator<string, void, void> {
	requireTeam(ctx, 'leads:read');
	return lines(ctx, parse(leadFilter, input));
}

async function* lines(ctx: Ctx, filter: ReturnType<typeof leadFilter.parse>) {
	// Without the words: they may be somebody's name.
	await audit(ctx, { action: 'leads.exported', detail: { ...filter, q: undefined } });
	const asked = await questionsOf(ctx, filter.site);
	const keys = [
		...new Set([...CORE_LEAD_FIELDS, ...[...asked.values()].flatMap((set) => [...set])]),
	];
	yield csvLine(['session_id', ...keys, 'other_answers', 'score', 'created_at', 'updated_at']);
	const now = ctx.app.clock();
	let cursor: string | null = null;
	do {
		const rows: Awaited<ReturnType<typeof selectLeads>> = await selectLeads(
			ctx.db,
			{ ...filter, now },
			{ limit: BATCH, cursor },
		);
		yield rows.map((row) => csvLine(cells(row, keys, asked))).join('');
		const last = rows.length === BATCH ? rows.at(-1)?.lead : undefined;
		cursor = last ? cursorOf('newest', last) : null;
	} while (cursor);
}

async function questionsOf(ctx: Ctx, site: string | undefined): Promise<Asked> {
	const rows = await ctx.db
		.select({ id: sites.id, questions: sites.questions })
		.from(sites)
		.where(site === undefined ? undefined : eq(sites.key, site))
		.orderBy(asc(sites.id));
	return new Map(rows.map((row) => [row.id, new Set(row.questions.map(({ key }) => key))]));
}

function cells(
	row: Awaited<ReturnType<typeof selectLeads>>[number],
	keys: string[],
	asked: Asked,
): string[] {
	const { values } = knownOf(row.lead);
	const others = [...values].filter(([key]) => !keys.includes(key));
	const unanswered = (key: string) =>
		asked.get(row.session.site_id)?.has(key) ? 'Not answered' : '';
	return [
		row.session.public_id,
		...keys.map((key) => values.get(key) ?? unanswered(key)),
		others.length > 0 ? JSON.stringify(Object.fromEntries(others)) : '',
		String(row.lead.score),
		row.lead.created_at.toISOString(),
		row.lead.updated_at.toISOString(),
	];
}
