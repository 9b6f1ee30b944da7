import { and, eq, gte, inArray, isNull, like, lte, or } from 'drizzle-orm';
import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, error_groups, mails } from '#lib/server/core/db/schema/index.ts';
import { developerAddresses, queueMail } from '#lib/server/delivery/mail/unchecked.ts';

/** Between two mails about one group. */
const PAUSE_MS = 3_600_000;

/**
 * Mails the developers of a group that is new or open again, at most once an hour, in whichever process. For use inside
 * the transaction that records a failure of it.
 */
export async function alertOf(
	tx: Ctx,
	group: ErrorGroup,
	{ not_before }: { not_before?: Date } = {},
): Promise<void> {
	if (!(await takeAlert(tx, group.id))) return;
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
		to: await developerAddresses(tx, await siteOf(tx, group)),
		dedupe_key: `${keyOf(id)}${tx.app.clock().toISOString()}`,
		not_before,
	});
}

const keyOf = (groupId: number) => `error_group:${groupId}:`;

/**
 * Moves a failure's alert from one group to another, so that it is mailed once: a mail that has not left is withdrawn for
 * the one that the other group is about to write; one that has left stands for both.
 */
export async function moveAlert(tx: Ctx, from: number, to: number, since: Date): Promise<void> {
	const withdrawn = await tx.db
		.delete(mails)
		.where(
			and(
				like(mails.dedupe_key, `${keyOf(from)}%`),
				inArray(mails.status, ['pending', 'outbox']),
				eq(mails.attempt_count, 0),
				isNull(mails.claimed_until),
				gte(mails.created_at, since),
			),
		)
		.returning({ id: mails.id });
	if (withdrawn.length > 0) return;
	const { alerted_at } = error_groups;
	const [sent] = await tx.db
		.select({ alerted_at })
		.from(error_groups)
		.where(and(eq(error_groups.id, from), gte(alerted_at, since)));
	if (!sent) return;
	await tx.db
		.update(error_groups)
		.set({ is_alert_owed: false, alerted_at: sent.alerted_at })
		.where(and(eq(error_groups.id, to), eq(error_groups.is_alert_owed, true)));
}

/** True for the one transaction that writes the mail that is owed. */
async function takeAlert(tx: Ctx, id: number): Promise<boolean> {
	const now = tx.app.clock();
	const { alerted_at, is_alert_owed } = error_groups;
	const isPauseOver = or(isNull(alerted_at), lte(alerted_at, new Date(now.getTime() - PAUSE_MS)));
	const taken = await tx.db
		.update(error_groups)
		.set({ is_alert_owed: false, alerted_at: now })
		.where(and(eq(error_groups.id, id), eq(is_alert_owed, true), isPauseOver))
		.returning({ id: error_groups.id });
	return taken.length > 0;
}

/** The site of the chat that failed last, if it is known. */
async function siteOf(tx: Ctx, { last_error }: ErrorGroup): Promise<number | undefined> {
	if (!last_error?.session_id) return undefined;
	const [row] = await tx.db
		.select({ site_id: chat_sessions.site_id })
		.from(chat_sessions)
		.where(eq(chat_sessions.public_id, last_error.session_id));
	return row?.site_id;
}
