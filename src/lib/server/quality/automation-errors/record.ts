import { sql } from 'drizzle-orm';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { automation_errors, error_groups } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { bySessionId } from '#lib/server/conversations/sessions/unchecked.ts';
import { fingerprintOf } from './fingerprint.ts';
import { alertOf } from './alert.ts';
import { findTwin, isFailedRun, takeReport, takeTurn, WINDOW_SECONDS } from './join-turn.ts';
import { findGroup, selectErrors } from './present.ts';
import { type Failure, readReport } from './read-report.ts';

/**
 * Records a failure of a workflow, reported in any form of contract/error-report.ts (the shortest: `workflow` and
 * `message`), with those of the same cause; a resolved group that fails again is open again. A chat session that is not
 * there leaves the failure unlinked. n8n's report of a run and the failure of the turn that called it become one. Throws
 * Invalid.
 */
export async function recordError(
	ctx: Ctx,
	input: unknown,
): Promise<{ id: number; group_id: number }> {
	requireTeam(ctx, 'errors:write');
	const failure = readReport(input);
	return inTransaction(ctx, async (tx) => {
		const twin = await findTwin(tx, failure);
		const isTurnOfTwin = twin !== undefined && !failure.is_webhook_run;
		const group_id = isTurnOfTwin ? twin.group_id : await countInGroup(tx, failure);
		if (isTurnOfTwin) await takeTurn(tx, twin, failure);
		else if (twin) await takeReport(tx, twin, failure, group_id);
		const id = twin?.id ?? (await insertError(tx, group_id, failure));
		const [error] = await selectErrors(tx.db, sql`a.id = ${id}`, 1);
		if (!error) throw new Error('the failure was not found after it was stored');
		const group = await findGroup(tx.db, group_id);
		await record(tx, 'error.recorded', { error, group });
		await alertOf(tx, group, { not_before: whenAlone(tx, failure) });
		return { id, group_id };
	});
}

/** A turn's failure is mailed once n8n has had the time to report the same one, which then names the cause. */
function whenAlone({ app }: Ctx, { workflow, node, turn_id }: Failure): Date | undefined {
	if (turn_id === null || !isFailedRun(workflow, node)) return undefined;
	return new Date(app.clock().getTime() + WINDOW_SECONDS * 1000);
}

async function countInGroup({ app, db }: Ctx, failure: Failure): Promise<number> {
	const now = app.clock();
	const { workflow, node, message, severity } = failure;
	const [group] = await db
		.insert(error_groups)
		.values({
			fingerprint: fingerprintOf(failure),
			workflow,
			node,
			message,
			severity,
			count: 1,
			is_alert_owed: true,
			first_seen_at: now,
			last_seen_at: now,
		})
		.onConflictDoUpdate({
			target: error_groups.fingerprint,
			set: {
				count: sql`${error_groups.count} + 1`,
				last_seen_at: sql`greatest(${error_groups.last_seen_at}, excluded.last_seen_at)`,
				severity,
				is_alert_owed: sql`${error_groups.is_alert_owed} or ${error_groups.resolved_at} is not null`,
				resolved_at: null,
				resolved_by_id: null,
			},
		})
		.returning({ id: error_groups.id });
	if (!group) throw new Error('the group was neither made nor found');
	return group.id;
}

async function insertError({ app, db }: Ctx, group_id: number, failure: Failure): Promise<number> {
	const { session_id, ...columns } = failure;
	const [row] = await db
		.insert(automation_errors)
		.values({
			...columns,
			group_id,
			// Locked, so that a delete at the same moment cannot break the reference.
			chat_session_id:
				session_id === null
					? null
					: sql`(select id from chat_sessions where ${bySessionId(session_id)} for key share)`,
			created_at: app.clock(),
		})
		.returning({ id: automation_errors.id });
	if (!row) throw new Error('the failure was not stored');
	return row.id;
}
