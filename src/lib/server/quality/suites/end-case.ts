import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import {
	type CaseAttempt,
	type CaseResultStatus,
	MAX_ATTEMPTS,
	type SuiteRun,
} from '#lib/contract/suite.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	type ConnectorSettings,
	suite_run_cases,
	suite_runs,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { getActorName } from './cases.ts';
import { readRun } from './run-rows.ts';

/** After this many starts of a case, an interrupted attempt ends the case with an error. */
const MAX_STARTS = 8;

const NOT_RUN: Omit<CaseAttempt, 'error'> = {
	ok: false,
	checks: [],
	transcript: [],
	lead: {},
	is_complete: false,
	ai_ms: 0,
};

/**
 * Stores the result of an attempt. A failed attempt is retried, up to three attempts in total; one interrupted by a crash
 * (`'interrupted'`) is retried without being counted. The last case to end also ends its run. Needs a transaction.
 */
export async function endCase(
	tx: Ctx,
	id: number,
	result: CaseAttempt | { error: string } | 'interrupted',
): Promise<void> {
	// The run is locked before its cases, as everywhere else.
	await tx.db.execute(sql`
		select from suite_runs where id = (select run_id from suite_run_cases where id = ${id}) for no key update`);
	const [row] = await tx.db
		.select()
		.from(suite_run_cases)
		.where(eq(suite_run_cases.id, id))
		.for('no key update');
	if (!row || row.finished_at) return;
	if (result === 'interrupted' && row.start_count < MAX_STARTS)
		return requeue(tx, id, row.attempts);
	const attempt = toAttempt(result);
	const attempts = [...row.attempts, attempt];
	const canRepeat = !attempt.ok && result !== 'interrupted' && 'checks' in result;
	if (canRepeat && attempts.length < MAX_ATTEMPTS) return requeue(tx, id, attempts);
	const status = toStatus(attempt, attempts);
	await tx.db
		.update(suite_run_cases)
		.set({ attempts, status, finished_at: tx.app.clock(), claimed_until: null })
		.where(eq(suite_run_cases.id, id));
	await countCase(tx, row.run_id, status);
}

function toAttempt(result: Parameters<typeof endCase>[2]): CaseAttempt {
	if (result === 'interrupted')
		return { ...NOT_RUN, error: 'The server stopped too often while this case ran.' };
	return 'checks' in result ? result : { ...NOT_RUN, ...result };
}

function toStatus({ ok, error }: CaseAttempt, attempts: CaseAttempt[]): CaseResultStatus {
	if (ok) return attempts.length > 1 ? 'flaky' : 'passed';
	return error === null ? 'failed' : 'error';
}

async function requeue(tx: Ctx, id: number, attempts: CaseAttempt[]): Promise<void> {
	await tx.db
		.update(suite_run_cases)
		.set({ status: 'queued', attempts, is_answered: false, claimed_until: null })
		.where(eq(suite_run_cases.id, id));
	await record(tx, 'suite_run.due', {});
}

