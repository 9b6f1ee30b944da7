import type { MemorySource, SyncResult } from '#lib/contract/sync.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { syncCompletionStatus } from '#lib/server/conversations/sessions/index.ts';
import { importMemory } from './import-memory.ts';
import { otherSource, ownSource, type Source } from './memory-source.ts';
import type { Taken } from './take-session.ts';

const NOTHING: Omit<SyncResult, 'sources'> = {
	sessions_created: 0,
	messages_imported: 0,
	completions_detected: 0,
	rows_read: 0,
	rows_known: 0,
	rows_skipped: 0,
	rows_postponed: 0,
};

/**
 * Brings in what n8n's chat memory holds and Frontdesk does not, and completes what nobody noticed. Safe to call at any
 * time and any number of times; a source that cannot be read is told in the result and as an automation error.
 */
export async function syncAll(ctx: Ctx): Promise<SyncResult> {
	requireTeam(ctx, 'sync');
	const { sources, ...counts } = await syncMemory(asSystem(ctx));
	const { updated } = await syncCompletionStatus(ctx);
	const completions_detected = counts.completions_detected + updated;
	return { ...counts, completions_detected, sources };
}

/** The first half of `syncAll`, for the job: completions have a sweep of their own. */
export async function syncMemory(ctx: Ctx): Promise<SyncResult> {
	const counts = { ...NOTHING };
	const add = (taken: Taken, rows: number) => {
		counts.rows_read += rows - taken.rows_postponed;
		for (const [name, count] of Object.entries(taken)) counts[name as keyof Taken] += count;
	};
	const sources = [await importFrom(ctx, 'own', () => Promise.resolve(ownSource(ctx)), add)];
	const { n8nDatabaseUrl } = ctx.app.config;
	if (n8nDatabaseUrl !== undefined) {
		sources.push(await importFrom(ctx, 'other', () => otherSource(n8nDatabaseUrl), add));
	}
	return { ...counts, sources };
}

async function importFrom(
	ctx: Ctx,
	name: MemorySource['name'],
	open: () => Promise<Source>,
	add: (taken: Taken, rows: number) => void,
): Promise<MemorySource> {
	let source: Source | undefined;
	try {
		source = await open();
		return await importMemory(ctx, source, add);
	} catch (error) {
		// Our own database that is away ends the whole run; the other one is told of.
		if (name === 'own') throw error;
		const message = `n8n's chat memory could not be read: ${reasonOf(error)}`;
		await recordError(ctx, { workflow: 'Auto-sync', message, severity: 'warning' });
		return { name, is_available: false, error: message };
	} finally {
		await source?.close().catch(() => undefined);
	}
}

/** Never the connection string, which has the password in it. */
const reasonOf = (error: unknown) =>
	error instanceof Error ? error.message.slice(0, 200) : 'unknown reason';
