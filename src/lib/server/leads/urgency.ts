import { and, asc, desc, gt, lte, sql, type SQL } from 'drizzle-orm';
import { timestamp } from '#lib/contract/common.ts';
import { LONG_OVERDUE_MS } from '#lib/contract/constants.ts';
import type { Db } from '../core/db/client.ts';
import { createInvalidCursorError } from '../core/db/keyset.ts';
import { leads } from '../core/db/schema/index.ts';
import {
	needsReply,
	selectLeadIds,
	selectLeadRows,
	type LeadConditions,
	type LeadListRow,
} from './query.ts';

/** The last row of a page. `now` stays that of the first page, so that no lead changes its stage between pages. */
interface Position {
	now: Date;
	due: Date;
	score: number;
	id: number;
}

interface Stage {
	includes: (now: Date) => SQL | undefined;
	order: (now: Date) => SQL[];
	isAfter: (position: Position) => SQL;
}

const toTimestamp = (date: Date) => sql`${date.toISOString()}::timestamptz`;
const startOfLongOverdue = (now: Date) => new Date(now.getTime() - LONG_OVERDUE_MS);
const countDaysOverdue = (now: Date, due: SQL) =>
	sql`floor(extract(epoch from ${toTimestamp(now)} - ${due}) / 86400)`;
const dueAt = sql`${leads.promise_due_at}`;

/** The stages of the list, in its order. Each reads a range of the index leads_promise. */
const STAGES = {
	newly_overdue: {
		includes: (now) =>
			and(lte(leads.promise_due_at, now), gt(leads.promise_due_at, startOfLongOverdue(now))),
		order: (now) => [asc(countDaysOverdue(now, dueAt)), desc(leads.score), desc(leads.id)],
		isAfter: ({ now, due, score, id }) =>
			sql`(${countDaysOverdue(now, dueAt)}, -${leads.score}, -${leads.id})
				> (${countDaysOverdue(now, toTimestamp(due))}, ${-score}::int, ${-id}::bigint)`,
	},
	upcoming: {
		includes: (now) => gt(leads.promise_due_at, now),
		order: () => [asc(leads.promise_due_at), asc(leads.id)],
		isAfter: ({ due, id }) => sql`(${dueAt}, ${leads.id}) > (${toTimestamp(due)}, ${id}::bigint)`,
	},
	long_overdue: {
		includes: (now) => lte(leads.promise_due_at, startOfLongOverdue(now)),
		order: () => [desc(leads.promise_due_at), desc(leads.id)],
		isAfter: ({ due, id }) => sql`(${dueAt}, ${leads.id}) < (${toTimestamp(due)}, ${id}::bigint)`,
	},
} satisfies Record<string, Stage>;
const STAGE_NAMES = ['newly_overdue', 'upcoming', 'long_overdue'] as const;

function getStage({ now, due }: Position): (typeof STAGE_NAMES)[number] {
	if (due > now) return 'upcoming';
	return due > startOfLongOverdue(now) ? 'newly_overdue' : 'long_overdue';
}

/**
 * Selects a page of the leads that need a reply and match: recently overdue ones by day and score, then upcoming deadlines, then
 * those that have been overdue for long, the latest first.
 */
export async function selectUrgentLeads(
	db: Db,
	filter: LeadConditions,
	{ limit, cursor }: { limit: number; cursor?: string | null },
): Promise<{ rows: LeadListRow[]; now: Date }> {
	const position = cursor ? decodePosition(cursor) : undefined;
	const now = position?.now ?? filter.now;
	const first = position ? STAGE_NAMES.indexOf(getStage(position)) : 0;
	const stages = STAGE_NAMES.slice(first).map((name) => {
		const stage: Stage = STAGES[name];
		const isResumed = position && name === getStage(position);
		return selectLeadIds(db, filter, {
			conditions: [
				needsReply(leads),
				stage.includes(now),
				isResumed ? stage.isAfter(position) : undefined,
			],
			order: stage.order(now),
			limit,
		});
	});
	// Postgres reads a stage only if the ones before it don't fill the page.
	const urgent = db.$with('urgent', {}).as(sql`
		select id, row_number() over () as place from (${sql.join(stages, sql` union all `)}) found limit ${limit}`);
	const rows = await selectLeadRows(db, filter, {
		tables: [urgent],
		conditions: [sql`${leads.id} in (select id from urgent)`],
		order: [sql`(select place from urgent where urgent.id = ${leads.id})`],
		limit,
	});
	return { rows, now };
}

/** Returns the cursor of a row. */
export const toUrgencyCursor = (now: Date, { lead }: LeadListRow): string =>
	Buffer.from(
		[now.toISOString(), lead.promise_due_at?.toISOString(), lead.score, lead.id].join(' '),
	).toString('base64url');

/** Decodes a cursor. Throws `invalid` if it wasn't created by `toUrgencyCursor`. */
function decodePosition(cursor: string): Position {
	const text = Buffer.from(cursor, 'base64url').toString('utf8');
	const [now = '', due = '', score = '', id = ''] = text.split(' ');
	// Only times after 1970: Postgres couldn't parse the time seven days before the earliest timestamp.
	const areTimes = [now, due].every(
		(time) => timestamp.safeParse(time).success && Date.parse(time) > 0,
	);
	if (!areTimes || !/^\d{1,3}$/.test(score) || !/^\d{1,15}$/.test(id))
		throw createInvalidCursorError();
	return { now: new Date(now), due: new Date(due), score: Number(score), id: Number(id) };
}
