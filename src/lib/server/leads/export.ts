import { asc, eq } from 'drizzle-orm';
import { CORE_LEAD_FIELDS } from '#lib/contract/constants.ts';
import { leadFilter, type LeadFilter } from '#lib/contract/lead-list.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireRecentSignIn, requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { formatCsvHeader, formatCsvLine } from '#lib/csv.ts';
import { readFromReplica } from '../core/db/reads.ts';
import { sites } from '../core/db/schema/index.ts';
import { getSourceName } from '../statistics/unchecked.ts';
import { parse } from '../core/parse.ts';
import { toLeadValues } from './lead-values.ts';
import { addIdsWithWords, toCursor, selectLeads, type LeadListRow } from './query.ts';

const BATCH_SIZE = 500;

/**
 * Yields the leads that match the filter, newest first, as chunks of CSV (RFC 4180): core fields, then the answers to the
 * sites' questions, other answers and contacts as JSON, the outcome, and the site, source and follow-up. Checks permissions before the first chunk, and reads
 * in batches to keep memory constant.
 */
export function exportLeads(ctx: Ctx, input: LeadFilter): AsyncGenerator<string, void, void> {
	requireTeam(ctx, 'leads:read');
	requireRecentSignIn(ctx);
	return generateCsv(ctx, parse(leadFilter, input));
}

async function* generateCsv(ctx: Ctx, filter: ReturnType<typeof leadFilter.parse>) {
	// The search words aren't logged, because they may be a person's name.
	await audit(ctx, { action: 'leads.exported', detail: { ...filter, q: undefined } });
	const keys = [...new Set([...CORE_LEAD_FIELDS, ...(await listQuestionKeys(ctx, filter.site))])];
	yield formatCsvHeader([
		...['session_id', ...keys, 'other_answers', 'score', 'created_at', 'updated_at'],
		...['outcome', 'outcome_value', 'outcome_currency', 'outcome_at'],
		...['site', 'source', 'utm_campaign', 'completion_status', 'reply_due_at', 'first_contact_at'],
	]);
	const conditions = await readFromReplica(ctx, ({ db }) =>
		addIdsWithWords(db, { ...filter, now: ctx.app.clock() }, 'page'),
	);
	let cursor: string | null = null;
	do {
		const page = { limit: BATCH_SIZE, cursor };
		const rows: LeadListRow[] = await readFromReplica(ctx, ({ db }) =>
			selectLeads(db, conditions, page),
		);
		yield rows.map((row) => formatCsvLine(toCells(row, keys))).join('');
		const last = rows.length === BATCH_SIZE ? rows.at(-1)?.lead : undefined;
		cursor = last ? toCursor('newest', last) : null;
	} while (cursor);
}

/** Returns the question keys of one site, or of all sites. */
async function listQuestionKeys(ctx: Ctx, site: string | undefined): Promise<string[]> {
	const rows = await ctx.db
		.select({ questions: sites.questions })
		.from(sites)
		.where(site === undefined ? undefined : eq(sites.key, site))
		.orderBy(asc(sites.id));
	return rows.flatMap(({ questions }) => questions.map(({ key }) => key));
}

function toCells(row: LeadListRow, keys: string[]): string[] {
	const { values } = toLeadValues(row.lead);
	const others: [string, unknown][] = [...values].filter(([key]) => !keys.includes(key));
	const contacts = row.lead.additional_contacts.map(({ value }) => value);
	if (contacts.length > 0) others.push(['additional_contacts', contacts]);
	return [
		row.session.public_id,
		// Unknown values stay empty, because an importer would treat a placeholder as the value.
		...keys.map((key) => values.get(key) ?? ''),
		others.length > 0 ? JSON.stringify(Object.fromEntries(others)) : '',
		String(row.lead.score),
		row.lead.created_at.toISOString(),
		row.lead.updated_at.toISOString(),
		row.outcome?.stage ?? '',
		String(row.outcome?.value ?? ''),
		row.outcome?.currency ?? '',
		row.outcome?.occurred_at.toISOString() ?? '',
		row.site_key,
		getSourceName(row.session.context),
		row.session.context.utm_campaign ?? '',
		row.session.completion_status,
		row.lead.promise_due_at?.toISOString() ?? '',
		row.lead.first_contact_at?.toISOString() ?? '',
	];
}
