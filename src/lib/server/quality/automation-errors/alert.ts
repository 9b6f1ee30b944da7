import { and, eq, gte, inArray, isNull, like, lte, or } from 'drizzle-orm';
import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, error_groups, mails } from '#lib/server/core/db/schema/index.ts';
import { listDeveloperAddresses, queueMail } from '#lib/server/delivery/mail/unchecked.ts';

/** The minimum interval between two emails about one group. */
const ALERT_INTERVAL_MS = 3_600_000;

/**
 * Queues an email to the developers if the group is new or reopened, at most one per group and hour across all processes.
 * Must run in the transaction that records the failure.
 */
export async function queueAlert(
	tx: Ctx,
	group: ErrorGroup,
	{ not_before }: { not_before?: Date } = {},
): Promise<void> {
	if (!(await claimAlert(tx, group.id))) return;
	const { id, workflow, node, message, count, first_seen_at, last_seen_at } = group;
	await queueMail(tx, {
		template: 'alert',
		data: {
			workflow,
			node,
			message,
			count,
			first_at: new Date(first_seen_at).toUTCString(),
			last_at: new Date(last_seen_at).toUTCString(),
			url: `${tx.app.config.publicUrl}/automation?group=${id}`,
		},
		to: await listDeveloperAddresses(tx, await findSiteId(tx, group)),
		dedupe_key: `${getDedupeKeyPrefix(id)}${tx.app.clock().toISOString()}`,
		not_before,
	});
}

const getDedupeKeyPrefix = (groupId: number) => `error_group:${groupId}:`;

/**
 * Prevents a second email about a failure that moves to another group. Deletes the former group's email if it hasn't been
 * sent, because the new group queues its own; otherwise marks the new group as alerted.
 */
export async function moveAlert(
	tx: Ctx,
	fromGroupId: number,
	toGroupId: number,
	since: Date,
): Promise<void> {
	const deletedMails = await tx.db
		.delete(mails)
		.where(
			and(
				like(mails.dedupe_key, `${getDedupeKeyPrefix(fromGroupId)}%`),
				inArray(mails.status, ['pending', 'outbox']),
				eq(mails.attempt_count, 0),
				isNull(mails.claimed_until),
				gte(mails.created_at, since),
			),
		)
		.returning({ id: mails.id });
	if (deletedMails.length > 0) return;
	const { alerted_at } = error_groups;
	const [alertedGroup] = await tx.db
		.select({ alerted_at })
		.from(error_groups)
		.where(and(eq(error_groups.id, fromGroupId), gte(alerted_at, since)));
	if (!alertedGroup) return;
	await tx.db
		.update(error_groups)
		.set({ is_alert_pending: false, alerted_at: alertedGroup.alerted_at })
		.where(and(eq(error_groups.id, toGroupId), eq(error_groups.is_alert_pending, true)));
}

/** Claims the pending alert. Returns true in only one transaction, which then queues it. */
async function claimAlert(tx: Ctx, id: number): Promise<boolean> {
	const now = tx.app.clock();
	const { alerted_at, is_alert_pending } = error_groups;
	const intervalElapsedCondition = or(
		isNull(alerted_at),
		lte(alerted_at, new Date(now.getTime() - ALERT_INTERVAL_MS)),
	);
	const claimedGroups = await tx.db
		.update(error_groups)
		.set({ is_alert_pending: false, alerted_at: now })
		.where(and(eq(error_groups.id, id), eq(is_alert_pending, true), intervalElapsedCondition))
		.returning({ id: error_groups.id });
	return claimedGroups.length > 0;
}

/** Returns the ID of the site of the latest failure's chat; undefined if it is unknown. */
async function findSiteId(tx: Ctx, { last_error }: ErrorGroup): Promise<number | undefined> {
	if (!last_error?.session_id) return undefined;
	const [row] = await tx.db
		.select({ site_id: chat_sessions.site_id })
		.from(chat_sessions)
		.where(eq(chat_sessions.public_id, last_error.session_id));
	return row?.site_id;
}
