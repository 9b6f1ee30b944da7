import { sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { LeadSort } from '#lib/contract/lead-list.ts';
import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { leads } from '../core/db/schema/index.ts';

type Columns = Record<'created_at' | 'score', AnyPgColumn>;

/** What a list is ordered by, before the id: leads_list or leads_score_list. */
export const orderOf = (sort: LeadSort, lead: Columns) =>
	sort === 'score' ? lead.score : lead.created_at;

/** A cursor holds a time: of a list by score it is the score, in milliseconds. */
export const cursorOf = (sort: LeadSort, { id, score, created_at }: typeof leads.$inferSelect) =>
	encodeCursor({ at: sort === 'score' ? new Date(score) : created_at, id });

/** The leads after a cursor; throws Invalid for what is none. */
export function afterPosition(sort: LeadSort, cursor: string): SQL {
	const { at, id } = decodeCursor(cursor);
	const last =
		sort === 'score' ? sql`${at.getTime()}::bigint` : sql`${at.toISOString()}::timestamptz`;
	return sql`(${orderOf(sort, leads)}, ${leads.id}) < (${last}, ${id}::bigint)`;
}
