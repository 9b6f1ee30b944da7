import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { bySessionId } from '#lib/server/conversations/sessions/unchecked.ts';
import { ai_turns, automation_errors, error_groups } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { findGroup } from './present.ts';
import { moveAlert } from './alert.ts';
import type { Failure } from './read-report.ts';

/** n8n sends its report within a second of the answer; a busy one takes longer. */
export const WINDOW_SECONDS = 15;
/** Failures among which the other half is looked for. */
const RECENT = 200;

const twin = z.object({
	id: z.coerce.number(),
	group_id: z.coerce.number(),
	chat_session_id: z.coerce.number().nullable(),
	turn_id: z.string().nullable(),
	created_at: z.coerce.date(),
});
/** A stored failure that tells of the same event from the other side. */
export type Twin = z.infer<typeof twin>;

/**
 * When an AI's workflow fails, two sides tell of it: n8n's error workflow, which knows the run but not the chat, and the
 * turn, which knows the chat but not the run. Finds the stored half that belongs to this one, locked: by turn, run or
 * chat when both know it; otherwise by time, and only when exactly one can be meant.
 */
export async function findTwin(tx: Ctx, failure: Failure): Promise<Twin | undefined> {
	const { session_id, execution_id, turn_id, is_webhook_run } = failure;
	if (turn_id === null && !is_webhook_run) return undefined;
	// A report looks for a turn whose run is unknown, a turn for a report whose turn is unknown.
	const half = is_webhook_run
		? sql`a.turn_id is not null and not a.is_webhook_run`
		: sql`a.turn_id is null and a.is_webhook_run`;
	const chat = sql`(select id from chat_sessions where ${session_id === null ? sql`false` : bySessionId(session_id)})`;
	const known: SQL[] = [];
	if (turn_id !== null) known.push(sql`a.turn_id = ${turn_id}::uuid`);
	if (execution_id !== null) known.push(sql`a.execution_id = ${execution_id}`);
	if (session_id !== null) known.push(sql`a.chat_session_id = ${chat}`);
	if (known.length > 0) {
		const found = await select(tx, sql`${half} and (${sql.join(known, sql` or `)})`);
		if (found[0]) return found[0];
	}
	// By time alone: only where a run failed at all, and not for a report that names another chat.
	const isGuess = is_webhook_run
		? session_id === null && turn_id === null
		: isFailedRun(failure.workflow, failure.node);
	if (!isGuess) return undefined;
	const may = is_webhook_run ? ofOneSite(failure) : sql`a.chat_session_id is null`;
	const found = await select(tx, sql`${half} and ${may}`);
	return found.length === 1 ? found[0] : undefined;
}

/** How a turn ends whose run failed; others never began one, or ended before it. */
const OUTCOMES = ['workflow_error', 'empty', 'no_reply_mode', 'bad_shape'];
export const isFailedRun = (workflow: string, node: string | null) =>
	workflow.endsWith(': AI n8n') && node !== null && OUTCOMES.includes(node);

/** A workflow whose failures were a site's turns before is that site's. */
function ofOneSite({ workflow }: Failure): SQL {
	const outcomes = sql.join(
		OUTCOMES.map((outcome) => sql`${outcome}`),
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

async function select(tx: Ctx, where: SQL): Promise<Twin[]> {
	const since = new Date(tx.app.clock().getTime() - WINDOW_SECONDS * 1000).toISOString();
	const { rows } = await tx.db.execute(sql`
		select a.id, a.group_id, a.chat_session_id, a.turn_id, a.created_at from automation_errors a
		where a.id in (select id from automation_errors order by id desc limit ${RECENT})
			and a.created_at >= ${since}::timestamptz and ${where}
		order by a.id limit 2 for update skip locked`);
	return z.array(twin).parse(rows);
}

/** Completes the turn's half by what n8n reports, which names the cause better, and moves it to that group. */
export async function takeReport(
	tx: Ctx,
	half: Twin,
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
		.where(eq(automation_errors.id, half.id));
	await noteExecution(tx, half.turn_id, execution_id);
	if (half.group_id !== group_id) await moveAlert(tx, half.group_id, group_id, half.created_at);
	await leaveGroup(tx, half.group_id);
}

/** Completes n8n's half by the turn whose call it was. */
export async function takeTurn(
	tx: Ctx,
	half: Twin,
	{ turn_id, session_id }: Failure,
): Promise<void> {
	const chat =
		session_id === null
			? null
			: sql`(select id from chat_sessions where ${bySessionId(session_id)} for key share)`;
	const [row] = await tx.db
		.update(automation_errors)
		.set({ turn_id, ...(half.chat_session_id === null && { chat_session_id: chat }) })
		.where(eq(automation_errors.id, half.id))
		.returning({ execution_id: automation_errors.execution_id });
	await noteExecution(tx, turn_id, row?.execution_id ?? null);
}

async function noteExecution(tx: Ctx, turn_id: string | null, execution_id: string | null) {
	if (turn_id === null || execution_id === null) return;
	await tx.db
		.update(ai_turns)
		.set({ execution_id })
		.where(and(eq(ai_turns.turn_id, turn_id), isNull(ai_turns.execution_id)));
}

/** Counts one failure less in the group that it was in; the group goes with its last one. */
async function leaveGroup(tx: Ctx, id: number): Promise<void> {
	const group = await findGroup(tx.db, id);
	if (group.count > 1) {
		await tx.db
			.update(error_groups)
			.set({ count: sql`${error_groups.count} - 1` })
			.where(eq(error_groups.id, id));
		await record(tx, 'error.reopened', { group: await findGroup(tx.db, id) });
		return;
	}
	await tx.db.delete(error_groups).where(eq(error_groups.id, id));
	const resolved_at = tx.app.clock().toISOString();
	await record(tx, 'error.resolved', { group: { ...group, count: 0, resolved_at } });
}