async function countCase(tx: Ctx, runId: number, status: CaseResultStatus): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		update suite_runs set passed = passed + ${status === 'passed' ? 1 : 0}, flaky = flaky + ${status === 'flaky' ? 1 : 0},
			failed = failed + ${status === 'failed' || status === 'error' ? 1 : 0}
		where id = ${runId} returning passed + flaky + failed = total as is_over`);
	if (rows[0]?.['is_over'] === true) await finishRun(tx, runId);
	else await record(tx, 'suite_run.updated', { suite_run: await readRun(tx, runId) });
	await record(tx, 'suite_run.due', {});
}

const idList = z.array(z.coerce.number());
const comparisonSchema = z.object({
	previous_id: z.coerce.number().nullable(),
	newly_failed: idList,
	newly_passed: idList,
	is_error: z.boolean(),
	error: z.string().nullable(),
	version: z.string().nullable(),
});

/**
 * Cancels a run: cases that have ended keep their results, the others are canceled. Ended runs are unchanged. An answer
 * in progress still arrives in its test chat. Needs `quality:write`. Throws `not_found`.
 */
export async function cancelRun(ctx: Ctx, id: number): Promise<SuiteRun> {
	requireTeam(ctx, 'quality:write');
	return inTransaction(ctx, async (tx) => {
		const [run] = await tx.db
			.select({ suite_id: suite_runs.suite_id, finished_at: suite_runs.finished_at })
			.from(suite_runs)
			.where(eq(suite_runs.id, id))
			.for('no key update');
		if (!run) throw notFound(`suite run ${id}`);
		if (run.finished_at) return readRun(tx, id);
		await tx.db
			.update(suite_run_cases)
			.set({ status: 'cancelled', finished_at: tx.app.clock(), claimed_until: null })
			.where(and(eq(suite_run_cases.run_id, id), isNull(suite_run_cases.finished_at)));
		await finishRun(tx, id, { cancelledBy: getActorName(tx.actor) });
		const cancelledRun = await readRun(tx, id);
		await audit(tx, {
			action: 'suite_run.cancelled',
			target: { type: 'suite', id: run.suite_id, name: cancelledRun.suite },
			detail: { run: id },
		});
		// The cases of other runs can start.
		await record(tx, 'suite_run.due', {});
		return cancelledRun;
	});
}

/**
 * Ends a run: compares its ended cases with the previous run, stores the version that answered, and deletes the connector's
 * secrets.
 */
async function finishRun(
	tx: Ctx,
	id: number,
	{ cancelledBy }: { cancelledBy?: string } = {},
): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		with previous as (
			select p.id from suite_runs p join suite_runs r on r.id = ${id} and p.suite_id = r.suite_id
			where p.id < r.id and p.finished_at is not null and p.status <> 'cancelled' order by p.id desc limit 1
		), compared as (
			select c.case_id, c.position, c.status in ('passed', 'flaky') as passes, before.status in ('passed', 'flaky') as passed
			from suite_run_cases c join suite_run_cases before on before.case_id = c.case_id
				and before.run_id = (select id from previous)
			where c.run_id = ${id} and c.status <> 'cancelled'
		)
		select (select id from previous) as previous_id,
			coalesce((select array_agg(case_id order by position) from compared where passed and not passes), '{}') as newly_failed,
			coalesce((select array_agg(case_id order by position) from compared where passes and not passed), '{}') as newly_passed,
			(select bool_and(status = 'error') from suite_run_cases where run_id = ${id}) as is_error,
			(select attempts -> -1 ->> 'error' from suite_run_cases where run_id = ${id} and status = 'error'
				order by position limit 1) as error,
			(select t.version from suite_run_cases c join ai_turns t on t.chat_session_id = c.chat_session_id
				where c.run_id = ${id} and t.version is not null group by t.version order by count(*) desc, max(t.id) desc limit 1
			) as version`);
	const comparisonRow = comparisonSchema.parse(rows[0]);
	const [run] = await tx.db.select().from(suite_runs).where(eq(suite_runs.id, id));
	if (!run) return;
	const { is_error, error, ...changes } = comparisonRow;
	const runResult = cancelledBy
		? toCancelledResult(run, cancelledBy)
		: toRunResult(run, { is_error, error });
	await tx.db
		.update(suite_runs)
		.set({
			...changes,
			...runResult,
			connector: removeSecrets(run.connector),
			finished_at: tx.app.clock(),
		})
		.where(eq(suite_runs.id, id));
	await record(tx, 'suite_run.finished', { suite_run: await readRun(tx, id) });
}

type Run = typeof suite_runs.$inferSelect;
type RunResult = Pick<Run, 'status' | 'error' | 'pass_rate'>;

const toRunResult = (
	{ passed, flaky, failed, total }: Run,
	{ is_error, error }: { is_error: boolean; error: string | null },
): RunResult => ({
	status: is_error ? 'error' : failed > 0 ? 'failed' : 'passed',
	error: is_error ? error : null,
	pass_rate: Math.round((1_000 * (passed + flaky)) / total) / 10,
});

/** Returns the result of a canceled run, without a pass rate, since partial runs are not comparable. */
const toCancelledResult = (
	{ passed, flaky, failed, total }: Run,
	cancelledBy: string,
): RunResult => ({
	status: 'cancelled',
	error: `Canceled by ${cancelledBy} after ${passed + flaky + failed} of ${total} test cases.`,
	pass_rate: null,
});

function removeSecrets(connector: ConnectorSettings): ConnectorSettings {
	switch (connector.type) {
		case 'scripted':
			return connector;
		case 'n8n':
			return { ...connector, auth_header: null };
		case 'openai':
			return { ...connector, sealed_api_key: null };
	}
}
