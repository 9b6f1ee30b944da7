import { requireTeam } from '#lib/server/core/permissions.ts';
import {
	statisticsTableQuery,
	type Statistics,
	type StatisticsTableQuery,
} from '#lib/contract/statistics.ts';
import { formatCsvHeader, formatCsvLine } from '#lib/csv.ts';
import type { Ctx } from '../core/context.ts';
import { parse } from '../core/parse.ts';
import { getStatistics } from './get-statistics.ts';

type Cell = string | number | null | Statistics['totals']['won_values'];
type Row = Record<string, Cell>;
const OUTCOME_COLUMNS = ['qualified', 'won', 'win_rate', 'won_values'] as const;

const COLUMNS = {
	daily: [
		'date',
		'sessions',
		'ai_engaged',
		'complete',
		'abandoned',
		'leads',
		'completion_rate',
		'time_to_complete_s',
		'messages_per_chat',
		'first_byte_ms_p50',
		'first_byte_ms_p95',
		'answer_ms_p50',
		'answer_ms_p95',
		'turns',
		'failed_turns',
		'fallback_turns',
		'handoffs',
		'handoffs_taken',
		'handoffs_missed',
		'handoff_s_p50',
		'qualified',
		'disqualified',
		'won',
		'lost',
		'win_rate',
		'failure_rate',
		'fallback_rate',
		'pass_rate',
	],
	funnel: ['step', 'count', 'of_previous', 'of_first'],
	hours: ['weekday', 'hour', 'sessions', 'complete'],
	sources: [
		'source',
		'campaign',
		'shown',
		'opened',
		'sessions',
		'ai_engaged',
		'contact_given',
		'complete',
		'leads',
		'completion_rate',
		...OUTCOME_COLUMNS,
	],
	sites: [
		'site',
		'site_name',
		'sessions',
		'ai_engaged',
		'complete',
		'leads',
		'completion_rate',
		'turns',
		'failure_rate',
		'pass_rate',
		...OUTCOME_COLUMNS,
	],
	questions: ['key', 'label', 'abandoned', 'share'],
	fields: [
		'key',
		'label',
		'captured',
		'captured_share',
		'abandoned_after',
		'abandoned_share',
		...OUTCOME_COLUMNS,
	],
	reviewers: ['reviewer', 'passed', 'issue', 'fixed'],
	reasons: ['reason', 'count'],
	versions: [
		'site',
		'site_name',
		'version',
		'sessions',
		'complete',
		'completed_leads',
		'completion_rate',
		'turns',
		'failed_turns',
		'fallback_turns',
		'failure_rate',
		'fallback_rate',
		'first_byte_ms_p50',
		'answer_ms_p50',
		'answer_ms_p95',
		'reviewed',
		'pass_rate',
		...OUTCOME_COLUMNS,
	],
	greetings: [
		'site',
		'variant',
		'text',
		'opened',
		'completed',
		'rate',
		'low',
		'high',
		'verdict',
		...OUTCOME_COLUMNS,
	],
	scores: ['from', 'to', 'disqualified', 'lost', ...OUTCOME_COLUMNS],
} satisfies { [T in StatisticsTableQuery['table']]: (keyof Statistics[T][number])[] };

/** Returns one table of the statistics as CSV (RFC 4180), with the column names of the JSON. Throws like `getStatistics`. */
export async function exportStatistics(ctx: Ctx, input: StatisticsTableQuery): Promise<string> {
	requireTeam(ctx, 'stats:read');
	const { table, ...query } = parse(statisticsTableQuery, input);
	const columns: string[] = COLUMNS[table];
	const group_by = table === 'versions' ? ('version' as const) : query.group_by;
	const rows: Row[] = (await getStatistics(ctx, { ...query, group_by }))[table];
	const lines = rows.map((row) =>
		formatCsvLine(columns.map((column) => formatCell(row[column] ?? ''))),
	);
	return formatCsvHeader(columns) + lines.join('');
}

/** Amounts of several currencies share a cell: `EUR 1200; USD 80`. */
const formatCell = (cell: NonNullable<Cell>): string =>
	Array.isArray(cell)
		? cell.map(({ currency, value }) => `${currency} ${value}`).join('; ')
		: String(cell);
