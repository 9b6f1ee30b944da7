import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import type { MemorySource, SyncResult } from '#lib/contract/workflows.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { syncCompletionStatus } from '#lib/server/conversations/sessions/index.ts';
import { memory_marks, memory_rows } from '#lib/server/core/db/schema/index.ts';
import { importConversation, type ImportCounts, ZERO_COUNTS } from './import-conversation.ts';
import {
	connectToSource,
	describeTable,
	listIdsAfter,
	type MemoryRow,
	createOwnSource,
	readRows,
	type MemoryDatabase,
} from './memory-source.ts';

/**
 * Imports messages that exist only in n8n's chat memory, and completes chat sessions whose completion was missed. Idempotent.
 * A source that can't be read is reported in the result and as an automation error. Requires the `sync` scope.
 */
export async function syncAll(ctx: Ctx): Promise<SyncResult> {
	requireTeam(ctx, 'sync');
	const { sources, ...counts } = await syncMemory(asSystem(ctx));
	const { updated } = await syncCompletionStatus(ctx);
	const completions_detected = counts.completions_detected + updated;
	return { ...counts, completions_detected, sources };
}

/** Imports only n8n's chat memory. A separate job detects completions. */
export async function syncMemory(ctx: Ctx): Promise<SyncResult> {
	const counts = { ...ZERO_COUNTS, rows_read: 0 };
	const add = (imported: ImportCounts, rows: number) => {
		counts.rows_read += rows - imported.rows_postponed;
		for (const [name, count] of Object.entries(imported)) {
			counts[name as keyof ImportCounts] += count;
		}
	};
	const sources = [await importFrom(ctx, 'own', () => Promise.resolve(createOwnSource(ctx)), add)];
	const { n8nDatabaseUrl } = ctx.app.config;
	if (n8nDatabaseUrl !== undefined) {
		sources.push(await importFrom(ctx, 'other', () => connectToSource(n8nDatabaseUrl), add));
	}
	return { ...counts, sources };
}

async function importFrom(
	ctx: Ctx,
	name: MemorySource['name'],
	open: () => Promise<MemoryDatabase>,
	add: (imported: ImportCounts, rows: number) => void,
): Promise<MemorySource> {
	let source: MemoryDatabase | undefined;
	try {
		source = await open();
		return await importMemory(ctx, source, add);
	} catch (error) {
		// If Frontdesk's own database fails, the whole run fails; failures of another source are only reported.
		if (name === 'own') throw error;
		const message = `failed to read n8n's chat memory: ${getErrorMessage(error)}`;
		await recordError(ctx, { workflow: 'Auto-sync', message, severity: 'warning' });
		return { name, is_available: false, error: message };
	} finally {
		await source?.close().catch(() => undefined);
	}
}

/** Returns the error's message, which doesn't contain the connection string with its password. */
const getErrorMessage = (error: unknown) =>
	error instanceof Error ? error.message.slice(0, 200) : 'unknown reason';

const PAGE_SIZE = 1_000;
/** Each run reads this many earlier rows again, because rows can be committed out of id order. */
const LOOK_BACK_ROWS = 1_000;

/** Imports a source's new rows, and calls `onImported` for each conversation. */
async function importMemory(
	ctx: Ctx,
	source: MemoryDatabase,
	onImported: (imported: ImportCounts, rows: number) => void,
): Promise<MemorySource> {
	const table = await describeTable(source);
	if (!table) return { name: source.name, is_available: false, error: null };
	let after = await getCursor(ctx, source.name);
	let firstPostponed: number | undefined;
	for (;;) {
		const ids = await listIdsAfter(source, after, PAGE_SIZE);
		const newIds = await excludeImported(ctx, source.name, ids);
		const rows = newIds.length > 0 ? await readRows(source, newIds, table) : [];
		for (const [memoryId, conversation] of groupByConversation(rows)) {
			const imported = await importConversation(ctx, source.name, memoryId, conversation);
			if (imported.rows_postponed > 0) {
				firstPostponed = Math.min(firstPostponed ?? Infinity, conversation[0]?.id ?? 0);
			}
			onImported(imported, conversation.length);
		}
		after = ids.at(-1) ?? after;
		if (ids.length < PAGE_SIZE) break;
	}
	const nextCursor = Math.min(after - LOOK_BACK_ROWS, (firstPostponed ?? Infinity) - 1);
	await advanceCursor(ctx, source.name, nextCursor);
	return { name: source.name, is_available: true, error: null };
}

async function getCursor({ db }: Ctx, source: MemoryDatabase['name']): Promise<number> {
	const [mark] = await db.select().from(memory_marks).where(eq(memory_marks.source, source));
	return mark?.row_id ?? 0;
}

async function excludeImported(
	{ db }: Ctx,
	source: MemoryDatabase['name'],
	ids: number[],
): Promise<number[]> {
	if (ids.length === 0) return [];
	const rows = await db
		.select({ row_id: memory_rows.row_id })
		.from(memory_rows)
		.where(and(eq(memory_rows.source, source), inArray(memory_rows.row_id, ids)));
	const imported = new Set(rows.map(({ row_id }) => row_id));
	return ids.filter((id) => !imported.has(id));
}

function groupByConversation(rows: MemoryRow[]): Map<string, MemoryRow[]> {
	const conversations = new Map<string, MemoryRow[]>();
	for (const row of rows) {
		const conversation = conversations.get(row.session_id);
		if (conversation) conversation.push(row);
		else conversations.set(row.session_id, [row]);
	}
	return conversations;
}

/** Advances the cursor, never moving it back, and deletes the records of imported rows up to it. */
async function advanceCursor(
	{ db }: Ctx,
	source: MemoryDatabase['name'],
	to: number,
): Promise<void> {
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
