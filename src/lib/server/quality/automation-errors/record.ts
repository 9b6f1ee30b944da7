import { sql } from 'drizzle-orm';
import { bySessionId, isDeletedSession } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { automation_errors, error_groups } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { queueAlert } from './alert.ts';
import { loadGroup, selectErrors } from './groups.ts';
import {
	addReportToTurn,
	addTurnToReport,
	findCounterpart,
	isFailedRun,
	MATCH_WINDOW_SECONDS,
} from './match-turn.ts';
import { type Failure, parseReport } from './parse-report.ts';

/**
 * Records a workflow's failure in the group of its cause, and reopens the group if it was resolved. Accepts every form in
 * contract/automation-error.ts; the shortest has `workflow` and `message`. A failure that names an unknown chat session isn't
 * linked; one that names a deleted chat session is stored without its message. n8n's report of a run and the failure of the
 * turn that called it become one failure. Throws `invalid`.
 */
export async function recordError(
	ctx: Ctx,
	input: unknown,
): Promise<{ id: number; group_id: number }> {
	requireTeam(ctx, 'errors:write');
	const reportedFailure = parseReport(input);
	return inTransaction(ctx, async (tx) => {
		const failure = await redactDeletedChat(tx, reportedFailure);
		const counterpart = await findCounterpart(tx, failure);
		const isCounterpartReport = counterpart !== undefined && !failure.is_webhook_run;
		const group_id = isCounterpartReport ? counterpart.group_id : await upsertGroup(tx, failure);
		if (isCounterpartReport) await addTurnToReport(tx, counterpart, failure);
		else if (counterpart) await addReportToTurn(tx, counterpart, failure, group_id);
		const id = counterpart?.id ?? (await insertError(tx, group_id, failure));
		const [error] = await selectErrors(tx.db, sql`a.id = ${id}`, 1);
		if (!error) throw new Error('a stored failure was not found');
		const group = await loadGroup(tx.db, group_id);
		await record(tx, 'error.recorded', { error, group });
		await queueAlert(tx, group, { not_before: getAlertTime(tx, failure) });
		return { id, group_id };
	});
}

/** Removes text that may quote the visitor from a failure of a deleted chat session. Waits for a deletion in progress. */
async function redactDeletedChat(tx: Ctx, failure: Failure): Promise<Failure> {
	const { session_id } = failure;
	if (session_id === null) return failure;
	const { rows } = await tx.db.execute(
		sql`select from chat_sessions where ${bySessionId(session_id)} for key share`,
	);
	if (rows.length > 0 || !(await isDeletedSession(tx, session_id))) return failure;
	return { ...failure, message: '[deleted chat]', stack: null };
}

/** Returns the earliest time for the email about a turn's failure, so that n8n has time to report the cause; `undefined` for other failures. */
function getAlertTime({ app }: Ctx, { workflow, node, turn_id }: Failure): Date | undefined {
	if (turn_id === null || !isFailedRun(workflow, node)) return undefined;
	return new Date(app.clock().getTime() + MATCH_WINDOW_SECONDS * 1000);
}

async function upsertGroup({ app, db }: Ctx, failure: Failure): Promise<number> {
	const now = app.clock();
	const { workflow, node, message, severity } = failure;
	const [group] = await db
		.insert(error_groups)
		.values({
			fingerprint: getFingerprint(failure),
			workflow,
			node,
			message,
			severity,
			count: 1,
			is_alert_pending: true,
			first_seen_at: now,
			last_seen_at: now,
		})
		.onConflictDoUpdate({
			target: error_groups.fingerprint,
			set: {
				count: sql`${error_groups.count} + 1`,
				last_seen_at: sql`greatest(${error_groups.last_seen_at}, excluded.last_seen_at)`,
				severity,
				is_alert_pending: sql`${error_groups.is_alert_pending} or ${error_groups.resolved_at} is not null`,
				resolved_at: null,
				resolved_by_id: null,
			},
		})
		.returning({ id: error_groups.id });
	if (!group) throw new Error('an upserted error group was not returned');
	return group.id;
}

async function insertError({ app, db }: Ctx, group_id: number, failure: Failure): Promise<number> {
	const { session_id, ...columns } = failure;
	const [row] = await db
		.insert(automation_errors)
		.values({
			...columns,
			group_id,
			// Locked, so that a concurrent delete can't break the reference.
			chat_session_id:
				session_id === null
					? null
					: sql`(select id from chat_sessions where ${bySessionId(session_id)} for key share)`,
			created_at: app.clock(),
		})
		.returning({ id: automation_errors.id });
	if (!row) throw new Error('an inserted failure was not returned');
	return row.id;
}

/** Parts of a message that vary between failures with the same cause, the widest first. */
const VARIABLE_PARTS: [RegExp, string][] = [
	[/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]]+/gi, '<url>'],
	[/[^\s@"'<>(),:;]+@[^\s@"'<>(),:;]+\.[a-z0-9-]+/gi, '<email>'],
	[/(?<!\w)(["'`])(?:(?!\1)[^\n])*\1(?!\w)|[“«][^”»\n]*[”»]|(?<!\w)‘[^’\n]*’(?!\w)/g, '<text>'],
	[/\bsession_[A-Za-z0-9_-]+/g, '<session>'],
	[/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<uuid>'],
	[/\b(?:0x[0-9a-f]+|(?=[a-f]*[0-9])[0-9a-f]{8,})\b/gi, '<hex>'],
	[/\d+(?:[.,:]\d+)*/g, '<number>'],
	[/\s+/g, ' '],
];

/** Returns the message with placeholders for its variable parts, the same for all failures with one cause. */
export const toMessageTemplate = (message: string): string =>
	VARIABLE_PARTS.reduce((text, [part, name]) => text.replace(part, name), message).trim();

/** Returns a hash that failures share when they have the same workflow, node and cause. */
export const getFingerprint = (failure: {
	workflow: string;
	node: string | null;
	message: string;
}): string =>
	sha256(JSON.stringify([failure.workflow, failure.node, toMessageTemplate(failure.message)]));
