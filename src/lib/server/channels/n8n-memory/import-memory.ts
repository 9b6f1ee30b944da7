import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import type { MemorySource } from '#lib/contract/sync.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { memory_marks, memory_rows } from '#lib/server/core/db/schema/index.ts';
import { describeTable, idsAfter, type MemoryRow, readRows, type Source } from './memory-source.ts';
import { type Taken, takeSession } from './take-session.ts';

const PAGE = 1_000;
/** Rows are committed out of the order of their ids now and then: the last ones are looked for again. */
const LOOK_BACK = 1_000;

/** Brings in what a source has that was not taken before; calls `onTaken` for each conversation. */
export async function importMemory(
	ctx: Ctx,
	source: Source,
	onTaken: (taken: Taken, rows: number) => void,
): Promise<MemorySource> {
	const table = await describeTable(source);
	if (!table) return { name: source.name, is_available: false, error: null };
	let after = await findMark(ctx, source.name);
	let firstLeft: number | undefined;
	for (;;) {
		const ids = await idsAfter(source, after, PAGE);
		const fresh = await notTaken(ctx, source.name, ids);
		const rows = fresh.length > 0 ? await readRows(source, fresh, table) : [];
		for (const [memoryId, own] of bySession(rows)) {
			const taken = await takeSession(ctx, source.name, memoryId, own);
			if (taken.rows_postponed > 0) firstLeft = Math.min(firstLeft ?? Infinity, own[0]?.id ?? 0);
			onTaken(taken, own.length);
		}
		after = ids.at(-1) ?? after;
		if (ids.length < PAGE) break;
	}
	await advance(ctx, source.name, Math.min(after - LOOK_BACK, (firstLeft ?? Infinity) - 1));
	return { name: source.name, is_available: true, error: null };
}

async function findMark({ db }: Ctx, source: Source['name']): Promise<number> {
	const [mark] = await db.select().from(memory_marks).where(eq(memory_marks.source, source));
	return mark?.row_id ?? 0;
}

async function notTaken({ db }: Ctx, source: Source['name'], ids: number[]): Promise<number[]> {
	if (ids.length === 0) return [];
	const found = await db
		.select({ row_id: memory_rows.row_id })
		.from(memory_rows)
		.where(and(eq(memory_rows.source, source), inArray(memory_rows.row_id, ids)));
	const taken = new Set(found.map(({ row_id }) => row_id));
	return ids.filter((id) => !taken.has(id));
}

function bySession(rows: MemoryRow[]): Map<string, MemoryRow[]> {
	const sessions = new Map<string, MemoryRow[]>();
	for (const row of rows) {
		const own = sessions.get(row.session_id);
		if (own) own.push(row);
		else sessions.set(row.session_id, [row]);
	}
	return sessions;
}

/** Moves the mark forward, never back, and forgets the rows before it. */
async function advance({ db }: Ctx, source: Source['name'], to: number): Promise<void> {
	if (to <= 0) return;
	await db
		.insert(memory_marks)
		.values({ source, row_id: to })
		.onConflictDoUpdate({
			target: memory_marks.source,
			set: { row_id: sql`greatest(${memory_marks.row_id}, excluded.row_id)` },
		});
	await db
		.delete(memory_rows)
		.where(
			and(
				eq(memory_rows.source, source),
				lte(memory_rows.row_id, sql`(select row_id from memory_marks where source = ${source})`),
			),
		);
}
