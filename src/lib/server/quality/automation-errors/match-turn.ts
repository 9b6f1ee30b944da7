import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { bySessionId } from '#lib/server/conversations/sessions/unchecked.ts';
import { ai_turns, automation_errors, error_groups } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { loadGroup } from './groups.ts';
import { moveAlert } from './alert.ts';
import type { Failure } from './parse-report.ts';

/** The maximum time between the two reports. n8n usually reports within a second of its answer, but later under load. */
export const MATCH_WINDOW_SECONDS = 15;
/** The number of latest failures that are searched for the counterpart. */
const MAX_CANDIDATES = 200;

const counterpartRow = z.object({
	id: z.coerce.number(),
	group_id: z.coerce.number(),
	chat_session_id: z.coerce.number().nullable(),
	turn_id: z.string().nullable(),
	created_at: z.coerce.date(),
});
/** A stored failure that reports the same event from the other side. */
type Counterpart = z.infer<typeof counterpartRow>;

/**
 * Finds and locks the counterpart of a failure. When an AI workflow fails, two sides report it: n8n's error workflow, which
 * knows the run but not the chat, and the turn, which knows the chat but not the run. They are matched by turn, run or chat
 * if both name one of these; otherwise by time, if there is exactly one candidate.
 */
export async function findCounterpart(tx: Ctx, failure: Failure): Promise<Counterpart | undefined> {
	const { session_id, execution_id, turn_id, is_webhook_run } = failure;
	if (turn_id === null && !is_webhook_run) return undefined;
	// A report matches a turn without a run, and a turn matches a report without a turn.
	const otherSideCondition = is_webhook_run
		? sql`a.turn_id is not null and not a.is_webhook_run`
		: sql`a.turn_id is null and a.is_webhook_run`;
	const chatId = sql`(select id from chat_sessions where ${session_id === null ? sql`false` : bySessionId(session_id)})`;
	const sharedIdConditions: SQL[] = [];
	if (turn_id !== null) sharedIdConditions.push(sql`a.turn_id = ${turn_id}::uuid`);
	if (execution_id !== null) sharedIdConditions.push(sql`a.execution_id = ${execution_id}`);
	if (session_id !== null) sharedIdConditions.push(sql`a.chat_session_id = ${chatId}`);
	if (sharedIdConditions.length > 0) {
		const matches = await selectCounterparts(
			tx,
			sql`${otherSideCondition} and (${sql.join(sharedIdConditions, sql` or `)})`,
		);
		if (matches[0]) return matches[0];
	}
	// Matches by time only if a run can have failed, and never for a report that names a chat or a turn.
	const canMatchByTime = is_webhook_run
		? session_id === null && turn_id === null
		: isFailedRun(failure.workflow, failure.node);
	if (!canMatchByTime) return undefined;
	const candidateCondition = is_webhook_run
		? createSameSiteCondition(failure)
		: sql`a.chat_session_id is null`;
	const matches = await selectCounterparts(
		tx,
		sql`${otherSideCondition} and ${candidateCondition}`,
	);
	return matches.length === 1 ? matches[0] : undefined;
}

/** Outcomes of a turn whose run failed; with others, no run was started or it outlasted the turn. */
const FAILED_RUN_OUTCOMES = ['workflow_error', 'empty', 'no_reply_mode', 'bad_shape'];
export const isFailedRun = (workflow: string, node: string | null) =>
	workflow.endsWith(': AI n8n') && node !== null && FAILED_RUN_OUTCOMES.includes(node);

/** Excludes turns of sites other than the one that this workflow's last matched failure came from. */
function createSameSiteCondition({ workflow }: Failure): SQL {
	const outcomes = sql.join(
		FAILED_RUN_OUTCOMES.map((outcome) => sql`${outcome}`),
		sql`, `,
	);
	return sql`a.workflow like '%: AI n8n' and a.node in (${outcomes}) and not exists (
		select from (
			select s.site_id from automation_errors before
			join chat_sessions s on s.id = before.chat_session_id
			join error_groups g on g.id = before.group_id
			where g.workflow = ${workflow} and before.turn_id is not null
			order by before.id desc limit 1
		) known where known.site_id <> (select site_id from chat_sessions where id = a.chat_session_id)
	)`;
}

async function selectCounterparts(tx: Ctx, where: SQL): Promise<Counterpart[]> {
	const since = new Date(tx.app.clock().getTime() - MATCH_WINDOW_SECONDS * 1000).toISOString();
	const { rows } = await tx.db.execute(sql`
		select a.id, a.group_id, a.chat_session_id, a.turn_id, a.created_at from automation_errors a
		where a.id in (select id from automation_errors order by id desc limit ${MAX_CANDIDATES})
			and a.created_at >= ${since}::timestamptz and ${where}
		order by a.id limit 2 for update skip locked`);
	return z.array(counterpartRow).parse(rows);
}

/** Adds n8n's report, which names the cause more precisely, to the turn's failure, and moves the failure to the report's group. */
export async function addReportToTurn(
	tx: Ctx,
	counterpart: Counterpart,
	failure: Failure,
	group_id: number,
): Promise<void> {
	const { workflow, node, message, stack, severity, execution_id, execution_url } = failure;
	await tx.db
		.update(automation_errors)
		.set({
			group_id,
			workflow,
			node,
			message,
			stack,
			severity,
			execution_id,
			execution_url,
			is_webhook_run: true,
		})
		.where(eq(automation_errors.id, counterpart.id));
	await storeExecutionId(tx, counterpart.turn_id, execution_id);
	if (counterpart.group_id !== group_id)
		await moveAlert(tx, counterpart.group_id, group_id, counterpart.created_at);
	await decrementGroup(tx, counterpart.group_id);
}

/** Adds the turn that called the workflow to the failure that n8n reported. */
export async function addTurnToReport(
	tx: Ctx,
	counterpart: Counterpart,
	{ turn_id, session_id }: Failure,
): Promise<void> {
	const chatId =
		session_id === null
			? null
			: sql`(select id from chat_sessions where ${bySessionId(session_id)} for key share)`;
	const [row] = await tx.db
		.update(automation_errors)
		.set({ turn_id, ...(counterpart.chat_session_id === null && { chat_session_id: chatId }) })
		.where(eq(automation_errors.id, counterpart.id))
		.returning({ execution_id: automation_errors.execution_id });
	await storeExecutionId(tx, turn_id, row?.execution_id ?? null);
}

async function storeExecutionId(tx: Ctx, turn_id: string | null, execution_id: string | null) {
	if (turn_id === null || execution_id === null) return;
	await tx.db
		.update(ai_turns)
		.set({ execution_id })
		.where(and(eq(ai_turns.turn_id, turn_id), isNull(ai_turns.execution_id)));
}

/** Decrements the count of a failure's former group, and deletes the group if the failure was its last one. */
async function decrementGroup(tx: Ctx, id: number): Promise<void> {
	const group = await loadGroup(tx.db, id);
	if (group.count > 1) {
		await tx.db
			.update(error_groups)
			.set({ count: sql`${error_groups.count} - 1` })
			.where(eq(error_groups.id, id));
		await record(tx, 'error.reopened', { group: await loadGroup(tx.db, id) });
		return;
	}
	await tx.db.delete(error_groups).where(eq(error_groups.id, id));
	const resolved_at = tx.app.clock().toISOString();
	await record(tx, 'error.resolved', { group: { ...group, count: 0, resolved_at } });
}
