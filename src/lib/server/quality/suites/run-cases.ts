import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { caseContext } from '#lib/contract/test-case.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { asSystem, type App, type Ctx } from '#lib/server/core/context.ts';
import { suite_run_cases } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { endCase } from './end-case.ts';

/** The number of consecutive failed turns after which a chat ends. */
const MAX_FAILURES = 3;
/** The maximum number of concurrent cases per site. Half of the site's turns stay free for visitors. */
const MAX_CONCURRENT = 8;

/** Subscribes to finished turns of test chats, to advance their cases in the same transaction. */
export function subscribeSuites({ events }: App): void {
	events.onRecorded('trial.finished', async (tx, { session_id }) => {
		const { id } = await resolveSession(tx, session_id);
		await advanceCase(tx, id);
	});
}

const runningCaseSchema = z.object({
	id: z.coerce.number(),
	session_id: z.string(),
	next: z.string().nullable(),
	sent_count: z.number(),
	is_over: z.boolean(),
});

/**
 * Sends the next line of the case that runs in a test chat, or marks the case as answered: after its last line, when the AI
 * failed three times in a row, and when a person took over. Does nothing in other chats.
 */
async function advanceCase(tx: Ctx, chatSessionId: number): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select tested.id, s.public_id as session_id, tested.lines[tested.sent_count + 1] as next, tested.sent_count,
			s.ai_paused or (select count(*) from (select outcome from ai_turns t where t.chat_session_id = s.id
				order by t.id desc limit ${MAX_FAILURES}) newest where outcome <> 'ok') = ${MAX_FAILURES} as is_over
		from suite_run_cases tested join chat_sessions s on s.id = tested.chat_session_id
		where tested.chat_session_id = ${chatSessionId} and tested.status = 'running' and not tested.is_answered
		for update of tested`);
	const [row] = z.array(runningCaseSchema).parse(rows);
	if (!row) return;
	const { id, session_id, next, sent_count } = row;
	if (row.is_over || next === null) {
		await tx.db
			.update(suite_run_cases)
			.set({ is_answered: true })
			.where(eq(suite_run_cases.id, id));
		await record(tx, 'suite_run.due', {});
		return;
	}
	await tx.db
		.update(suite_run_cases)
		.set({ sent_count: sent_count + 1 })
		.where(eq(suite_run_cases.id, id));
	const message = { chat_session_id: chatSessionId, session_id, message: next };
	await sendVisitorMessage(asSystem(tx), message);
}

const openSitesSchema = z.array(
	z.object({ site_id: z.coerce.number(), site: z.string(), max_concurrent_turns: z.number() }),
);

/** Starts queued cases of all runs up to their sites' limits, and returns how many. */
export async function startQueuedCases(ctx: Ctx): Promise<number> {
	const { rows } = await ctx.db.execute(sql`
		select site.id as site_id, site.key as site, site.max_concurrent_turns
		from sites site where site.id in (select site_id from suite_runs where finished_at is null)`);
	let startedCount = 0;
	for (const site of openSitesSchema.parse(rows)) startedCount += await startSiteCases(ctx, site);
	return startedCount;
}

const queuedCaseSchema = z.object({
	id: z.coerce.number(),
	run_id: z.coerce.number(),
	context: caseContext,
});
type QueuedCase = z.infer<typeof queuedCaseSchema>;

function startSiteCases(ctx: Ctx, site: z.infer<typeof openSitesSchema>[number]): Promise<number> {
	return inTransaction(ctx, async (tx) => {
		// The lock enforces the limit across processes.
		await tx.db.execute(sql`
			select from suite_runs where site_id = ${site.site_id} and finished_at is null order by id for no key update`);
		const turnLimit = ctx.app.turns.limits.getLimit(site.site_id, site.max_concurrent_turns);
		const caseLimit = Math.max(1, Math.min(MAX_CONCURRENT, Math.floor(turnLimit / 2)));
		const { rows } = await tx.db.execute(sql`
			with open as (select id from suite_runs where site_id = ${site.site_id} and finished_at is null)
			select id, run_id, context from suite_run_cases where status = 'queued' and run_id in (select id from open)
			order by run_id, position limit greatest(0, ${caseLimit} - (
				select count(*) from suite_run_cases where status = 'running' and run_id in (select id from open)))`);
		const queuedCases = z.array(queuedCaseSchema).parse(rows);
		for (const row of queuedCases) await startCase(tx, row, site);
		return queuedCases.length;
	});
}

/** Starts the test chat of a case. A case that can't start ends with an error, so that its run can end. */
async function startCase(
	tx: Ctx,
	{ id, run_id, context: { known, visitor_starts, ...context } }: QueuedCase,
	{ site }: { site: string },
): Promise<void> {
	const now = tx.app.clock();
	await tx.db.execute(sql`
		update suite_runs set status = 'running', started_at = ${now.toISOString()}::timestamptz
		where id = ${run_id} and status = 'queued'`);
	try {
		const options = { channel: 'test' as const, wants_greeting: !visitor_starts };
		const { session } = await startSession(asSystem(tx), { site, context }, options);
		await tx.db
			.update(suite_run_cases)
			.set({
				status: 'running',
				chat_session_id: session.id,
				sent_count: 0,
				is_answered: false,
				claimed_until: null,
				start_count: sql`start_count + 1`,
				started_at: now,
			})
			.where(eq(suite_run_cases.id, id));
		await storeKnownFields(tx, session.id, known);
		if (visitor_starts) await advanceCase(tx, session.id);
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		await endCase(tx, id, { error: `The test chat could not start: ${error.message}.` });
	}
}

async function storeKnownFields(
	tx: Ctx,
	chat_session_id: number,
	known: Record<string, string> | undefined,
): Promise<void> {
	if (!known || Object.keys(known).length === 0) return;
	// Lenient, like the identify call of a page: invalid values are ignored.
	await updateLead(asSystem(tx), { chat_session_id }, { fields: known, source: 'detected' });
}
